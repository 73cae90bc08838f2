import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import { end, say, toolAnswers, turn, use } from "../../faults/host/rig.ts";
import { failureOf } from "../../support/failures.ts";
import type { RealHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { type AttachRig, attachRig, type BusPlugin } from "./rig.ts";

const wants = [{ verb: "call", target: "good/*", why: "To ask the other plugin." }];

describe("a plugin of a plugin bus in plain Python", function () {
  this.timeout(40_000);
  let rig: AttachRig | undefined;
  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
  });

  async function open(options?: Parameters<typeof attachRig>[0]): Promise<AttachRig> {
    rig = await attachRig(options);
    return rig;
  }
  const view = ({ host }: RealHost, name = "shouter") => host.supervisor.view(name);
  const running = ({ host }: RealHost, name = "shouter") =>
    until(`${name} runs`, () => host.supervisor.running(name) !== undefined);
  const call = async ({ host }: RealHost, args: object, more: object = {}) =>
    (await host.calls.call({ caller: "person", to: { provides: "text.upper" }, name: "", args: { ...args }, ...more }))
      .result;

  /** A plugin that is let in and runs. */
  async function attached(made: AttachRig, more: Record<string, unknown> = {}, name = "shouter"): Promise<BusPlugin> {
    const plugin = made.connect(`/?token=${await made.tokens.of(name)}`);
    plugin.register(name, more);
    await until("it waits for consent", () => {
      const eligibility = view(made.real, name)?.eligibility;
      return eligibility && !eligibility.ok && eligibility.reason === "needsConsent";
    });
    await made.real.host.letIn(name);
    await running(made.real, name);
    return plugin;
  }

  it("runs only once the person has let it in, and its capability is an offer like any other", async () => {
    const made = await open();
    const plugin = made.connect("/", [`Authorization: Bearer ${await made.tokens.of("shouter")}`]);
    plugin.register("shouter", { meta: { version: "2.1", wants } });
    await until("it is listed", () => view(made.real));
    assert.deepEqual(view(made.real)?.eligibility.ok, false);
    assert.equal(view(made.real)?.source, "attached");
    assert.deepEqual(view(made.real)?.parley?.wants, wants);
    assert.equal((await failureOf(call(made.real, {}))).kind, "notFound");
    plugin.send({ type: "request", requestId: "early", capability: "test.go", payload: {} });
    const early = await plugin.gotOne("response");
    assert.deepEqual([early.requestId, early.success], ["early", false]);
    await made.real.host.letIn("shouter");
    await running(made.real);
    assert.equal(view(made.real)?.version, "2.1");
    await plugin.answer("text.upper", { success: true, data: "LOUD" });
    plugin.send({ type: "health", plugin: "shouter", status: "degraded", detail: "warming up" });
    await until("its health is known", () => view(made.real)?.health?.detail === "warming up");
    assert.equal(await call(made.real, { text: "loud" }), "LOUD");
    const request = await plugin.gotOne("request");
    assert.deepEqual([request.capability, request.payload], ["text.upper", { text: "loud" }]);
  });

  it("is called by the agent, and says what went wrong when it fails", async () => {
    const made = await open({
      model: (_request, step) => {
        if (step === 1) return [use("shouter_text_upper", { text: "a" }, "1"), end];
        return step === 2 ? [use("shouter_text_lower", { text: "A" }, "2"), end] : [say("Done."), end];
      },
    });
    const tool = { action: "read", description: "Changes letters.", facets: { agent: true } };
    const capabilities = ["text.upper", "text.lower"];
    const plugin = await attached(made, {
      capabilities,
      meta: { offers: { "text.upper": tool, "text.lower": tool } },
    });
    await plugin.answer("text.lower", { success: false, error: "no voice today" });
    await plugin.answer("text.upper", { success: true, data: { text: "LOUD A" } });
    await turn(made.real);
    assert.match(toolAnswers(made.real, 2)[0] ?? "", /LOUD A/);
    assert.match(toolAnswers(made.real, 3)[1] ?? "", /no voice today/);
  });

  it("has its own requests answered: by whoever provides it, by name, by its rights, or refused", async () => {
    const made = await open();
    const plugin = await attached(made, { meta: { wants } });
    const ask = async (requestId: string | number, capability: string, payload?: object) => {
      plugin.send({ type: "request", requestId, capability, payload });
      return await plugin.gotOne("response", (message) => message.requestId === requestId);
    };
    assert.deepEqual(await ask("a", "test.go", { n: 1 }), {
      type: "response",
      requestId: "a",
      success: true,
      data: { echo: { n: 1 } },
    });
    assert.deepEqual((await ask(7, "good/go", {})).data, { echo: {} });
    const missing = await ask("b", "no.such", {});
    assert.equal(missing.success, false);
    assert.match(String(missing.error), /No plugin provides "no\.such"/);
    for (const { id } of made.real.host.rules.grantsOf("shouter")) await made.real.host.rules.setGranted(id, false);
    const refused = await ask("c", "test.go", {});
    assert.equal(refused.success, false);
    const counted = await until("its calls are in the journal", async () => {
      const rows = await made.real.store.readJournal({ types: ["call.counted"] });
      return rows.find((row) => JSON.stringify(row.data).includes('"plugin:shouter"'));
    });
    assert.match(counted.rule ?? "", /grant/, "with the rule that allowed them");
  });

  it("speaks for itself alone: another's name in an envelope is refused and blamed on nobody else", async () => {
    const made = await open();
    const plugin = await attached(made);
    plugin.send({ type: "log", plugin: "good", level: "error", message: "forged" });
    plugin.send({ type: "health", plugin: "good", status: "down" });
    plugin.send({ type: "log", plugin: "shouter", level: "warn", message: "own word" });
    plugin.send({ type: "telemetry", plugin: "shouter", cpu: 0.5, mem_bytes: 1024 });
    await until("its log came", () => made.real.host.activity.logOf("shouter").some((line) => /own word/.test(line)));
    assert.match(String((await plugin.gotOne("error")).error), /cannot speak for another plugin/);
    assert.deepEqual(made.real.host.activity.logOf("good"), []);
    assert.notEqual(view(made.real, "good")?.health?.status, "down");
    const figures = await until("its telemetry is kept", async () => {
      const [row] = await made.real.store.readJournal({ types: ["self.telemetry"] });
      return row;
    });
    assert.deepEqual([figures.source, figures.data], ["shouter", { cpu: 0.5, mem_bytes: 1024 }]);
  });

  it("survives malformed frames, and goes on", async () => {
    const made = await open();
    const plugin = await attached(made);
    const bad = ["{", "[]", "null", "", '{"type":"nonsense"}', '{"type":"health","plugin":"shouter","status":1}'];
    for (const text of [...bad, `{"type":"telemetry","plugin":"shouter","a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`])
      plugin.do("text", text);
    plugin.send({ type: "telemetry", plugin: "shouter", ["__proto__" as string]: 1 });
    plugin.register("shouter");
    await until("each was refused", () => plugin.got("error").length >= bad.length + 3);
    plugin.send({ type: "response", requestId: "999", success: true, data: "to nobody" });
    assert.deepEqual(await call(made.real, { n: 1 }), { echo: { n: 1 } });
  });

  it("is closed for a binary frame, for one that is too large, and for a hundred that are none", async () => {
    const made = await open();
    const first = await attached(made);
    first.do("binary", "{}");
    assert.deepEqual((await first.ended()).slice(0, 2), ["closed", 1003]);
    await until("it left", () => view(made.real) === undefined);
    const connect = async () => {
      const plugin = made.connect(`/?token=${await made.tokens.of("shouter")}`);
      plugin.register("shouter");
      await running(made.real);
      return plugin;
    };
    const second = await connect();
    second.do("big", 16 * 1024 * 1024 + 1);
    assert.deepEqual((await second.ended()).slice(0, 2), ["closed", 1009]);
    await until("it left", () => view(made.real) === undefined);
    const third = await connect();
    for (let count = 0; count < 100; count++) third.do("text", "{");
    assert.deepEqual((await third.ended()).slice(0, 2), ["closed", 4400]);
  });

  for (const how of ["close", "vanish"]) {
    it(`that goes in the middle of a request (${how}) fails the call at once and leaves the list`, async () => {
      const made = await open();
      const plugin = await attached(made);
      await plugin.answer("text.upper", null);
      const called = failureOf(call(made.real, {}));
      await plugin.gotOne("request");
      plugin.do(how);
      const failure = await called;
      assert.equal(failure.kind, "unavailable");
      await until("it left", () => view(made.real) === undefined);
      assert.equal(made.real.host.offers.providers("text.upper").length, 0);
      const again = made.connect(`/?token=${await made.tokens.of("shouter")}`);
      again.register("shouter");
      await running(made.real);
      assert.deepEqual(await call(made.real, { back: true }), { echo: { back: true } });
    });
  }

  it("is refused while one of its name is there, attached or installed, and the first stays", async () => {
    const made = await open();
    await attached(made);
    const second = made.connect(`/?token=${await made.tokens.of("shouter")}`);
    second.register("shouter");
    assert.deepEqual((await second.ended()).slice(0, 2), ["closed", 4409]);
    assert.deepEqual(await call(made.real, { n: 2 }), { echo: { n: 2 } });
    const installed = made.connect(`/?token=${await made.tokens.of("good")}`);
    installed.register("good");
    assert.deepEqual(await installed.ended(), ["closed", 4409, 'A plugin named "good" is installed already.']);
  });

  it("needs the right token, from wherever it comes, and its own name", async () => {
    const made = await open();
    const token = await made.tokens.of("shouter");
    const wrong = made.connect("/?token=guess");
    assert.deepEqual((await wrong.ended()).slice(0, 2), ["closed", 4401]);
    const none = made.connect();
    none.register("shouter");
    assert.match(String((await none.ended())[2]), /A token is missing/);
    const other = made.connect(`/?token=${token}`);
    other.register("somebody");
    assert.deepEqual((await other.ended()).slice(0, 2), ["closed", 4403]);
    const first = made.connect();
    first.register("shouter", { token });
    await until("it is listed", () => view(made.real));
    await made.tokens.replace("shouter");
    const old = made.connect(`/?token=${token}`);
    assert.deepEqual((await old.ended()).slice(0, 2), ["closed", 4401]);
    await Promise.all(Array.from({ length: 8 }, () => made.connect("/?token=guess").ended()));
    assert.deepEqual(await made.connect(`/?token=${await made.tokens.of("shouter")}`).ended(), [
      "refused",
      "HTTP/1.1 429 Refused",
    ]);
  });

  it("is refused to pages: an Origin, and a Host that is not this machine's", async () => {
    const made = await open();
    const token = await made.tokens.of("shouter");
    const page = made.connect(`/?token=${token}`, ["Origin: http://127.0.0.1"]);
    assert.deepEqual(await page.ended(), ["refused", "HTTP/1.1 403 Refused"]);
    const rebound = made.connect(`/?token=${token}`, [`Host: evil.example:${made.door.port}`]);
    assert.deepEqual(await rebound.ended(), ["refused", "HTTP/1.1 403 Refused"]);
  });

  it("is closed when no register comes in 30 s, and degraded after 30 s without health", async () => {
    const doorClock = new FakeClock(1_000);
    const made = await open({ doorClock });
    const silent = made.connect(`/?token=${await made.tokens.of("shouter")}`);
    const ending = silent.ended();
    await until("it is open", () => silent.events.length > 0);
    let over = false;
    void ending.then(() => {
      over = true;
    });
    // The wait begins a moment after the upgrade: time is moved in steps until it is over.
    let moved = 0;
    await until("the 30 s are over", () => {
      if (!over && moved < 60_000) doorClock.advance(1_000);
      moved += 1_000;
      return over;
    });
    assert.deepEqual(await ending, ["closed", 4408, "No register came within 30 s."]);
    assert.ok(moved >= 30_000, `${moved} ms`);

    const plugin = await attached(made);
    plugin.send({ type: "health", plugin: "shouter", status: "up", detail: "fine" });
    await until("its health is known", () => view(made.real)?.health?.detail === "fine");
    doorClock.advance(29_999);
    assert.equal(view(made.real)?.health?.status, "up");
    doorClock.advance(1);
    await until("it is degraded", () => view(made.real)?.health?.status === "degraded");
    plugin.send({ type: "health", plugin: "shouter", status: "up" });
    await until("it is up again", () => view(made.real)?.health?.status === "up");
  });

  it("is stopped by the person, and leaves when the door is closed", async () => {
    const made = await open();
    const plugin = await attached(made);
    await made.real.host.supervisor.stop("shouter");
    assert.deepEqual(await plugin.ended(), ["closed", 1001, "Parley stopped the plugin."]);
    await until("it left", () => view(made.real) === undefined);
    const again = made.connect(`/?token=${await made.tokens.of("shouter")}`);
    again.register("shouter");
    await running(made.real);
    await made.door.apply({ enabled: false, port: 0, certificate: undefined, key: undefined });
    assert.deepEqual((await again.ended()).slice(0, 2), ["closed", 1001]);
    assert.equal(made.door.port, undefined);
  });

  it("comes in while eight others have said nothing, of which the oldest leaves, and the rest leave with the door", async () => {
    const made = await open();
    const first = made.connect();
    await until("it is open", () => first.events.length > 0);
    const silent = Array.from({ length: 7 }, () => made.connect());
    await until("all are open", () => silent.every(({ events }) => events.length > 0));
    await attached(made);
    assert.deepEqual(await first.ended(), ["closed", 4408, "Others came while it said nothing."]);
    await made.door.apply({ enabled: false, port: 0, certificate: undefined, key: undefined });
    for (const plugin of silent) assert.deepEqual((await plugin.ended()).slice(0, 2), ["closed", 1001]);
  });

  it("is refused with the field that is wrong in its register", async () => {
    const made = await open();
    const token = await made.tokens.of("shouter");
    const cases: [object, RegExp][] = [
      [{ port: "nowhere" }, /port/],
      [{ capabilities: ["not a name"] }, /cannot be a capability's name/],
      [{ meta: { wants: [{ verb: "fly", target: "*", why: "Because." }] } }, /wants\[0\]\.verb/],
      [{ meta: { offers: { "text.upper": { action: "maybe" } } } }, /action/],
    ];
    for (const [more, reason] of cases) {
      const plugin = made.connect(`/?token=${token}`);
      plugin.register("shouter", { ...more });
      const [, code, why] = await plugin.ended();
      assert.equal(code, 4400);
      assert.match(String(why), reason);
    }
  });
});
