/** Each pattern of working together, between a plugin in TypeScript and one in Python, in both directions. */
import assert from "node:assert/strict";
import type { CallRow } from "../../../src/protocol/plugin/calls.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { languages, otherThan, type Pair, pairOf } from "./rig.ts";

const word = { typescript: "TypeScript", python: "Python" };

describe("a pattern between TypeScript and Python", function () {
  this.timeout(60_000);
  let pair: Pair;
  afterEach(() => pair.real.stop());

  it("event: what one tells the other hears, until it gives its ear back inside the handler", async () => {
    pair = await pairOf("event");
    const heard = (language: (typeof languages)[number], count: number) =>
      until(`${language} heard ${count}`, async () => {
        const known = await pair.run<string[]>(language, "heard");
        return known.length >= count && known;
      });
    for (const language of languages) await pair.run(language, "heard");
    await pair.run("typescript", "mix", { colour: "red" });
    await pair.run("python", "mix", { colour: "blue" });
    const both = ["red by event-typescript", "blue by event-python"];
    for (const language of languages) assert.deepEqual(await heard(language, 2), both);
    await Promise.all(["black", "grey", "white"].map((colour) => pair.run("python", "mix", { colour })));
    for (const language of languages) assert.deepEqual((await heard(language, 3)).slice(2), ["black by event-python"]);
    await pair.run("typescript", "mix", { colour: "green" });
    for (const language of languages) assert.equal((await heard(language, 3)).length, 3);
  });

  it("command: one runs what the other offers", async () => {
    pair = await pairOf("command");
    for (const language of languages) {
      const answer = await pair.run(language, "visit", { name: "Ann" });
      assert.equal(answer, `Hello Ann, from ${word[otherThan(language)]}.`);
    }
  });

  it("message: one tells the other something, or asks and has the answer", async () => {
    pair = await pairOf("message");
    for (const language of languages) {
      const other = otherThan(language);
      await pair.run(language, "write", { text: "Tea is ready." });
      const notes = await until("the note is there", async () => {
        const known = await pair.run<string[]>(other, "notes");
        return known.length > 0 && known;
      });
      assert.deepEqual(notes, [`Tea is ready. (${pair.nameOf(language)})`]);
      assert.deepEqual(await pair.run(language, "ask", { numbers: [1, 2, 3] }), { sum: 6, by: word[other] });
      const failure = await failureOf(pair.run(language, "ask", { numbers: [] }));
      assert.match(failure.message, /There is nothing to add/);
    }
  });

  it("middleware: one stands around what the other does, and may answer in its place", async () => {
    pair = await pairOf("middleware");
    for (const language of languages) {
      const around = word[otherThan(language)];
      assert.equal(
        await pair.run(language, "greet", { name: " Ann " }),
        `Hello Ann, from ${word[language]}. And ${around} was around.`,
      );
      assert.equal(await pair.run(language, "greet", { name: "nobody" }), "There is nobody to greet.");
    }
  });

  it("hook: one changes, refuses and hears what passes a point of the other", async () => {
    pair = await pairOf("hook");
    const saved = { typescript: "GOOD DAY", python: "good day" };
    for (const language of languages) {
      const result = { saved: saved[language] };
      assert.deepEqual(await pair.run(language, "write", { text: "Good day" }), result);
      assert.deepEqual(await pair.run(otherThan(language), "seen"), [result]);
      const failure = await failureOf(pair.run(language, "write", { text: "" }));
      assert.equal(failure.kind, "blocked");
      assert.match(failure.message, /An empty note is no note/);
    }
  });

  it("provider: one calls a capability, and whoever provides it answers", async () => {
    pair = await pairOf("provider");
    const text = "to be or not";
    assert.deepEqual(await pair.run("typescript", "ask", { text }), { by: "provider-python", count: 4 });
    assert.deepEqual(await pair.run("python", "ask", { text }), { by: "provider-typescript", count: 9 });
  });

  it("storage: both change one value at the same time, and none loses what the other wrote", async () => {
    pair = await pairOf("storage");
    for (const language of languages) await pair.run(language, "seen");
    const totals = await Promise.all(languages.map((language) => pair.run<number>(language, "count", { times: 12 })));
    assert.equal(Math.max(...totals), 24);
    for (const language of languages)
      await until(`${language} saw the last`, async () => (await pair.run(language, "seen")) === 24);
  });

  it("database: each keeps its own, and hands out of it", async () => {
    pair = await pairOf("database");
    assert.deepEqual(await pair.run("typescript", "tell", { word: "heron" }), ["heron: 5"]);
    assert.deepEqual(await pair.run("python", "tell", { word: "owl" }), ["owl: 3"]);
    assert.deepEqual(await pair.run("typescript", "recall"), ["owl: 3"]);
    assert.deepEqual(await pair.run("python", "recall"), ["heron: 5"]);
  });

  it("broker: one calls the other by target, method, action and request", async () => {
    pair = await pairOf("broker");
    for (const language of languages) {
      assert.deepEqual(await pair.run(language, "ask", { name: "Ann" }), {
        answer: { value: `${word[otherThan(language)]} says hello to Ann.` },
        plugins: ["broker-python", "broker-typescript"],
      });
    }
  });

  it("task: one has the other work in the background, sees it go on, and its result", async () => {
    pair = await pairOf("task");
    for (const language of languages) {
      const id = await pair.run<string>(language, "order", { cranes: 5 });
      const row = await until("it is done", async () => {
        // Who ordered it did not begin it: the task is its plugin's own.
        const now = await pair.run<CallRow>(language, "check", { id });
        return now.status === "succeeded" && now;
      });
      assert.deepEqual([row.detached, row.result], [true, { folded: 5 }]);
      assert.equal(row.caller, `plugin:${pair.nameOf(otherThan(language))}`);
      assert.equal((await pair.real.store.loadCall(id))?.title, "Fold 5 cranes");
      const far = await pair.run<string>(otherThan(language), "begin", { cranes: 5_000 });
      await until(
        "it goes on",
        async () => (await pair.run<CallRow>(otherThan(language), "look", { id: far })).progress,
      );
      assert.equal(await kindOf(pair.run(language, "look", { id: far })), "notFound");
      assert.equal(await pair.run(otherThan(language), "stop", { id: far }), "cancelling");
      const ends = await until("it has stopped", async () => {
        const now = await pair.run<CallRow>(otherThan(language), "look", { id: far });
        return now.status !== "running" && now.status;
      });
      assert.equal(ends, "cancelled");
    }
  });

  it("lifecycle: one hears how the other comes and goes", async () => {
    pair = await pairOf("lifecycle");
    for (const language of languages) {
      await pair.run(language, "seen");
      await until("both run", () =>
        pair.real.host.calls.call({
          caller: "person",
          to: { plugin: pair.nameOf(otherThan(language)) },
          name: "seen",
          args: {},
        }),
      );
      await until(`${language} heard of the start`, async () =>
        (await pair.run<string[]>(language, "seen")).includes("plugin.activated"),
      );
      const before = (await pair.run<string[]>(language, "seen")).length;
      await pair.real.host.supervisor.restart(pair.nameOf(otherThan(language)));
      const seen = await until(`${language} heard of the restart`, async () => {
        const known = await pair.run<string[]>(language, "seen");
        return known.length >= before + 2 && known;
      });
      assert.deepEqual(seen.slice(before), ["plugin.deactivated", "plugin.activated"]);
    }
  });
});
