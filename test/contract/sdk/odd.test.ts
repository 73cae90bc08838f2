/** What goes wrong in an author's code ends alike in both languages, and in the same words. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Failure } from "../../../src/base/failure.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { FakeHost } from "../../support/fakeHost.ts";
import { until } from "../../support/until.ts";

for (const [language, file] of Object.entries({ TypeScript: "odd.ts", Python: "odd.py" })) {
  describe(`what goes wrong in an author's ${language}`, function () {
    this.timeout(20_000);
    const entry = fileURLToPath(new URL(`./fixtures/${file}`, import.meta.url));
    let host: FakeHost;

    beforeEach(async () => {
      host = await FakeHost.start({ entry, others: { "other/slow": () => new Promise(() => {}) } });
    });
    afterEach(() => host.kill());

    it("is an answer that JSON cannot say: the caller learns that, and the log why", async () => {
      assert.deepEqual(await failureOf(host.call("circle")), {
        kind: "internal",
        message: 'The result of "call" cannot be written as JSON.',
        todo: "This is a fault of the one who answered.",
        details: {},
      });
      await until("the log says why", () => /cannot be written as JSON\. .*circular/is.test(host.stderr));
    });

    it("is a refusal with details that cannot be sent: the rest of it is", async () => {
      const told = { kind: "conflict", message: "It is taken.", todo: "Take another." };
      assert.deepEqual(await failureOf(host.call("refuse")), { ...told, details: { owner: "Ada" } });
      assert.deepEqual(await failureOf(host.call("refuse-at-length")), { ...told, details: {} });
    });

    it("is a message that is too large", async () => {
      const { message, ...rest } = await host.call<{ message: string }>("large");
      assert.match(message, /^The message has at least 178\d{5} bytes; the limit is 16777216\.$/);
      const todo = "Send large values in pieces or as references.";
      assert.deepEqual(rest, { kind: "tooLarge", todo, details: { limit: limits.bodyBytes } });
    });

    it("is a call with little time, or none", async () => {
      for (const [name, timeoutMs] of Object.entries({ "no-time": 0, "little-time": 20 })) {
        assert.deepEqual(await host.call(name), {
          kind: "timeout",
          message: `the host did not answer "call" within ${timeoutMs} ms.`,
          todo: null,
          details: { method: "call", timeoutMs },
        });
      }
    });

    it("is a name that is none, in a call and under a button", async () => {
      const { message } = await host.call<{ message: string }>("line");
      assert.match(message, /^The params of "call" do not fit: name: must be letters/);
      assert.equal((await host.call<{ message: string }>("button")).message, '"nowhere" names no offer.');
    });

    it("is not a message that is one thing with all its fields", async () => {
      await host.call("say");
      const [{ _meta, ...said } = {}] = host.sent("conversation/addMessage");
      const wanted = { content: "a", intent: "context", dedupeKey: "k", conversation: "c", role: "assistant" };
      assert.deepEqual(said, wanted);
    });

    it("is a line of the log with a field that JSON cannot say, and the log goes on", async () => {
      await host.call("log");
      const lines = await until("both are logged", () => {
        const all = host.published("self.log") as { message: string; fields?: Record<string, unknown> }[];
        return all.length === 2 && all;
      });
      assert.deepEqual(
        lines.map(({ message, fields }) => [message, typeof fields?.circle, fields?.plain]),
        [
          ["odd", "string", 1],
          ["even", "undefined", undefined],
        ],
      );
      assert.equal(host.stderr, "");
    });

    it("is giving something back twice, and what came in its place stays", async () => {
      await host.call("again");
      assert.equal(await host.call("shared"), 2);
      assert.equal(host.sent("unregister").length, 1);
    });

    it("is a point that there is not: it is told before anybody relies on it", async () => {
      const { kind, message, todo } = await host.call<{ kind: string; message: string; todo: string }>("point");
      assert.deepEqual([kind, message], ["invalidParams", 'There is no point "tol".']);
      assert.match(todo, /^The host's are turn, step, model, tool, .*, gateway; that of an offer is offer:<plugin>/);
    });

    it("is an offer that the host does not take: the log names it", async () => {
      const why = /^The params of "register" do not fit: offer\.name/;
      assert.match((await host.call<{ message: string }>("refused")).message, why);
      const [line] = await until("it is logged", () => {
        const lines = host.published("self.log") as { message: string }[];
        return lines.length > 0 && lines;
      });
      assert.match(line?.message ?? "", /^The offer "two words": The params of "register" do not fit: offer\.name/);
    });

    it("is a hundred handlers of events that hang: calls are answered all the same", async () => {
      const handled = host.event("odd.held", 1);
      await host.call("release", {}, {}, { timeoutMs: 5_000 });
      await handled;
    });

    it("is a list of tasks that cannot be told: it is not empty", async () => {
      assert.equal((await host.call<{ kind: string }>("tasks")).kind, "methodNotFound");
    });

    it("is a piece of a result that was answered already: nobody waits for it for ever", async () => {
      host.kill();
      host = await FakeHost.start({ entry, initialize: false });
      const params = host.initializeParams();
      const capabilities = { ...params.capabilities, streaming: true };
      await host.connection.request("initialize", { ...params, capabilities });
      host.connection.notify("initialized", {});
      await host.call("left", {}, {}, { onProgress: () => {} });
      await until("it went on", () => host.published("odd.left").length === 1);
    });

    const ask = (name: string) => {
      const subject = { plugin: "odd", name, action: "read", args: {} };
      const about = { point: `offer:odd/${name}`, phase: "before", invocation: name, subject } as const;
      return host.connection.request("intercept", about);
    };

    it("is a gate that answers in a way that there is not, or fails: that lets nothing pass, and the log says so once", async () => {
      for (const name of ["word", "yes", "no", "list", "misspelt", "updated", "fault"]) {
        assert.deepEqual(await failureOf(ask(name)), {
          kind: "internal",
          message: `The plugin failed when it was asked at "offer:odd/${name}".`,
          todo: "This is a fault of the plugin; its log has the details.",
          details: {},
        });
      }
      const lines = await until("all are logged", () => {
        const all = host.published("self.log") as { message: string }[];
        return all.length === 7 && all;
      });
      assert.match(
        lines[0]?.message ?? "",
        /^The intercept at "offer:odd\/word" failed: It answered .deny., which is no/,
      );
      assert.equal(host.stderr, "");
      assert.deepEqual(await ask("silent"), { decision: "allow" });
    });

    it("is a gate with much to say: it denies all the same", async () => {
      const { decision, reason = "" } = await ask("long");
      assert.equal(decision, "deny");
      assert.ok(reason.length <= 2_000 && reason.startsWith("\u{1f512}".repeat(999)) && reason.endsWith("…"));
    });

    it("is an answer that the host cannot read: the log says so", async () => {
      assert.equal((await failureOf(host.call("deep"))).kind, "internal");
      await until("it says so", () => host.stderr.includes("could not read a message of ours: The message is nested"));
    });

    it("is an answer that comes after the cancel", async () => {
      const ending = new AbortController();
      const answer = failureOf(host.call("heedless", {}, {}, { signal: ending.signal }));
      await host.connection.request("$/ping", {});
      ending.abort();
      const { kind, message } = await answer;
      assert.deepEqual([kind, message], ["cancelled", "The call was cancelled."]);
    });

    it("is not two offers of one capability: the first is called", async () => {
      const params = { to: { provides: "odd.names" }, name: "" } as const;
      assert.equal(await host.connection.request("call", params), "first");
    });

    it("is a word about a setting that is no text", async () => {
      const args = { config: {}, changed: [] };
      const params = { to: { plugin: "echo" }, name: "config.apply", args, _meta: { caller: "host" } };
      assert.deepEqual(await host.connection.request("call", params), { errors: [{ field: "city", message: "7" }] });
    });

    it("is a host that is gone: what is still asked of it says so", async () => {
      await host.call("release");
      host.child.stdin?.end();
      assert.equal(await host.exited, 0);
      const [, said = "nothing"] = await until("it says so", () => /gone: (.*)/.exec(host.stderr) ?? undefined);
      assert.deepEqual(JSON.parse(said), {
        kind: "unavailable",
        message: "The host closed the channel.",
        todo: null,
        details: { reason: "channelClosed", method: "publish" },
      });
    });

    it("is not two stop handlers that each take their time: they run together", async () => {
      assert.equal(await host.stop(), 0);
      assert.deepEqual(host.published("odd.stopped").sort(), [1, 2]);
    });
  });
}

async function failureOf(promise: Promise<unknown>) {
  const failure = await promise.then(
    () => assert.fail("It was answered."),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Failure, String(failure));
  const { kind, message, todo, details = {} } = failure;
  return { kind, message, todo, details };
}
