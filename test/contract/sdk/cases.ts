import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import type { ProgressValue } from "../../../src/rpc/types.ts";
import { refused } from "../../support/failures.ts";
import type { FakeHost, FakeHostOptions } from "../../support/fakeHost.ts";
import { until } from "../../support/until.ts";

/** One thing that every SDK must do the same way; it is run against a real process of each. */
export interface Case {
  readonly title: string;
  /** A process of its own, because the case ends it or needs it fresh. */
  readonly own?: Omit<FakeHostOptions, "entry">;
  run(host: FakeHost): Promise<void>;
}

export const calls: Case[] = [
  {
    title: "answers a call with the offer's result",
    async run(host) {
      const args = { text: "ä€😀", list: [1, 2.5, null, true], nested: { a: { b: [] } } };
      assert.deepEqual(await host.call("echo", args), args);
      assert.equal(await host.call("static"), "declared by the manifest");
      assert.equal(await host.call("nothing"), null);
    },
  },
  {
    title: "finds the offer behind a capability",
    async run(host) {
      assert.equal(await host.connection.request("call", { to: { provides: "test.chat" } }), "provided");
    },
  },
  {
    title: "tells the caller an expected failure with its kind, advice and details",
    async run(host) {
      const failure = await refused(host.call("refuse"), "conflict");
      assert.equal(failure.message, "It is taken.");
      assert.equal(failure.todo, "Take another.");
      assert.deepEqual(failure.details, { owner: "somebody" });
    },
  },
  {
    title: "keeps the text of an unexpected error from the caller and logs it",
    async run(host) {
      const failure = await refused(host.call("crash"), "internal");
      assert.match(failure.message, /crash/);
      assert.doesNotMatch(JSON.stringify([failure.message, failure.todo, failure.details]), /private/);
      const line = await until("the fault is logged", () =>
        host.published("self.log").find((data) => JSON.stringify(data).includes("a private detail")),
      );
      assert.equal((line as { level: string }).level, "error");
    },
  },
  {
    title: "lives on when something fails that nobody waits for",
    async run(host) {
      await host.call("forget");
      await until("it is told on stderr", () => /do not fit|not fit/.test(host.stderr));
      assert.deepEqual(await host.call("echo", { still: "here" }), { still: "here" });
    },
  },
  {
    title: "answers an unknown offer with notFound and names near ones",
    async run(host) {
      const failure = await refused(host.call("nowhere"), "notFound");
      assert.match(String(failure.details?.near), /echo/);
    },
  },
  {
    title: "refuses a result that is too large and lives on",
    async run(host) {
      const failure = await refused(host.call("huge"), "tooLarge");
      assert.match(failure.message, /\d{7}/);
      assert.deepEqual(await host.call("echo", {}), {});
    },
  },
  {
    title: "tells a handler who calls and where",
    async run(host) {
      const meta = { caller: "plugin:other", conversation: "c1", turn: "t1", callId: "k1" };
      assert.deepEqual(await host.call("who", {}, meta), meta);
    },
  },
  {
    title: "tells the last of its progress within a moment, whatever comes after",
    async run(host) {
      const abort = new AbortController();
      const said: unknown[] = [];
      const onProgress = ({ message }: { message?: string | undefined }) => void said.push(message);
      const call = host.call("linger", {}, {}, { signal: abort.signal, onProgress });
      await until("it lingers", () => said.includes("lingers"), { timeoutMs: 3_000 });
      assert.deepEqual(said, ["begins", "lingers"]);
      abort.abort();
      await refused(call, "cancelled");
    },
  },
  {
    title: "cancels a call",
    async run(host) {
      const abort = new AbortController();
      let started = false;
      const onProgress = () => {
        started = true;
      };
      const call = host.call("wait", {}, {}, { signal: abort.signal, onProgress });
      await until("the offer runs", () => started);
      const before = performance.now();
      abort.abort();
      await refused(call, "cancelled");
      assert.ok(performance.now() - before < 1_500, "the plugin answered, the host did not have to give up");
      await until("the handler saw it", () => host.published("echo.cancelled").length === 1);
    },
  },
  {
    title: "tells of progress, the last word never lost",
    async run(host) {
      const seen: ProgressValue[] = [];
      const onProgress = (value: ProgressValue) => void seen.push(value);
      assert.equal(await host.call("steps", {}, {}, { onProgress }), "done");
      assert.deepEqual(seen[0], { message: "step 1", percentage: 20 });
      assert.deepEqual(seen.at(-1), { message: "step 5", percentage: 100 });
      assert.ok(seen.length < 5, "five steps at once are not worth five messages");
    },
  },
  {
    title: "streams every piece in order before the answer",
    async run(host) {
      const pieces: unknown[] = [];
      const onProgress = ({ partial }: ProgressValue) => void pieces.push(partial);
      assert.equal(await host.call("pieces", {}, {}, { onProgress }), "abcd");
      assert.deepEqual(pieces, ["a", "b", "c", "d"]);
    },
  },
  {
    title: "runs many calls at the same time",
    async run(host) {
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      const answers = await Promise.all(numbers.map((n) => host.call("echo", { n })));
      assert.deepEqual(
        answers,
        numbers.map((n) => ({ n })),
      );
    },
  },
  {
    title: "keeps what is printed out of the channel",
    async run(host) {
      assert.equal(await host.call("shout"), "still here");
      await until("stderr has it", () => /printed on the way[\s\S]*written on the way/.test(host.stderr));
      assert.deepEqual(host.strays, []);
    },
  },
];

export const verbs: Case[] = [
  {
    title: "calls another plugin with the context of its own call",
    async run(host) {
      host.others["other/double"] = ({ n }) => (n as number) * 2;
      const meta = { callId: "k7", conversation: "c7", turn: "t7", deadlineMs: 5_000 };
      for (const to of ["other/double", "other:double", { plugin: "other", name: "double" }]) {
        assert.deepEqual(await host.call("relay", { to, args: { n: 4 } }, meta), { result: 8, pieces: [] });
      }
      const sent = host.sent("call").at(-1);
      assert.deepEqual([sent?.to, sent?.name, sent?.action], [{ plugin: "other" }, "double", "read"]);
      const { progressToken: _own, ...rest } = sent?._meta ?? {};
      assert.deepEqual(rest, { callId: "k7", conversation: "c7", turn: "t7" }, "the host knows what time is left");
    },
  },
  {
    title: "hears the pieces of what it calls",
    async run(host) {
      host.others["test.stream"] = (_args, incoming) => {
        for (const partial of [1, 2, 3]) incoming.progress({ partial });
        return "whole";
      };
      const answer = await host.call("relay", { to: { provides: "test.stream" } });
      assert.deepEqual(answer, { result: "whole", pieces: [1, 2, 3] });
    },
  },
  {
    title: "passes on why a call failed",
    async run(host) {
      await refused(host.call("relay", { to: "other/missing" }), "notFound");
      const failure = await refused(host.call("relay", { to: "not a target" }), "invalidParams");
      assert.match(failure.todo ?? "", /plugin\/name/);
    },
  },
  {
    title: "cancels what it called when it is cancelled itself",
    async run(host) {
      const abort = new AbortController();
      let inner: AbortSignal | undefined;
      host.others["other/slow"] = (_args, { signal }) => {
        inner = signal;
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(new Failure("cancelled", "Stopped."))),
        );
      };
      const call = host.call("relay", { to: "other/slow" }, {}, { signal: abort.signal });
      await until("the inner call runs", () => inner);
      abort.abort();
      await refused(call, "cancelled");
      assert.equal(inner?.aborted, true);
    },
  },
  {
    title: "calls detached, as a part of its own call",
    async run(host) {
      host.others["other/long"] = () => "later";
      const answer = await host.call<{ result: { callId: string } }>(
        "relay",
        { to: "other/long", detach: true },
        { callId: "k8" },
      );
      assert.match(answer.result.callId, /^call-/);
      const sent = host.sent("call").at(-1);
      assert.deepEqual([sent?.detach, sent?._meta?.callId], [true, "k8"]);
    },
  },
  {
    title: "builds the broker's older form of a call",
    async run(host) {
      host.others["other/method"] = (args) => args;
      assert.deepEqual(await host.call("broker"), { parameters: { key: ["value"] }, body: { a: 1 } });
      assert.equal(host.sent("call").at(-1)?.action, "write");
    },
  },
  {
    title: "adds messages and reads the context of its conversation",
    async run(host) {
      const message = { content: "Something happened.", intent: "wake", dedupeKey: "once" };
      const added = await host.call<{ state: string }>("say", message, { conversation: "c9", callId: "k9" });
      assert.equal(added.state, "added");
      const sent = host.sent("conversation/addMessage").at(-1);
      assert.deepEqual([sent?.content, sent?.intent, sent?.dedupeKey], ["Something happened.", "wake", "once"]);
      assert.deepEqual(sent?._meta, { conversation: "c9", callId: "k9" });
      const context = await host.call<{ conversation: string; messages: unknown[] }>(
        "read",
        {},
        { conversation: "c9" },
      );
      assert.deepEqual([context.conversation, context.messages.length], ["c9", 1]);
      assert.equal(host.sent("conversation/context").at(-1)?.limit, 3);
    },
  },
  {
    title: "writes buttons in the short and in the wire's form",
    async run(host) {
      const wire = { to: { plugin: "echo" }, name: "fix", args: { line: 3 } };
      await host.call("button", { button: { title: "Fix", call: "echo/fix", args: { line: 3 } } });
      await host.call("button", { button: { title: "Fix", call: wire } });
      for (const sent of host.sent("conversation/addMessage").slice(-2)) {
        assert.deepEqual(sent.actions, [{ title: "Fix", call: wire }]);
      }
    },
  },
  {
    title: "refuses to send what does not fit",
    async run(host) {
      await refused(host.call("tell", { topic: "not a topic", data: 1 }), "invalidParams");
    },
  },
  {
    title: "publishes",
    async run(host) {
      assert.match(await host.call<string>("tell", { topic: "echo.news", data: { n: 1 } }), /^event-/);
      const { _meta, ...sent } = host.sent("publish").at(-1) ?? {};
      assert.deepEqual(sent, { topic: "echo.news", data: { n: 1 }, show: true, latest: true, dedupeKey: "once" });
    },
  },
  {
    title: "lists offers and plugins",
    async run(host) {
      assert.deepEqual(await host.call("list"), { offers: ["echo/chat"], plugins: ["echo", "other"] });
    },
  },
  {
    title: "logs and tells its health",
    async run(host) {
      await host.call("note");
      await until("both arrived", () => host.published("self.health").length === 1);
      assert.deepEqual(host.published("self.health"), [{ status: "degraded", detail: "a bit" }]);
      const line = { level: "warn", message: "Something is odd.", fields: { field: 1 } };
      assert.ok(host.published("self.log").some((data) => JSON.stringify(data) === JSON.stringify(line)));
    },
  },
  {
    title: "keeps state with revisions",
    own: {},
    async run(host) {
      assert.deepEqual(await host.call("keep", {}, { conversation: "c1" }), {
        before: null,
        rev: 1,
        again: 2,
        conflict: "conflict",
        keys: ["count", "counter", "counting"],
        entry: { value: { n: 2 }, rev: 2 },
        nulled: null,
        deleted: [true, false],
      });
      assert.equal(host.state.get({ scope: "conversation", key: "here" }).value, true);
      assert.deepEqual(host.sent("state/set").at(-1)?._meta, { conversation: "c1" });
    },
  },
];
