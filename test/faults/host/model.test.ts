import assert from "node:assert/strict";
import { failureOf } from "../../support/failures.ts";
import { goOffer, putPackage } from "../../support/realHost.ts";
import { assertWorks, call, end, hosts, say, toolAnswers, turn, use } from "./rig.ts";

describe("an answer that does not fit", () => {
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  const input = {
    type: "object",
    properties: { at: { type: "string" } },
    required: ["at"],
    additionalProperties: false,
  };
  const packages = (folder: string) => {
    putPackage(folder, "good");
    putPackage(folder, "strict", { parley: { offers: [{ ...goOffer, input }] } });
    const output = { type: "object", properties: { seen: { type: "string" } }, required: ["seen"] };
    putPackage(folder, "liar", { parley: { offers: [{ ...goOffer, output }] } });
  };

  it("of a tool to its own schema: the call fails and says that the plugin's author has to mend it", async () => {
    const real = await open({ packages });
    const failure = await failureOf(call(real, "liar"));
    assert.equal(failure.kind, "unavailable");
    assert.match(failure.message, /^liar\/go answered with something that does not fit its own output schema: .*seen/);
    assert.match(failure.todo ?? "", /author/);
    assert.equal(real.host.supervisor.view("liar")?.process, "running", "a wrong answer is no reason to end it");
    await assertWorks(real);
  });

  const wrong: [string, ReturnType<typeof use>, RegExp, string][] = [
    [
      "a model that calls an unknown tool",
      use("good_og", {}),
      /There is no tool "good_og"\. Did you mean good_go/,
      "good_og",
    ],
    [
      "a model that sends broken JSON",
      use("good_go", '{"at": "x'),
      /arguments of good_go were not a JSON object: \{"at": "x\./,
      "go",
    ],
    ["a model that sends a list for arguments", use("good_go", "[1]"), /not a JSON object: \[1\]/, "go"],
    [
      "a model that sends arguments of the wrong type",
      use("strict_go", { at: 1 }),
      /arguments of strict\/go do not fit: "at" must be of the type string/,
      "go",
    ],
    ["a tool that breaks its schema", use("liar_go", {}), /does not fit its own output schema/, "go"],
  ];
  for (const [what, event, expected, name] of wrong) {
    it(`${what}: one failed row, the model reads why, and the turn goes on with a tool that works`, async () => {
      const real = await open({
        packages,
        model: (_request, step) => {
          if (step === 1) return [event, end];
          return step === 2 ? [use("good_go", { again: true }, "2"), end] : [say("Done."), end];
        },
      });
      const conversation = await turn(real);
      assert.match(toolAnswers(real, 2)[0] ?? "", expected);
      assert.match(toolAnswers(real, 3)[1] ?? "", /"again":true/);
      const rows = conversation.items().flatMap((item) => (item.kind === "tool" ? [item] : []));
      assert.deepEqual(
        rows.map(({ name, status }) => `${name} ${status}`),
        [`${name} failed`, "go succeeded"],
      );
      assert.match(rows[0]?.outcome ?? "", expected);
      assert.ok(!conversation.items().some(({ kind }) => kind === "notice"), "no notice beside the row");
      const last = conversation.items().at(-1);
      assert.equal(last?.kind === "message" && last.content, "Done.");
    });
  }
});
