/** Every message that a host may send, against real plugins of both SDKs: what fits arrives, what does not reaches nobody. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { type HostToPlugin, hostToPlugin } from "../../../src/protocol/plugin/methods.ts";
import { type Malformed, malformed, seed, tooDeep } from "../../support/malformed.ts";
import { metaOf } from "../../support/rawEnd.ts";
import { until } from "../../support/until.ts";
import { Child, type Counts, languages } from "./children.ts";
import { hostMethods, hostSamples } from "./hostSamples.ts";

type Method = keyof HostToPlugin;

/** How many variants of each message are sent at least. */
const variants = 150;

/** What counts up when a message reaches its handler; those without one are looked at one by one. */
const counted: Partial<Record<Method, keyof Counts>> = { call: "calls", deliver: "events", intercept: "intercepts" };

/** Requests of which each malformed one must be refused; the rest are notifications, or both. */
const isRequest = (method: Method) => hostToPlugin[method].kind === "request";
const isNotification = (method: Method) => method === "deliver" || !isRequest(method);

for (const [language, ending] of Object.entries(languages)) {
  describe(`what a host sends to a plugin in ${language} (seed ${seed})`, function () {
    this.timeout(60_000);
    const started: Child[] = [];
    const child = () => {
      const made = new Child(`counter.${ending}`);
      started.push(made);
      return made;
    };
    afterEach(function () {
      const failed = this.currentTest?.state === "failed";
      for (const { peer } of started.splice(0)) {
        peer.kill();
        if (failed && peer.stderr) console.error(peer.stderr.slice(0, 4_000));
      }
    });

    it("has a sample of every message", () => {
      assert.deepEqual(Object.keys(hostSamples).sort(), [...hostMethods].sort());
      for (const method of hostMethods)
        for (const sample of hostSamples[method])
          assert.ok(hostToPlugin[method].params.safeParse(sample).success, method);
    });

    it("initialize: what fits is answered as the schema says, what does not is refused and changes nothing", async () => {
      const one = child();
      await refusesAll(one, "initialize", hostSamples.initialize[0]);
      const result = await one.initialize();
      assert.ok(hostToPlugin.initialize.result.safeParse(result).success);
      one.peer.notify("initialized", {});
      await until("it is ready", async () => (await one.counts()).ready === 1);
    });

    it("initialized: only what fits lets the plugin begin", async () => {
      const one = child();
      await one.initialize();
      await ignoresAll(one, "initialized");
      assert.equal((await one.counts()).ready, 0);
      for (const params of hostSamples.initialized) one.peer.notify("initialized", params);
      await until("it is ready", async () => (await one.counts()).ready === 1);
    });

    for (const method of ["$/ping", "call", "deliver", "intercept"] as const) {
      it(`${method}: what fits reaches its handler and is answered as the schema says`, async () => {
        const one = await child().start();
        for (const sample of hostSamples[method]) {
          const before = await one.counts();
          const { result, error } = await one.peer.request(method, one.filled(sample));
          assert.equal(error, undefined, error?.message);
          const { result: schema } = hostToPlugin[method];
          assert.ok(schema.safeParse(result).success, JSON.stringify(result));
          const what = counted[method];
          const more = method === "deliver" ? (sample as { events: unknown[] }).events.length : 1;
          if (what) assert.equal((await one.counts())[what] - before[what], more);
        }
      });
    }

    for (const method of ["$/ping", "call", "deliver", "intercept"] as const) {
      it(`${method}: none of the malformed reaches a handler, and each is refused with the field`, async () => {
        const one = await child().start();
        const before = await one.counts();
        for (const sample of hostSamples[method]) await refusesAll(one, method, one.filled(sample));
        if (isNotification(method)) await ignoresAll(one, method);
        assert.deepEqual(await one.counts(), before);
      });
    }

    it("$/cancelRequest: the malformed cancel nothing, what fits does", async () => {
      const one = await child().start();
      one.peer.send({
        jsonrpc: "2.0",
        id: "held",
        method: "call",
        params: { to: { plugin: "counter" }, name: "hold" },
      });
      await ignoresAll(one, "$/cancelRequest");
      assert.equal((await one.counts()).cancels, 0);
      one.peer.notify("$/cancelRequest", hostSamples["$/cancelRequest"][0]);
      assert.equal((await one.peer.answer("held")).error?.code, errorCodes.cancelled);
      await until("the handler saw it", async () => (await one.counts()).cancels === 1);
    });

    it("$/progress: the malformed are told to nobody, what fits is", async () => {
      const one = await child().start();
      one.peer.send({ jsonrpc: "2.0", id: "ask", method: "call", params: { to: { plugin: "counter" }, name: "ask" } });
      const asked = await until("it calls", () => one.peer.received.find((message) => message.method === "call"));
      const token = metaOf(asked).progressToken as number;
      for (const value of hostSamples["$/progress"].map((sample) => ({ ...sample, token })))
        await ignoresAll(one, "$/progress", value);
      assert.equal((await one.counts()).progress, 0);
      one.peer.notify("$/progress", { ...hostSamples["$/progress"][0], token });
      await until("it heard", async () => (await one.counts()).progress === 1);
      one.peer.send({ jsonrpc: "2.0", id: asked.id, result: "done" });
      assert.equal((await one.peer.answer("ask")).result, "done");
    });

    for (const method of ["$/setTrace", "$/credit"] as const) {
      it(`${method}: the malformed are ignored, what fits is taken`, async () => {
        const one = await child().start();
        await ignoresAll(one, method);
        const told = one.peer.stderr;
        for (const params of hostSamples[method]) one.peer.notify(method, params);
        await one.counts();
        assert.equal(one.peer.stderr, told);
      });
    }

    it("shutdown and exit: the malformed stop nothing, what fits does", async () => {
      const one = await child().start();
      await refusesAll(one, "shutdown", {});
      await ignoresAll(one, "exit");
      assert.equal((await one.counts()).stops, 0);
      const { result, error } = await one.peer.request("shutdown", hostSamples.shutdown[0]);
      assert.equal(error, undefined);
      assert.ok(hostToPlugin.shutdown.result.safeParse(result).success);
      one.peer.notify("exit", hostSamples.exit[0]);
      assert.equal(await one.peer.exited, 0);
    });
  });
}

/** Sends every malformed variant as a request; each must be refused with the right code, in words that name the field. */
async function refusesAll({ peer }: Child, method: Method, sample: unknown): Promise<void> {
  const made = malformed(hostToPlugin[method].params, sample, variants);
  assert.ok(made.length >= 5, `${made.length} variants of ${method}`);
  const answers = await peer.exchange(made.map(({ value }) => ({ method, params: value })));
  for (const [index, variant] of made.entries()) assertRefused(method, variant, answers[index]?.error);
  const deep = [tooDeep(), tooDeep(1, false)].map((inside) => ({
    method,
    params: { ...Object(sample), _meta: { inside } },
  }));
  for (const { error } of await peer.exchange(deep)) {
    assert.equal(error?.code, errorCodes.invalidRequest, `${method}: ${error?.message}`);
    assert.match(error?.message ?? "", /nested deeper than 200/);
  }
  assert.equal((await peer.request("$/ping", {})).error, undefined);
}

function assertRefused(
  method: string,
  { path, fault, value }: Malformed,
  error?: { code: number; message: string },
): void {
  const what = `${method} ${path.join(".")} ${fault}: ${JSON.stringify(value)?.slice(0, 300)} → ${error?.message}`;
  assert.ok(error, what);
  // Params that are no structure at all make the message no request.
  const codes = path.length === 0 ? [errorCodes.invalidParams, errorCodes.invalidRequest] : [errorCodes.invalidParams];
  assert.ok(codes.includes(error.code as never), `${error.code} for ${what}`);
  if (path[0] !== undefined) assert.ok(error.message.includes(path[0]), what);
}

/** Sends every malformed variant as a notification; the plugin tells each fault once, however often it comes, and goes on. */
async function ignoresAll(one: Child, method: Method, sample: unknown = hostSamples[method][0]): Promise<void> {
  const made = malformed(hostToPlugin[method].params, one.filled(sample), variants);
  assert.ok(made.length >= 5, `${made.length} variants of ${method}`);
  const before = one.peer.received.length;
  for (const { value } of made) one.peer.notify(method, value);
  one.peer.notify(method, { _meta: 5 });
  assert.equal((await one.peer.request("$/ping", {})).error, undefined);
  const structured = made.filter(({ value }) => typeof value === "object").length;
  assert.ok(structured > 0);
  // Only what is no JSON-RPC message at all is answered, without an id.
  for (const { id, error } of one.peer.received.slice(before)) if (error) assert.equal(id, null, error.message);
  const told = await until("it is told", () => {
    const lines = one.peer.stderr.split("\n").filter((line) => line.includes(`"${method}"`));
    return lines.length > 0 && lines;
  });
  assert.equal(new Set(told).size, told.length, `the same was told twice: ${told.join("\n")}`);
}
