import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import { failureOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { impatient, installed, leftIn, makeRig, type Rig } from "./rig.ts";

describe("a plugin that does not keep to the channel", () => {
  let rig: Rig;
  beforeEach(() => {
    rig = makeRig({ clock: impatient });
  });
  afterEach(() => rig.close());

  const begin = (fault: string) => {
    rig.supervisor.setInstalled([installed(rig, "p", [fault])]);
    return rig.supervisor.ensureRunning("p");
  };
  const call = async (fault: string) => {
    const run = await begin(fault);
    return run.peer.request("call", { to: { plugin: "p" }, name: "x", args: {} });
  };

  it("never answers initialize: the first who waits is told after 30 s, and it is tried again", async () => {
    const failure = await failureOf(begin("mute"));
    assert.equal(failure.kind, "unavailable");
    assert.match(failure.message, /did not answer initialize within 30 s/);
    await until("it is tried again", () => rig.supervisor.view("p")?.epoch === 2);
  });

  it("prints garbage instead of answering: the garbage is quoted", async () => {
    const texts: string[] = [];
    rig.supervisor.onText(({ stream, text }) => texts.push(`${stream}: ${text}`));
    const failure = await failureOf(begin("prints"));
    assert.match(failure.message, /text on stdout that is not the protocol: "Hello, I am a plugin!"/);
    assert.ok(texts.includes("stray: Hello, I am a plugin!"), texts.join("\n"));
  });

  it("prints between its messages: nothing is lost, and the text is told", async () => {
    const texts: string[] = [];
    rig.supervisor.onText(({ stream, text }) => texts.push(`${stream}: ${text}`));
    assert.equal(await call("chats"), "done");
    await until("the text came", () => texts.includes("stray: debug: a call"));
  });

  it("prints without ending its line, on stdout or stderr: the text is told while it runs", async () => {
    const texts: string[] = [];
    rig.supervisor.onText(({ stream, text }) => texts.push(`${stream}: ${text}`));
    assert.equal(await call("mutters"), "done");
    await until("the text came", () => texts.includes("stray: Name? ") && texts.includes("stderr: 50 %"));
    assert.equal(rig.supervisor.view("p")?.process, "running");
  });

  it("speaks another protocol version: it fails for good, and both versions are named", async () => {
    const failure = await failureOf(begin("otherVersion"));
    assert.match(failure.message, /speaks protocol version 99; this Parley speaks version 1/);
    assert.equal(rig.supervisor.view("p")?.process, "failed");
    assert.equal(rig.supervisor.view("p")?.epoch, 1);
  });

  it("answers initialize with nonsense: it fails for good, and the field is named", async () => {
    const failure = await failureOf(begin("badAnswer"));
    assert.match(failure.message, /initialize/);
    assert.match(failure.message, /plugin/);
    assert.equal(rig.supervisor.view("p")?.process, "failed");
  });

  it("refuses to initialize: its own reason is told", async () => {
    const failure = await failureOf(begin("refuses"));
    assert.match(failure.message, /refused to initialize: no licence was found/);
    assert.equal(rig.supervisor.view("p")?.process, "failed");
  });

  it("speaks before it is initialized: that message is refused, and it goes on", async () => {
    assert.match(String(await call("tooEarly")), /publish.* came before .*initialized/);
    assert.deepEqual(rig.messages, []);
  });

  it("is refused when it is attached: that is its end", async () => {
    await rig.close();
    rig = makeRig({
      attach: () => {
        throw new Failure("denied", "It may not offer that.");
      },
    });
    const failure = await failureOf(begin("none"));
    assert.match(failure.message, /It may not offer that\./);
    assert.equal(rig.supervisor.view("p")?.process, "failed");
  });

  it("sends 16 MiB and one byte: the call fails, the reason is told, and it is started again", async () => {
    const failure = await failureOf(call("tooLarge"));
    assert.equal(failure.kind, "unavailable");
    const again = await rig.supervisor.ensureRunning("p", AbortSignal.timeout(5_000));
    assert.equal(again.epoch, 2);
    assert.match(rig.supervisor.view("p")?.lastExit ?? "", /16777\d+|larger|16 MiB/);
  });

  it("breaks its pipe and stays: it is ended, and started again", async () => {
    await failureOf(call("brokenPipe"));
    const again = await rig.supervisor.ensureRunning("p", AbortSignal.timeout(5_000));
    assert.equal(again.epoch, 2);
  });

  it("sends 10,000 messages a second: the others answer, memory stays, and it can be stopped", async () => {
    rig.supervisor.setInstalled([installed(rig, "flood", ["floods"]), installed(rig, "calm")]);
    const [flood, calm] = await Promise.all([
      rig.supervisor.ensureRunning("flood"),
      rig.supervisor.ensureRunning("calm"),
    ]);
    await until("it floods", () => rig.messages.length > 1_000);
    let slowest = 0;
    const heapBefore = process.memoryUsage().heapUsed;
    const begun = rig.messages.length;
    const beganAt = performance.now();
    while (performance.now() - beganAt < 1_500) {
      const asked = performance.now();
      await calm.peer.request("call", { to: { plugin: "calm" }, name: "x", args: {} });
      slowest = Math.max(slowest, performance.now() - asked);
    }
    assert.ok(rig.messages.length - begun > 3_000, `${rig.messages.length - begun} messages came`);
    assert.ok(slowest < 500, `the slowest answer took ${Math.round(slowest)} ms`);
    rig.messages.length = 0;
    assert.ok(process.memoryUsage().heapUsed - heapBefore < 64 * 1024 * 1024);
    assert.ok(rig.supervisor.running("flood") === flood);
    await rig.supervisor.stop("flood");
    assert.equal(rig.supervisor.view("flood")?.process, "stopped");
    assert.ok(rig.supervisor.running("calm"));
  });

  it("sees a clean environment and its own folders", async () => {
    process.env.PARLEY_TEST_TOKEN = "secret";
    try {
      const answer = (await call("environment")) as { env: Record<string, string>; cwd: string };
      assert.equal(answer.env.PARLEY_TEST_TOKEN, undefined);
      assert.equal(answer.env.PATH, process.env.PATH);
      assert.equal(answer.env.PLUGIN_ROOT, answer.cwd);
      assert.equal(answer.env.PLUGIN_DATA, `${rig.folder}/data/p`);
      assert.ok(answer.env.PARLEY_RUN_DIR?.startsWith(rig.runs));
      assert.ok((await leftIn(rig.runs)).some((name) => answer.env.PARLEY_RUN_DIR?.endsWith(name)));
    } finally {
      delete process.env.PARLEY_TEST_TOKEN;
    }
  });
});
