import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { guideStep } from "../../../plugins/llmserver/guide/guide.ts";
import { parseRecipe } from "../../../plugins/llmserver/guide/recipes.ts";
import type { Message, Recipe, Tool, ToolCall } from "../../../plugins/llmserver/guide/types.ts";
import { FakeHost } from "../../support/fakeHost.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A request and what must come of it. */
export type EvaluatedRequest = {
  prompt: string;
  /** `plugin/name` of the offer, or one of several, that must be called with the arguments below; null: none at all. */
  offer: string | string[] | null;
  /** Arguments of that call; others may be there too. A text `/…/i` is a regular expression. */
  args?: Record<string, unknown>;
  /**
   * `path:line` that the final answer must quote: as `path:line`, or with the text of that line under the path. `path:from-to` takes
   * any line of a place, a list any of its places.
   */
  expectHit?: string | string[];
  /** A file as it must be afterwards. A path that must be gone has `gone`. */
  expectFile?: { path: string; contains?: string | string[]; lacks?: string; gone?: boolean };
  /** Text that the final answer must have. */
  expectText?: string;
  /** Earlier messages of the conversation. */
  before?: Message[];
};

/** What came of it. `why` says what was wrong; undefined where all was right. */
export type Verdict = {
  request: EvaluatedRequest;
  why?: string;
  calls: { offer: string; args: Record<string, unknown> }[];
  answer: string;
};

export type EvaluateOptions = {
  /** The folder that the requests are about; it is copied, never changed. */
  folder: string;
  tools?: Tool[];
  recipes?: Recipe[];
  /** Answers calls of offers that no process is started for. */
  others?: (offer: string, args: Record<string, unknown>) => unknown;
};

/** The tools of bundled plugins, as the agent hands them to a provider: all of them unless names are given. */
export function bundledTools(plugins = readdirSync(join(root, "plugins"))): Tool[] {
  return plugins.flatMap((plugin) => {
    const manifest = JSON.parse(readFileSync(join(root, "plugins", plugin, "plugin.json"), "utf8"));
    const offers = (manifest.extensions["dev.parley"].offers ?? []) as (Tool & { facets?: { agent?: boolean } })[];
    return offers
      .filter((offer) => offer.facets?.agent)
      .map(({ name, action, description, input = { type: "object", properties: {} }, examples }) => ({
        name: `${plugin}_${name}`.replaceAll(/[^A-Za-z0-9_-]/g, "_"),
        offer: `${plugin}/${name}`,
        action,
        description,
        input,
        examples,
      }));
  });
}

/** The recipes that llmserver ships. */
export function bundledRecipes(): Recipe[] {
  const folder = join(root, "plugins", "llmserver", "recipes");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .sort()
    .map((file) => parseRecipe(readFileSync(join(folder, file), "utf8"), file));
}

/**
 * Runs requests through the guide, its tool calls through the real process of repoagent on a copy of the folder, everything else
 * through `others`, as the agent would, and judges what came of each. Changed files are put back after each request.
 */
export async function evaluate(requests: EvaluatedRequest[], options: EvaluateOptions): Promise<Verdict[]> {
  const { tools = bundledTools(), recipes = bundledRecipes() } = options;
  const folder = join(await mkdtemp(join(tmpdir(), "parley-guide-")), "project");
  await cp(options.folder, folder, {
    recursive: true,
    filter: (file) => !/[\\/](?:node_modules|\.git)(?:[\\/]|$)/.test(file.slice(options.folder.length)),
  });
  const host = await startRepoagent(folder);
  try {
    const verdicts: Verdict[] = [];
    for (const request of requests) {
      const { calls, answer } = await converse(request, tools, recipes, host, options.others ?? standIn);
      const why = await judge(request, calls, answer, folder);
      verdicts.push({ request, ...(why === undefined ? {} : { why }), calls, answer });
      if (calls.some((call) => /write|patch/.test(call.offer))) await restore(options.folder, folder, calls);
    }
    return verdicts;
  } finally {
    await host.stop().catch(() => host.kill());
    await rm(dirname(folder), { recursive: true, force: true });
  }
}

async function startRepoagent(folder: string): Promise<FakeHost> {
  const host = await FakeHost.start({
    entry: join(root, "plugins/repoagent/main.ts"),
    name: "repoagent",
    initialize: false,
  });
  const params = {
    ...host.initializeParams(),
    workspaceFolders: [{ uri: `file://${folder}`, name: "project", path: folder }],
  };
  await host.connection.request("initialize", params);
  host.connection.notify("initialized", {});
  return host;
}

async function converse(
  request: EvaluatedRequest,
  tools: Tool[],
  recipes: Recipe[],
  host: FakeHost,
  others: NonNullable<EvaluateOptions["others"]>,
) {
  const messages: Message[] = [
    { role: "system", content: "" },
    ...(request.before ?? []),
    { role: "user", content: request.prompt },
  ];
  const calls: Verdict["calls"] = [];
  for (let step = 0; step < 8; step++) {
    const { text, toolCalls } = guideStep(messages, tools, recipes);
    if (toolCalls.length === 0) return { calls, answer: text };
    messages.push({ role: "assistant", content: text, toolCalls });
    for (const call of toolCalls) {
      const offer = tools.find((tool) => tool.name === call.name)?.offer ?? call.name;
      calls.push({ offer, args: JSON.parse(call.arguments) });
      messages.push({ role: "tool", toolCallId: call.id, content: await result(call, offer, host, others) });
    }
  }
  return { calls, answer: "(it went on for more than eight steps)" };
}

/** The text of a tool message, as the agent makes it. */
async function result(
  call: ToolCall,
  offer: string,
  host: FakeHost,
  others: NonNullable<EvaluateOptions["others"]>,
): Promise<string> {
  const args = JSON.parse(call.arguments);
  try {
    const value = offer.startsWith("repoagent/")
      ? await host.call(offer.slice("repoagent/".length), args)
      : others(offer, args);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return text.length <= 48_000
      ? text
      : `${text.slice(0, 48_000)}\n[cut: ${text.length - 48_000} more characters; ask for a smaller part]`;
  } catch (error) {
    return `Error: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function standIn(offer: string, args: Record<string, unknown>): unknown {
  return offer.startsWith("calculator/") ? { result: 42, callee_plugin: "hello" } : { done: offer, ...args };
}

async function judge(
  request: EvaluatedRequest,
  calls: Verdict["calls"],
  answer: string,
  folder: string,
): Promise<string | undefined> {
  if (request.offer === null) return calls.length === 0 ? undefined : `it called ${calls[0]?.offer}`;
  const offers = [request.offer].flat();
  const right = calls.filter((call) => offers.includes(call.offer));
  if (right.length === 0)
    return calls.length === 0
      ? "it did nothing"
      : `it called ${[...new Set(calls.map((call) => call.offer))].join(", ")} only`;
  const writes = calls.filter((call) => /write|patch|reset/.test(call.offer) && !offers.includes(call.offer));
  if (writes.length > 0) return `it also called ${writes[0]?.offer}`;
  const { args = {} } = request;
  if (!right.some((call) => Object.entries(args).every(([name, value]) => fits(call.args[name], value))))
    return `its arguments were ${JSON.stringify(right.map((call) => call.args))}`;
  if (request.expectHit !== undefined && !(await quotesOne(answer, [request.expectHit].flat(), folder)))
    return `it did not quote ${[request.expectHit].flat().join(" or ")}`;
  if (request.expectText !== undefined && !answer.includes(request.expectText))
    return `its answer has no "${request.expectText}"`;
  const { expectFile } = request;
  if (expectFile === undefined) return undefined;
  const text = await readFile(join(folder, expectFile.path), "utf8").catch(() => undefined);
  if (expectFile.gone) return text === undefined ? undefined : `${expectFile.path} is still there`;
  if (text === undefined) return `${expectFile.path} is not there`;
  const missing = [expectFile.contains ?? []].flat().find((part) => !text.includes(part));
  if (missing !== undefined) return `${expectFile.path} has no ${JSON.stringify(missing)}`;
  return expectFile.lacks !== undefined && text.includes(expectFile.lacks)
    ? `${expectFile.path} still has ${JSON.stringify(expectFile.lacks)}`
    : undefined;
}

function fits(value: unknown, expected: unknown): boolean {
  const pattern = typeof expected === "string" ? /^\/(.+)\/([a-z]*)$/.exec(expected) : null;
  if (pattern !== null && typeof value === "string")
    return new RegExp(pattern[1] as string, pattern[2]).test(value) || value === expected;
  return JSON.stringify(value) === JSON.stringify(expected);
}

async function quotesOne(answer: string, places: string[], folder: string): Promise<boolean> {
  for (const place of places) {
    const [path, from, to = from] = (/^(.+):(\d+)(?:-(\d+))?$/.exec(place) ?? []).slice(1) as [string, string, string?];
    for (let line = Number(from); line <= Number(to); line++)
      if (await quotes(answer, `${path}:${line}`, folder)) return true;
  }
  return false;
}

async function quotes(answer: string, hit: string, folder: string): Promise<boolean> {
  if (new RegExp(`${hit.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?!\\d)`).test(answer)) return true;
  const [path, line] = hit.split(":") as [string, string];
  const text = (await readFile(join(folder, path), "utf8")).split("\n")[Number(line) - 1]?.trim() ?? "";
  const under = answer.split(/(?=\*\*`)/).filter((part) => part.startsWith(`**\`${path}:`));
  return text.length > 3 && under.some((part) => (/```[^\n]*\n([\s\S]*?)```/.exec(part)?.[1] ?? "").includes(text));
}

/** Puts files that a request changed back to what they are in the original folder. */
async function restore(original: string, copy: string, calls: Verdict["calls"]): Promise<void> {
  const paths = calls.flatMap(({ args }) => [
    ...(typeof args.path === "string" ? [args.path] : []),
    ...(Array.isArray(args.changes) ? args.changes.map((change: { path: string }) => change.path) : []),
    ...(typeof args.diff === "string"
      ? [...args.diff.matchAll(/^(?:---|\+\+\+) [ab]\/(.+)$/gm)].map((match) => match[1] as string)
      : []),
  ]);
  for (const path of new Set(paths)) {
    if (path === "." || path.includes("..")) continue;
    const before = await readFile(join(original, path)).catch(() => undefined);
    if (before === undefined) await rm(join(copy, path), { force: true }).catch(() => {});
    else await cp(join(original, path), join(copy, path), { force: true, recursive: true });
  }
}
