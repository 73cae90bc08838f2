/** The calculator, which greets through hello before it computes: the same answer whoever asks, and an answer without hello too. */
import assert from "node:assert/strict";
import type { ModelEvent } from "../../../src/core/ports.ts";
import { failureOf } from "../../support/failures.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { languages, putActor, type Told } from "./rig.ts";

const offer = { plugin: "calculator", name: "calculate_via_hello" };
const sum = { operation: "add", a: 5, b: 3 };
const end: ModelEvent = { type: "end", finish: "stop" };

describe("the calculator", function () {
  this.timeout(60_000);
  let real: RealHost;
  /** What the agent computes. */
  let asked: object = sum;
  afterEach(async () => {
    asked = sum;
    await real.stop();
  });

  const start = async (bundled: string[]) => {
    real = await realHost({
      bundled,
      packages: (folder) => {
        for (const language of languages) putActor(folder, language, language);
      },
      model: (_request, step) => {
        const args = JSON.stringify(asked);
        return step === 1
          ? [{ type: "toolCall", id: "1", name: "calculator_calculate_via_hello", arguments: args }, end]
          : [end];
      },
    });
  };
  const person = async (plugin: string, name: string, args: Record<string, unknown>) =>
    (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result;
  const throughPlugin = async (language: string) =>
    ((await person(language, "ask", { to: `${offer.plugin}/${offer.name}`, args: sum })) as Told).result;

  it("answers the agent, the person in the palette, and plugins in both languages alike", async () => {
    await start(["hello", "calculator"]);
    const conversation = await real.host.conversations.visible();
    await real.host.agent.say(conversation.id, "add 5 and 3", "send");
    await until("the turn ended", () => real.host.agent.state(conversation.id) === "idle");
    const [toAgent] = conversation.calls();
    const answers = [toAgent?.result, await person(offer.plugin, offer.name, sum)];
    for (const language of languages) answers.push(await throughPlugin(language));
    for (const answer of answers) assert.deepEqual(answer, { result: 8, callee_plugin: "hello" });
    assert.equal(answers.length, 4);
    const rows = conversation.calls().map(({ caller, plugin, name }) => [caller, `${plugin}/${name}`]);
    assert.deepEqual(rows, [
      ["agent", "calculator/calculate_via_hello"],
      ["plugin:calculator", "hello/hello"],
    ]);
  });

  for (const [what, args, words] of [
    ["a division by zero", { operation: "divide", a: 8, b: 0 }, /8 cannot be divided by zero/],
    ["an operation that there is not", { operation: "modulo", a: 8, b: 3 }, /do not fit: .*operation/],
    ["a number that is missing", { operation: "add", a: 8 }, /do not fit: .*b/],
    ["a text in place of a number", { operation: "add", a: "8", b: 3 }, /do not fit: .*a/],
    ["a result that no number holds", { operation: "multiply", a: 1e308, b: 10 }, /too large for a number/],
  ] as const) {
    it(`refuses ${what} alike, whoever asks`, async () => {
      asked = args;
      await start(["hello", "calculator"]);
      const conversation = await real.host.conversations.visible();
      await real.host.agent.say(conversation.id, "compute", "send");
      await until("the turn ended", () => real.host.agent.state(conversation.id) === "idle");
      const toPerson = await failureOf(person(offer.plugin, offer.name, args));
      const told: { kind: string; message: string }[] = [{ kind: toPerson.kind, message: toPerson.message }];
      for (const language of languages) {
        const { error } = (await person(language, "ask", { to: `${offer.plugin}/${offer.name}`, args })) as Told;
        told.push({ kind: error?.kind ?? "", message: error?.message ?? "" });
      }
      for (const { kind, message } of told) {
        assert.equal(kind, "invalidParams");
        assert.match(message, words);
      }
      assert.equal(new Set(told.map(({ message }) => message)).size, 1);
      assert.match(JSON.stringify(real.requests[1]?.messages), words, "the agent reads it too");
    });
  }

  it("computes without hello, and warns", async () => {
    await start(["calculator"]);
    for (const language of languages) {
      const answer = (await throughPlugin(language)) as { result: number; callee_plugin: unknown; warning: string };
      assert.deepEqual([answer.result, answer.callee_plugin], [8, null]);
      assert.match(answer.warning, /hello could not be called: There is no plugin "hello"/);
    }
  });

  it("is among what the broker's older words find, which answer as the newer ones", async () => {
    await start(["hello", "calculator"]);
    for (const language of languages) {
      const told = (await person(language, "broker", {})) as { answers: unknown[]; plugins: string[][] };
      assert.deepEqual(told.plugins[0], ["calculator", "hello", "python", "typescript"]);
      assert.deepEqual(told.plugins[1], told.plugins[0]);
      assert.deepEqual(told.answers[0], await person("hello", "hello", {}));
      assert.deepEqual(told.answers[1], told.answers[0]);
    }
  });
});
