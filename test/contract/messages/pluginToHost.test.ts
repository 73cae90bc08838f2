/** Every message that a plugin may send, against a real host: what fits arrives, what does not reaches nobody. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { type PluginToHost, pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import { malformed, seed, tooDeep } from "../../support/malformed.ts";
import { observed, type Reached } from "../../support/observed.ts";
import { Puppet } from "../../support/puppet.ts";
import { metaOf } from "../../support/rawEnd.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { allWants, model, targetAnswers, targetOffers, window } from "./everything.ts";
import { pluginMethods, pluginSamples } from "./pluginSamples.ts";

type Method = keyof PluginToHost;

/** How many variants of each message are sent at least. */
const variants = 120;

/** Methods of the channel itself, which no handler of the host sees. */
const channelOwn: readonly string[] = ["$/ping", "$/cancelRequest", "$/progress", "$/credit"];

describe(`what a plugin sends to the host (seed ${seed})`, function () {
  this.timeout(60_000);
  const reached: Reached[] = [];
  const told: string[] = [];
  let real: RealHost;
  let sender: Puppet;
  let target: Puppet;
  const known = { HANDLE: "", CALL: "", CONVERSATION: "", REFERENCE: "" };

  before(async () => {
    [sender, target] = await Promise.all([Puppet.make("sender"), Puppet.make("target")]);
    real = await realHost({
      packages: (folder) => {
        sender.pack(folder, { wants: allWants });
        target.pack(folder, { wants: allWants, offers: targetOffers });
      },
      window,
      launcher: observed(reached),
      logger: { log: (level, message) => void (level === "warn" && told.push(message)) },
      model,
    });
    target.answers.call = targetAnswers;
    await Promise.all([sender.start(real), target.start(real)]);
    known.CONVERSATION = (await real.host.conversations.visible()).id;
    await sender.request("register", { subscription: { topic: "big.>" } });
    await target.request("publish", { topic: "big.one", data: { text: "x".repeat(1_200_000) } });
    const delivered = await until("the large event came", () => sender.came("deliver").at(-1));
    known.REFERENCE = /"\$reference":"([^"]+)"/.exec(JSON.stringify(delivered.params))?.[1] ?? "";
  });
  after(async () => {
    await real?.stop();
    sender?.close();
    target?.close();
  });

  it("has a sample of every message", () => {
    assert.deepEqual(Object.keys(pluginSamples).sort(), [...pluginMethods].sort());
    for (const method of pluginMethods)
      for (const sample of pluginSamples[method])
        assert.ok(pluginToHost[method].params.safeParse(sample).success, method);
  });

  for (const method of pluginMethods) {
    const spec = pluginToHost[method];
    it(`${method}: none of the malformed reaches a handler, and each is ${spec.kind === "request" ? "refused with the field" : "dropped and told once"}`, async () => {
      await prepare(method);
      const before = reached.length;
      if (spec.kind === "notification") await restart();
      for (const sample of pluginSamples[method]) {
        if (spec.kind === "request") await refusesAll(method, filled(sample));
        else await ignoresAll(method, filled(sample));
      }
      assert.deepEqual(reached.slice(before), []);
    });
  }

  for (const method of pluginMethods) {
    const spec = pluginToHost[method];
    it(`${method}: what fits reaches its handler${spec.kind === "request" ? " and is answered as the schema says" : ""}`, async () => {
      for (const sample of pluginSamples[method]) {
        await prepare(method);
        const before = reached.length;
        const params = filled(sample);
        const silent = told.length;
        if (spec.kind === "notification") {
          sender.notify(method, params);
          assert.equal((await sender.request("$/ping", {})).error, undefined);
          assert.deepEqual(told.slice(silent), []);
          continue;
        }
        const { result, error } = await sender.request(method, params);
        assert.equal(error, undefined, `${error?.message} ${JSON.stringify(error?.data)}`);
        assert.ok(spec.result.safeParse(result).success, JSON.stringify(result));
        const methods = reached.slice(before).flatMap((one) => (one.plugin === "sender" ? [one.method] : []));
        assert.deepEqual(methods, channelOwn.includes(method) ? [] : [method]);
      }
    });
  }

  it("$/cancelRequest: only what fits cancels", async () => {
    sender.send({ jsonrpc: "2.0", id: "held", method: "call", params: { to: { plugin: "target" }, name: "held" } });
    await until("it runs", () => target.came("call").some(({ params }) => params?.name === "held"));
    await ignoresAll("$/cancelRequest", { id: "held" });
    assert.ok(real.host.calls.active().some(({ name }) => name === "held"));
    sender.notify("$/cancelRequest", pluginSamples["$/cancelRequest"][0]);
    assert.equal((await sender.answer("held")).error?.code, errorCodes.cancelled);
  });

  it("$/progress: only what fits is told to the caller", async () => {
    const heard: unknown[] = [];
    const call = real.host.calls.call({
      caller: "person",
      to: { plugin: "target" },
      name: "held",
      args: {},
      onProgress: (value) => void heard.push(value),
    });
    const asked = await until("it runs", () =>
      target.came("call").find((message) => metaOf(message).caller === "person"),
    );
    const token = metaOf(asked).progressToken as number;
    for (const { value } of malformed(
      pluginToHost["$/progress"].params,
      { ...pluginSamples["$/progress"][0], token },
      60,
    ))
      target.notify("$/progress", value);
    await target.request("$/ping", {});
    assert.deepEqual(heard, []);
    target.notify("$/progress", { ...pluginSamples["$/progress"][0], token });
    await until("it is told", () => heard.length === 1);
    target.answerTo(asked, "done");
    assert.equal((await call).result, "done");
  });

  /** A channel tells of a hundred different faults and no more. */
  async function restart(): Promise<void> {
    await real.host.supervisor.restart("sender");
    told.length = 0;
  }

  /** A registration to take back and, where the method is about one, a call to look after: only so many may run in the background. */
  async function prepare(method: string): Promise<void> {
    const { result } = await sender.request("register", { subscription: { topic: "news.x" } });
    known.HANDLE = (result as { handle: string }).handle;
    if (!method.startsWith("calls/")) return;
    const detached = { to: { plugin: "target" }, name: "held", detach: true };
    known.CALL = ((await sender.request("call", detached)).result as { callId: string }).callId;
  }

  function filled(sample: unknown): Record<string, unknown> {
    const entries = Object.entries(sample as Record<string, unknown>);
    return Object.fromEntries(
      entries.map(([name, value]) => [
        name,
        Object.hasOwn(known, String(value)) ? known[value as keyof typeof known] : value,
      ]),
    );
  }

  async function refusesAll(method: Method, sample: unknown): Promise<void> {
    const made = malformed(pluginToHost[method].params, sample, variants);
    assert.ok(made.length >= 5, `${made.length} variants of ${method}`);
    const answers = await sender.exchange(made.map(({ value }) => ({ method, params: value })));
    for (const [index, { path, fault, value }] of made.entries()) {
      const error = answers[index]?.error;
      const what = `${path.join(".")} ${fault}: ${JSON.stringify(value)?.slice(0, 300)} → ${error?.message}`;
      assert.ok(error, what);
      const codes: number[] = [errorCodes.invalidParams, ...(path.length === 0 ? [errorCodes.invalidRequest] : [])];
      assert.ok(codes.includes(error.code), `${error.code} for ${what}`);
      // `register` takes one of three, and may name what the nearest of them lacks.
      const named = [path[0] ?? "", ...(method === "register" ? ["offer", "subscription", "intercept"] : [])];
      assert.ok(
        named.some((name) => error.message.includes(name)),
        what,
      );
    }
    const deep = [tooDeep(), tooDeep(1, false)].map((inside) => ({
      method,
      params: { ...Object(sample), _meta: { inside } },
    }));
    for (const { error } of await sender.exchange(deep)) assert.match(error?.message ?? "", /nested deeper than 200/);
    assert.equal((await sender.request("$/ping", {})).error, undefined);
  }

  async function ignoresAll(method: Method, sample: unknown): Promise<void> {
    const made = malformed(pluginToHost[method].params, sample, variants);
    assert.ok(made.length >= 5, `${made.length} variants of ${method}`);
    const before = sender.received.length;
    for (const { value } of made) sender.notify(method, value);
    for (const { value } of made) sender.notify(method, value);
    assert.equal((await sender.request("$/ping", {})).error, undefined);
    for (const { id, error } of sender.received.slice(before)) if (error) assert.equal(id, null, error.message);
    const lines = told.filter((line) => line.includes(`"${method}"`) && line.includes('"sender"'));
    assert.ok(lines.length > 0, "nobody was told");
    assert.equal(new Set(lines).size, lines.length, `the same was told twice: ${lines.join("\n")}`);
  }
});
