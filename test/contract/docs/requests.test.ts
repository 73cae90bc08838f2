/** What the README and the guide's page tell a person to ask: the offline guide runs each with the right tool. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { guideStep } from "../../../plugins/llmserver/guide/guide.ts";
import { bundledRecipes, bundledTools } from "../../unit/guide/evaluate.ts";
import { repository } from "./exampleHost.ts";

/** The first tool that each kind of request calls, by the words that it begins with. */
const firstTools: [RegExp, RegExp][] = [
  [/^find where|^where is|^who calls/, /repo\.search$/],
  [/^show lines|^show the last/, /repo\.file\.read$/],
  [/^show the tree/, /repo\.tree$/],
  [/^change|^insert/, /repo\.file\.read$/],
  [/^rename .* everywhere/, /repo\.search$/],
  [/^rename/, /repo\.file\.read$/],
  [/^create the file/, /repo\.(?:file\.write|patch)$/],
  [/^add \d/, /^calculator\//],
  [/^how many messages/, /^conversation-monitor\//],
  [/^say hello/, /^hello\//],
];

describe("requests that the documents suggest", () => {
  for (const [file, least] of [
    ["README.md", 3],
    ["docs/offline-guide.md", 14],
  ] as const) {
    it(`are understood by the offline guide: ${file}`, () => {
      const text = readFileSync(join(repository, file), "utf8");
      const requests = [...text.matchAll(/`([^`\n]+)`/g)]
        .map(([, request = ""]) => request)
        .filter((request) => firstTools.some(([words]) => words.test(request)));
      assert.ok(requests.length >= least, `${requests.length} requests found`);
      const tools = bundledTools();
      for (const content of requests) {
        const { toolCalls, text: answer } = guideStep([{ role: "user", content }], tools, bundledRecipes());
        const expected = firstTools.find(([words]) => words.test(content))?.[1];
        const offer = tools.find(({ name }) => name === toolCalls[0]?.name)?.offer ?? "";
        assert.match(offer, expected as RegExp, `${content}: ${answer}`);
      }
    });
  }
});
