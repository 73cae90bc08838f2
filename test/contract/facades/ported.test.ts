/** The words of other plugin systems, each used as its authors use it there, in both languages on the real host. */
import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { languages, otherThan, type Pair, pairOf } from "./rig.ts";

const word = { typescript: "TypeScript", python: "Python" };

describe("what is known from elsewhere", function () {
  this.timeout(60_000);
  let pair: Pair;
  beforeEach(async () => {
    pair = await pairOf("ported");
    for (const language of languages) await pair.run(language, "seen");
  });
  afterEach(() => pair.real.stop());

  it("does here what it does there: commands, storage, letters, capabilities, hooks, the broker", async () => {
    for (const language of languages) {
      assert.deepEqual(await pair.run(language, "visit"), {
        data: [{ table: "users", by: word[otherThan(language)] }],
        shared: { data: "users" },
        reply: { status: "done", items: [1, 2] },
        users: ["Ada"],
        saved: { saved: "a note" },
        hello: { value: ["value"], body: { a: 5 } },
        plugins: ["ported-python", "ported-typescript"],
      });
    }
  });

  it("is heard and passed: events, the lifecycle, middleware, a hook before something is saved", async () => {
    for (const language of languages) await pair.run(language, "visit");
    for (const language of languages) {
      const own = pair.nameOf(language);
      const other = pair.nameOf(otherThan(language));
      const wanted = [
        `${other} activated`,
        `users changed by ${other}`,
        "call get-data",
        "called",
        "About to save:  a note ",
      ];
      const seen = await until(`${own} saw all`, async () => {
        const known = await pair.run<string[]>(language, "seen");
        return wanted.every((one) => known.includes(one)) && known;
      });
      assert.ok(seen.indexOf("call get-data") < seen.indexOf("called"));
    }
  });

  it("speaks to the agent: a message by role and content, an event, the context", async () => {
    const conversation = await pair.real.host.conversations.visible();
    for (const language of languages) {
      const caller = "person" as const;
      const to = { plugin: pair.nameOf(language) };
      const { result } = await pair.real.host.calls.call({
        ...{ caller, to, name: "speak", args: {} },
        conversation: conversation.id,
      });
      assert.deepEqual(result, { heard: "Hello from a plugin.", usage: true });
    }
  });
});
