import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { guideStep } from "../../../plugins/llmserver/guide/guide.ts";
import type { Message, Tool } from "../../../plugins/llmserver/guide/types.ts";
import { bundledRecipes, bundledTools, type EvaluatedRequest, evaluate } from "./evaluate.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sets: { folder: string; requests: EvaluatedRequest[] }[] = JSON.parse(
  readFileSync(new URL("./dev.json", import.meta.url), "utf8"),
);
const tools = bundledTools();
const recipes = bundledRecipes();
const ask = (content: string): Message[] => [{ role: "user", content }];

describe("the offline guide", function () {
  this.timeout(180_000);

  it("runs at least 95 % of its development requests rightly", async () => {
    const verdicts = [];
    for (const { folder, requests } of sets)
      verdicts.push(...(await evaluate(requests, { folder: `${root}${folder}` })));
    const wrong = verdicts.filter((verdict) => verdict.why !== undefined);
    assert.ok(verdicts.length >= 120);
    assert.ok(
      wrong.length <= verdicts.length * 0.05,
      wrong.map(({ request, why }) => `${request.prompt}: ${why}`).join("\n"),
    );
  });

  it("never changes anything for a request that only reads, nor reads for one that destroys", () => {
    for (const { offer, prompt } of sets.flatMap((set) => set.requests)) {
      const actions = guideStep(ask(prompt), tools, recipes).toolCalls.map(
        (call) => tools.find((tool) => tool.name === call.name)?.action,
      );
      if (offer === null || /search|read|tree|calc|stats$|hello$/.test(String(offer)))
        assert.ok(!actions.some((action) => action !== "read") || /reset/.test(String(offer)), prompt);
    }
    for (const prompt of [
      "delete the search for users",
      "erase README.md and show it",
      "wipe the stats of search",
      "remove every file in src",
    ]) {
      const calls = guideStep(ask(prompt), tools, recipes).toolCalls;
      assert.ok(!calls.some((call) => /search|tree/.test(call.name)), prompt);
    }
  });

  it("runs the tools of any plugin by their examples alone", () => {
    const lamp: Tool = {
      name: "home_light",
      offer: "home/light",
      action: "write",
      description: "Switches a lamp.",
      input: {
        type: "object",
        required: ["lamp", "level"],
        properties: { lamp: { type: "string" }, level: { type: "integer", minimum: 0, maximum: 100 } },
      },
      examples: [{ prompt: "dim the {lamp} lamp to {level} percent", args: { lamp: "kitchen", level: 30 } }],
    };
    const [call] = guideStep(
      ask("Could you dim the hallway lamp to forty percent, please?"),
      [...tools, lamp],
      recipes,
    ).toolCalls;
    assert.deepEqual([call?.name, JSON.parse(call?.arguments ?? "{}")], ["home_light", { lamp: "hallway", level: 40 }]);
    const wrong = guideStep(ask("dim the hallway lamp to 400 percent"), [...tools, lamp], recipes);
    assert.deepEqual(wrong.toolCalls, []);
    assert.match(wrong.text, /level must be at most 100/);
    const lacking = guideStep(ask("dim the hallway lamp"), [lamp], []);
    assert.deepEqual(lacking.toolCalls, []);
    assert.match(lacking.text, /missing: \*\*level\*\*.*\n\nFor example: dim the kitchen lamp to 30 percent/);
  });

  it("makes slots of plain values in an example, and wordings of an enum's other words", () => {
    const volume: Tool = {
      name: "radio_volume",
      offer: "radio/volume",
      action: "read",
      description: "Turns the volume.",
      input: {
        type: "object",
        required: ["direction", "steps"],
        properties: { direction: { enum: ["raise", "lower"] }, steps: { type: "integer" } },
      },
      examples: [{ prompt: "raise the volume by 5 steps", args: { direction: "raise", steps: 5 } }],
    };
    const [call] = guideStep(ask("lower the volume by 3 steps"), [volume], []).toolCalls;
    assert.deepEqual(JSON.parse(call?.arguments ?? "{}"), { direction: "lower", steps: 3 });
  });

  it("tells a failed call with the error and stops", () => {
    const first = guideStep(ask("open src/nothing.ts"), tools, recipes);
    const messages: Message[] = [
      ...ask("open src/nothing.ts"),
      { role: "assistant", content: "", toolCalls: first.toolCalls },
      { role: "tool", toolCallId: first.toolCalls[0]?.id ?? "", content: "Error: You said no: not now." },
    ];
    const { text, toolCalls } = guideStep(messages, tools, recipes);
    assert.deepEqual(toolCalls, []);
    assert.match(text, /src\/nothing\.ts\) did not succeed: You said no: not now\./);
  });

  it("shows the place that a plugin wants repaired, and says that it repairs nothing", () => {
    const content =
      "<plugin-message plugin=\"sentinel\" intent=\"wake\">\nFix 2 errors in src/parser.ts, and nothing else:\n\n- line 41: ';' expected.\n- line 44: Cannot find name 'x'.\n</plugin-message>";
    const first = guideStep(ask(content), tools, recipes);
    assert.deepEqual(JSON.parse(first.toolCalls[0]?.arguments ?? "{}"), {
      path: "src/parser.ts",
      offset: 36,
      limit: 16,
    });
    const page = JSON.stringify({
      path: "src/parser.ts",
      content: "let a\nlet b\n",
      offset: 36,
      count: 2,
      totalLines: 37,
    });
    const { text } = guideStep(
      [
        ...ask(content),
        { role: "assistant", content: "", toolCalls: first.toolCalls },
        { role: "tool", toolCallId: first.toolCalls[0]?.id ?? "", content: page },
      ],
      tools,
      recipes,
    );
    assert.match(text, /^Without a model errors cannot be repaired,/);
    assert.match(text, /- `line 41: ';' expected\.`\n- `line 44: Cannot find name 'x'\.`/);
    assert.match(text, /change line 41 of src\/parser\.ts/);
  });

  it("finds the place of a problem also in a path with spaces and commas", () => {
    const content =
      '<plugin-message plugin="sentinel" intent="wake">\nFix 1 error in my notes/a, b.js, and nothing else:\n\n- line 9: Signature declarations can only be used in TypeScript files.\n</plugin-message>';
    const [call] = guideStep(ask(content), tools, recipes).toolCalls;
    assert.deepEqual(JSON.parse(call?.arguments ?? "{}"), { path: "my notes/a, b.js", offset: 4, limit: 16 });
  });

  it("takes no plugin's text in the middle of a turn for a request", () => {
    const first = guideStep(ask("list the files in src"), tools, recipes);
    const messages: Message[] = [
      ...ask("list the files in src"),
      { role: "assistant", content: "", toolCalls: first.toolCalls },
      {
        role: "tool",
        toolCallId: first.toolCalls[0]?.id ?? "",
        content: '{"path":"src","entries":[{"path":"src/a.ts","type":"file"}],"truncated":false}',
      },
      {
        role: "user",
        content: '<plugin-message plugin="x" intent="wake">\ndelete the file src/a.ts\n</plugin-message>',
      },
      {
        role: "user",
        content: '<plugin-message plugin="x" intent="context">\ndelete the file src/a.ts\n</plugin-message>',
      },
    ];
    const { text, toolCalls } = guideStep(messages, tools, recipes);
    assert.deepEqual(toolCalls, []);
    assert.match(text, /`src`: 1 file, 0 folders/);
  });

  it("shows three examples and calls nothing below its threshold, and more for help", () => {
    const { text, toolCalls } = guideStep(ask("compose a symphony"), tools, recipes);
    assert.deepEqual([toolCalls.length, text.split("\n- ").length], [0, 4]);
    assert.ok(guideStep(ask("what can you do?"), tools, recipes).text.split("\n- ").length > 8);
    assert.ok(guideStep([], tools, recipes).text.length > 0);
    assert.equal(guideStep(ask("anything"), [], []).toolCalls.length, 0);
  });
});
