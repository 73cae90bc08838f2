import type { Outcome, Request } from "./conversation.ts";
import { evaluate, fill, type Scope } from "./expressions.ts";
import { functions } from "./functions.ts";
import { reports, resultReport } from "./reports.ts";
import { fitArguments, propertiesOf } from "./schema.ts";
import type { GuideAnswer, Recipe, RecipeStep, Tool, ToolCall } from "./types.ts";

/** What a run comes to for now: calls to make, the final text, or arguments that are not there. */
export type Progress = { answer: GuideAnswer } | { lacking: string[]; wrong: string[]; tool: Tool };

/**
 * Carries a recipe on from where the conversation is: steps whose results are in it are replayed, the first one without results gives
 * the next calls, and with no step left the report is the answer. The first failure ends the run and is told as it is.
 */
export function runRecipe(recipe: Recipe, tools: Map<string, Tool>, slots: Scope, request: Request): Progress {
  const scope: Scope = { ...slots, ...request.known };
  let used = 0;
  let last: { offer: string; args: Record<string, unknown>; value: unknown } | undefined;
  for (const step of recipe.steps) {
    if (step.if !== undefined && !truthy(evaluate(step.if, scope, functions))) continue;
    if (step.stop !== undefined) return done(String(fill(step.stop, scope, functions)));
    if (step.report !== undefined) return done((reports[step.report] ?? (() => "Done."))(scope));
    const tool = tools.get(step.call as string) as Tool;
    const planned = plan(step, scope, tool);
    if ("lacking" in planned) return planned;
    if (planned.length === 0) continue;
    const batch = request.batches[used];
    if (batch === undefined) return callNow(tool, planned, request, used === 0 ? recipe.title : undefined, used);
    used++;
    const outcomes = planned.map(
      (_, index): Outcome => batch.outcomes[index] ?? { ok: false, error: "The call has no result." },
    );
    const failed = outcomes.find((outcome) => !outcome.ok);
    const goesOn = step.each !== undefined ? outcomes.some((outcome) => outcome.ok) : step.optional === true;
    if (failed !== undefined && !failed.ok && !goesOn) return done(failure(tool, planned[0] ?? {}, failed.error));
    const values = outcomes.map((outcome) => (outcome.ok ? outcome.value : undefined));
    if (step.as !== undefined) scope[step.as] = step.each === undefined ? values[0] : values;
    last = { offer: tool.offer ?? tool.name, args: planned[0] ?? {}, value: values[0] };
  }
  return done(last === undefined ? "There was nothing to do." : resultReport(last.offer, last.args, last.value));
}

/** Runs one tool with arguments from the request; its result is the report. */
export function runTool(tool: Tool, slots: Scope, request: Request): Progress {
  const known = propertiesOf(tool.input);
  const given = Object.entries(slots).filter(([name]) => name in known || !/_(?:kind|line|last)$/.test(name));
  const fitted = fitArguments(tool.input, Object.fromEntries(given));
  if (fitted.missing.length > 0 || fitted.wrong.length > 0)
    return { lacking: fitted.missing, wrong: fitted.wrong, tool };
  const outcome = request.batches[0]?.outcomes[0];
  if (outcome === undefined) return callNow(tool, [fitted.args], request, undefined, 0);
  if (!outcome.ok) return done(failure(tool, fitted.args, outcome.error));
  return done(resultReport(tool.offer ?? tool.name, fitted.args, outcome.value));
}

function plan(
  step: RecipeStep,
  scope: Scope,
  tool: Tool,
): Record<string, unknown>[] | { lacking: string[]; wrong: string[]; tool: Tool } {
  const scopes: Scope[] =
    step.each === undefined
      ? [scope]
      : ((evaluate(step.each, scope, functions) as unknown[] | undefined) ?? []).map((item) => ({ ...scope, item }));
  const planned: Record<string, unknown>[] = [];
  for (const own of scopes) {
    const fitted = fitArguments(tool.input, fill(step.args ?? {}, own, functions) as Record<string, unknown>);
    if (fitted.missing.length > 0 || fitted.wrong.length > 0)
      return { lacking: fitted.missing, wrong: fitted.wrong, tool };
    planned.push(fitted.args);
  }
  return planned;
}

function callNow(
  tool: Tool,
  planned: Record<string, unknown>[],
  request: Request,
  title: string | undefined,
  step: number,
): Progress {
  const toolCalls = planned.map(
    (args, index): ToolCall => ({
      id: `guide-${request.index}-${step}-${index}`,
      name: tool.name,
      arguments: JSON.stringify(args),
    }),
  );
  const text = step > 0 ? "" : `No model · ${title ?? tool.offer ?? tool.name}\n\n`;
  return { answer: { text, toolCalls, finish: "tool-calls" } };
}

function failure(tool: Tool, args: Record<string, unknown>, error: string): string {
  const about = typeof args.path === "string" ? ` (${args.path})` : "";
  return `\`${tool.offer ?? tool.name}\`${about} did not succeed: ${error}`;
}

const done = (text: string): Progress => ({ answer: { text, toolCalls: [], finish: "stop" } });

function truthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
