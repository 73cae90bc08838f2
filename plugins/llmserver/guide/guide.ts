import { catalogueOf, changes, type Prompt } from "./catalogue.ts";
import { type Request, readConversation } from "./conversation.ts";
import { withProblems } from "./problems.ts";
import { type Candidate, nearest, rank, threshold } from "./rank.ts";
import { type Progress, runRecipe, runTool } from "./run.ts";
import { slotValues } from "./slots.ts";
import { weightOf } from "./template.ts";
import { tokenise } from "./tokenise.ts";
import type { GuideAnswer, Message, Recipe, Tool } from "./types.ts";
import { variantsOf } from "./variants.ts";

/**
 * One step of the offline guide: finds what the latest request asks for among the recipes and the tools' examples, and answers the next
 * calls or the final report. It keeps nothing between steps; all it knows is in the messages. Below its threshold it shows
 * the nearest examples and does nothing.
 */
export function guideStep(messages: Message[], tools: Tool[], recipes: Recipe[]): GuideAnswer {
  const read = readConversation(messages);
  const request = read?.plugin === undefined ? read : withProblems(read);
  if (request === undefined) return stop(`${introduction}\n\n${exampleList(catalogueOf(recipes, tools), 6)}`);
  const prompts = catalogueOf(recipes, tools);
  if (asksForHelp(request.text)) return stop(`${introduction}\n\n${exampleList(prompts, 12)}`);
  // What a plugin sends may be looked into, but starts nothing that changes anything.
  const open = request.plugin === undefined ? prompts : prompts.filter((prompt) => !changes(prompt.task));
  const candidates = rank(open, variantsOf(tokenise(request.text), request));
  const best = candidates[0];
  if (best === undefined || best.score < threshold) {
    const begun = candidates.find((candidate) => isBegun(candidate));
    return stop(begun === undefined ? nothing(prompts, candidates, request) : incomplete(begun, undefined));
  }
  const progress = best.alignment.missing.length > 0 ? undefined : run(best, request);
  if (progress !== undefined && "answer" in progress) return progress.answer;
  return stop(incomplete(best, progress));
}

const introduction = "No model is set up; this is the offline guide. It runs what it has an example for, such as:";

function asksForHelp(text: string): boolean {
  return /^\W*(?:(?:hi|hello|hey)[,! ]+)?(?:help(?: me)?(?: please)?|what (?:can|could|do) (?:you|i|we) (?:do|ask|type|say|know)(?: here)?|what (?:are|is) (?:the )?(?:commands?|examples?|possible)|(?:show|list)(?: me)? (?:the |some |all )?(?:examples|commands|recipes)|how does this work|who are you|what are you|hi|hey|\?+)\W*$/i.test(
    text.trim(),
  );
}

/** Whether the request is the beginning of a wording, with an argument missing and nothing in it that the wording does not have. */
function isBegun({ alignment, prompt, tokens }: Candidate): boolean {
  const head = prompt.template.elements.find((element) => element.is === "literal" && element.weight >= 1);
  const said = alignment.literals.at(-1);
  const left = alignment.skipped.filter((index) => weightOf(tokens[index]?.word ?? "") >= 0.5);
  return (
    head !== undefined &&
    alignment.missing.length > 0 &&
    alignment.slots.size > 0 &&
    [...alignment.slots.values()].every((span) => span.to - span.from === 1) &&
    left.length === 0 &&
    said !== undefined &&
    said.weight >= 1 &&
    said.quality > 0.95
  );
}

function run(candidate: Candidate, request: Request): Progress {
  const slots = slotValues(candidate, request.text);
  const { task } = candidate.prompt;
  return task.kind === "recipe"
    ? runRecipe(task.recipe, task.tools, slots, request)
    : runTool(task.tool, slots, request);
}

const stop = (text: string): GuideAnswer => ({ text, toolCalls: [], finish: "stop" });

function nothing(prompts: Prompt[], candidates: Candidate[], request: Request): string {
  const near = nearest(candidates, 3);
  const more =
    near.length < 3
      ? nearest(
          prompts.map((prompt) => ({ prompt }) as Candidate),
          3,
        )
      : [];
  const examples = [...new Set([...near, ...more].map((candidate) => candidate.prompt.example))].slice(0, 3);
  const from = request.plugin === undefined ? "" : ` that ${request.plugin} sent`;
  return `No recipe fits the request${from}, so nothing was done. There is no model here, only examples; the nearest are:\n${examples.map((example) => `- ${example}`).join("\n")}`;
}

function incomplete(candidate: Candidate, progress: Progress | undefined): string {
  const lacking = progress !== undefined && "lacking" in progress ? progress.lacking : candidate.alignment.missing;
  const wrong = progress !== undefined && "lacking" in progress ? progress.wrong : [];
  const title =
    candidate.prompt.task.kind === "recipe"
      ? candidate.prompt.task.recipe.title
      : (candidate.prompt.task.tool.offer ?? "");
  const parts = [
    ...(lacking.length > 0 ? [`missing: ${lacking.map((name) => `**${name}**`).join(", ")}`] : []),
    ...(wrong.length > 0 ? [wrong.join("; ")] : []),
  ];
  return `That looks like *${title}*, but nothing was done: ${parts.join("; ")}.\n\nFor example: ${candidate.prompt.example}`;
}

function exampleList(prompts: Prompt[], most: number): string {
  const examples: string[] = [];
  for (const prompt of prompts) if (!examples.includes(prompt.example)) examples.push(prompt.example);
  return examples
    .slice(0, most)
    .map((example) => `- ${example}`)
    .join("\n");
}
