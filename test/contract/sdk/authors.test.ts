/** What authors write without thinking of the channel: waits, exits, prints, other programs, errors as they are. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Incoming } from "../../../src/rpc/types.ts";
import { refused } from "../../support/failures.ts";
import { FakeHost } from "../../support/fakeHost.ts";
import { until } from "../../support/until.ts";

const entryOf = (file: string) => fileURLToPath(new URL(`./fixtures/${file}`, import.meta.url));

for (const [language, file] of Object.entries({ TypeScript: "author.ts", Python: "author.py" })) {
  describe(`an author's ${language}`, function () {
    this.timeout(20_000);
    let host: FakeHost;

    const others = {
      "other/pieces": async (_: unknown, incoming: Incoming) => {
        for (const partial of [1, null, "three"]) await incoming.progress({ partial });
        return null;
      },
    };
    const never = () => new Promise(() => {});
    Object.assign(others, { "other/slow": never, users: never, "users.get": never });
    beforeEach(async () => {
      host = await FakeHost.start({ entry: entryOf(file), others });
    });
    afterEach(() => host.kill());

    it("waits in each kind of handler", async () => {
      assert.equal(await host.call("greet", { name: "Ada" }), "Hello Ada.");
      assert.doesNotMatch((await refused(host.call("fail"), "internal")).message, /private/);
      await host.event("hear.this", "this");
      await host.event("inbox", { text: "a letter" }, { source: "other" });
      await until("it was ready", async () => (await host.call<string[]>("heard")).includes("ready"));
      assert.deepEqual(
        (await host.call<unknown[]>("heard")).filter((one) => one !== "ready"),
        ["this", { text: "a letter" }],
      );
      assert.equal(await host.call("background"), "done");
      const about = { point: "tool", phase: "before", invocation: "i1", subject: { args: { a: 1 } } } as const;
      const hooked = await host.connection.request("intercept", about);
      assert.deepEqual(hooked.updated, { args: { a: 1, seen: true } });
      const call = { point: "call", invocation: "i2" } as const;
      const went = await host.connection.request("intercept", { ...call, phase: "before", subject: { args: {} } });
      assert.equal(went.decision, "allow");
      const after = { ...call, phase: "after", subject: { args: {}, result: 5 } } as const;
      assert.deepEqual((await host.connection.request("intercept", after)).updated, { result: [5] });
    });

    it("tries to leave, and nobody waits for it in vain", async () => {
      await host.event("hear.this", "leave");
      await host.event("hear.this", "after it");
      assert.ok((await host.call<unknown[]>("heard")).includes("after it"), "the subscription goes on");
      const left = host.call("leave");
      if (language === "Python") {
        await refused(left, "internal");
        assert.equal(await host.call("greet", { name: "Ada" }), "Hello Ada.");
        await until("the log says so", () => JSON.stringify(host.published("self.log")).includes("SystemExit: 3"));
      } else {
        await refused(left, "unavailable");
        assert.equal(await host.exited, 3);
      }
    });

    it("prints, and starts programs that do, beside the channel", async () => {
      assert.equal(await host.call("child"), "still here");
      const loose = language === "Python" ? ["a child", "print", "logging"] : ["print", "stdout"];
      for (const one of loose) {
        await until(`stderr has the words of ${one}`, () => host.stderr.includes(`loose words of ${one}`));
      }
      assert.equal(await host.call("greet", { name: "Ada" }), "Hello Ada.");
      // Node cannot give another stdout to programs that inherit it: what they write is passed over between two messages.
      const strays = language === "Python" ? [] : ["loose words of a child\n"];
      assert.deepEqual(host.strays, strays);
    });

    it("logs an error as it is", async () => {
      await host.call("log");
      const [line] = await until("it is logged", () => {
        const lines = host.published("self.log") as { message: string; fields: Record<string, string> }[];
        return lines.length > 0 && lines;
      });
      assert.equal(line?.message, "It failed: no such town");
      assert.equal(line?.fields.part, "map");
      assert.match(line?.fields.stack ?? "", /author/);
    });

    it("waits for no registration that the host is not told of by itself", async () => {
      assert.equal(await host.call("wait"), true);
    });

    it("gives up a message that it waits for", async () => {
      await refused(host.call("give-up"), "cancelled");
    });

    it("reads a piece that is nothing", async () => {
      assert.deepEqual(await host.call("read"), [1, null, "three"]);
    });

    it("says something as a role in the older form", async () => {
      await host.call("say");
      const said = host.sent("conversation/addMessage").map(({ role, content }) => ({ role, content }));
      assert.deepEqual(said, [
        { role: "user", content: "by role and content" },
        { role: "assistant", content: "by content" },
        { role: "system", content: "as one thing" },
      ]);
    });

    it("waits no longer than told, in whichever words it calls", async () => {
      assert.deepEqual(await host.call("hurry"), Array(5).fill("timeout"));
    });

    it("is told where a point is missing", async () => {
      for (const by of ["use", "hook", "ask"]) {
        const failure = await refused(host.call("pointless", { by }), "invalidParams");
        assert.match(failure.todo ?? "", /middleware\.use\("tool", handler\)/);
      }
    });

    it("answers all the same where it fails, or answers, in a way that there is not", async () => {
      await refused(host.call("misname"), "internal");
      await refused(host.call("unsayable"), "internal");
      await until("the log says of the kind", () => JSON.stringify(host.published("self.log")).includes("oops"));
      assert.equal(await host.call("greet", { name: "Ada" }), "Hello Ada.");
      assert.doesNotMatch(host.stderr, /could not read a message of ours/);
    });

    if (language === "Python") {
      it("is not kept in memory by the requests that it answered", async () => {
        const before = await host.call<number>("kept");
        const wanted = { onProgress: () => {} };
        for (let count = 0; count < 50; count++) await host.call("greet", { name: "Ada" }, {}, wanted);
        const after = await host.call<number>("kept");
        assert.ok(after - before < 10, `${before} requests became ${after}.`);
      });

      it("ends at an interrupt with its stop handlers run and the code of one", async () => {
        assert.equal(await host.call("greet", { name: "Ada" }), "Hello Ada.");
        host.child.kill("SIGINT");
        assert.equal(await host.exited, 130);
        assert.doesNotMatch(host.stderr, /Traceback/);
      });
    }
  });
}
