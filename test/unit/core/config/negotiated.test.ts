import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/emitter.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { negotiated } from "../../../../src/core/config/negotiated.ts";
import { type TraceLevel, Tracer } from "../../../../src/core/config/traced.ts";
import type { LauncherPort, LaunchSpec, PluginMessageHandler } from "../../../../src/core/ports.ts";
import { acceptsVersion, commonVersion, versionRange } from "../../../../src/protocol/version.ts";

type Sent = { method: string; params: Record<string, unknown>; progress: boolean };

/** A launcher whose plugin states what it is told to, and everything that reaches it. */
function inner(capabilities: Record<string, boolean>) {
  const sent: Sent[] = [];
  const stopped: (string | undefined)[] = [];
  let spec: LaunchSpec | undefined;
  let onMessage: PluginMessageHandler = () => {};
  const launcher: LauncherPort = {
    launch(own, handler) {
      spec = own;
      onMessage = handler;
      return {
        pid: 1,
        runDir: "/run",
        exited: new Promise(() => {}),
        onText: new Emitter<{ stream: "stderr" | "stray"; text: string }>().event,
        stop(why) {
          stopped.push(why);
          return new Promise(() => {});
        },
        kill: () => {},
        peer: {
          closed: new Promise(() => {}),
          notify: (method, params) => void sent.push({ method, params, progress: false }),
          request: async (method, params, options) => {
            sent.push({ method, params, progress: options?.onProgress !== undefined });
            if (method === "initialize") return { protocolVersion: 1, plugin: { name: "p" }, capabilities };
            if (params.name === "fails") throw new Failure("conflict", "It is taken.");
            return "answer";
          },
        },
      };
    },
  };
  const receive = async (method: string, params: Record<string, unknown> = {}, progress: () => void = () => {}) =>
    await onMessage(method, params, new AbortController().signal, progress);
  return { launcher, sent, receive, stopped, spec: () => spec };
}

const spec: LaunchSpec = {
  plugin: "p",
  epoch: 1,
  root: "/",
  dataDir: "/",
  run: { runtime: "node", entry: "./main.js" },
  env: {},
};
const refusedAs = (kind: string) => (error: unknown) => error instanceof Failure && error.kind === kind;

describe("what was not agreed on", () => {
  const messages: [capability: string, method: string, params: Record<string, unknown>][] = [
    ["state", "state/get", { key: "k" }],
    ["conversation", "conversation/addMessage", { content: "x" }],
    ["intercepts", "register", { intercept: { point: "tool" } }],
    ["detachedCalls", "call", { name: "n", detach: true }],
  ];

  it("stands in the way of nothing else: why it is stopped reaches whoever waits for an answer", () => {
    const own = inner({});
    void negotiated(own.launcher)
      .launch(spec, () => "taken")
      .stop("It was updated.");
    assert.deepEqual(own.stopped, ["It was updated."]);
  });

  it("is refused from a plugin with what to do, and taken from one that stated it", async () => {
    for (const [capability, method, params] of messages) {
      for (const stated of [true, false]) {
        const own = inner({ [capability]: stated });
        const { peer } = negotiated(own.launcher).launch(spec, () => "taken");
        await peer.request("initialize", {});
        const answer = own.receive(method, params);
        if (stated) assert.equal(await answer, "taken");
        else
          await assert.rejects(answer, (error: Failure) => {
            assert.equal(error.kind, "notNegotiated");
            assert.match(error.todo ?? "", new RegExp(`"${capability}": true`));
            return true;
          });
      }
    }
  });

  it("is not sent to a plugin, and is to one that stated it", async () => {
    for (const [capability, method, params] of [
      ["intercepts", "intercept", { point: "tool" }],
      ["configApply", "call", { name: "config.apply" }],
    ] as const) {
      const without = inner({});
      const { peer } = negotiated(without.launcher).launch(spec, () => {});
      await peer.request("initialize", {});
      await assert.rejects(peer.request(method, params), refusedAs("notNegotiated"));
      assert.deepEqual(
        without.sent.map((one) => one.method),
        ["initialize"],
      );
      const able = inner({ [capability]: true });
      const other = negotiated(able.launcher).launch(spec, () => {}).peer;
      await other.request("initialize", {});
      assert.equal(await other.request(method, params), "answer");
    }
  });

  it("is left out of a message that stands without it: the wish for progress, the word detached", async () => {
    for (const stated of [true, false]) {
      const own = inner({ progress: stated, detachedCalls: stated });
      const told: unknown[] = [];
      const { peer } = negotiated(own.launcher).launch(spec, (_method, _params, _signal, progress) => progress({}));
      await peer.request("initialize", {});
      await peer.request("call", { name: "n", detach: true }, { onProgress: () => {} });
      assert.deepEqual([own.sent[1]?.params.detach, own.sent[1]?.progress], [stated ? true : undefined, stated]);
      await own.receive("publish", {}, () => void told.push("progress"));
      assert.equal(told.length, stated ? 1 : 0);
    }
  });

  it("begins with the limits and the strictness of the plugin", () => {
    const own = inner({});
    negotiated(own.launcher, (plugin) => ({ development: plugin === "p" })).launch(spec, () => {});
    assert.equal(own.spec()?.development, true);
  });
});

describe("a range of versions", () => {
  it("takes this build's version in, or does not", () => {
    for (const range of ["1", "^1", ">=1", "<=2", "1 - 3", "0 - 1", "^2 || ^1", ">=0"])
      assert.ok(versionRange.test(range) && acceptsVersion(range), range);
    for (const range of ["2", "^2", "^0", ">=2", "<=0", "2 - 3", "^2 || ^3"])
      assert.ok(versionRange.test(range) && !acceptsVersion(range), range);
    for (const text of ["", "one", "1.0", "^^1", "1 -", "||", "1 || ", "^1 - 2 - 3"])
      assert.equal(versionRange.test(text), false, text);
  });

  it("has the smaller of two newest versions in common, unless that is too old", () => {
    assert.deepEqual(
      [commonVersion(1), commonVersion(9), commonVersion(0), commonVersion(-1)],
      [1, 1, undefined, undefined],
    );
  });
});

describe("the trace of a plugin's messages", () => {
  function rig(level: TraceLevel) {
    const state = { level };
    const lines: string[] = [];
    const own = inner({});
    let now = 0;
    const tracer = new Tracer({
      level: () => state.level,
      line: (_plugin, text) => lines.push(text),
      redact: (text) => text.replaceAll("s3cret", "•••"),
      clock: { now: () => now++, after: () => ({ dispose() {} }) },
    });
    const process = tracer.launcher(own.launcher).launch(spec, (_method, params) => ({ echo: params }));
    return { ...own, state, lines, tracer, peer: process.peer };
  }

  it("is nothing while it is off, and the messages are the same", async () => {
    const { peer, lines, sent, receive } = rig("off");
    assert.equal(await peer.request("call", { name: "n" }), "answer");
    assert.deepEqual(await receive("publish", { topic: "a" }), { echo: { topic: "a" } });
    assert.deepEqual([lines, sent.length], [[], 1]);
  });

  it("tells methods and times, not what is in them", async () => {
    const { peer, lines, receive } = rig("messages");
    await peer.request("call", { name: "n", args: { key: "value" } });
    await peer.request("call", { name: "fails" }).catch(() => {});
    await receive("publish", { topic: "a" });
    await receive("publish", { topic: "self.log", data: {} });
    assert.deepEqual(lines, [
      "host → plugin: call #1",
      "host → plugin: call #1 after 1 ms: answered",
      "host → plugin: call #2",
      "host → plugin: call #2 after 1 ms: conflict",
      "plugin → host: publish #3",
      "plugin → host: publish #3 after 1 ms: answered",
    ]);
  });

  it("tells what is in them when it is verbose, bounded, without configurations and secrets", async () => {
    const { peer, lines } = rig("verbose");
    await peer.request("initialize", { config: { token: "s3cret" } });
    await peer.request("call", { name: "config.apply", args: { config: { token: "s3cret" } } });
    await peer.request("call", { name: "n", args: { text: `s3cret ${"x".repeat(5_000)}` } });
    const text = lines.join("\n");
    assert.doesNotMatch(text, /s3cret/);
    assert.match(text, /"config":"…"/);
    assert.match(text, /"args":"…"/);
    assert.match(text, /••• xxx/);
    assert.match(text, /… \(\d{4,} characters\)/);
    assert.ok(lines.every((line) => line.length < 2_200));
  });

  it("is told to the plugin when the person changes it, and begins when the plugin asks for it", async () => {
    const { peer, lines, sent, state, tracer, receive } = rig("off");
    await peer.request("initialize", {});
    peer.notify("initialized", {});
    state.level = "messages";
    tracer.refresh();
    tracer.refresh();
    assert.deepEqual(
      sent.slice(2).map(({ method, params }) => [method, params]),
      [["$/setTrace", { value: "messages" }]],
    );
    state.level = "off";
    tracer.refresh();
    lines.length = 0;
    await receive("$/setTrace", { value: "verbose" });
    await peer.request("call", { name: "n" });
    assert.match(lines[0] ?? "", /call #\d+ \{"name":"n"\}/);
    await receive("$/setTrace", { value: "off" });
    lines.length = 0;
    await peer.request("call", { name: "n" });
    assert.deepEqual(lines, []);
  });
});
