/** Which tests prove what: `docs/parts/proofs.json`, checked against the tests' sources and their last results. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { limits, rates } from "../../../src/protocol/limits.ts";
import { hostToPlugin, pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import { root } from "../paths.ts";
import { readResults, resultsFile, type TestResult } from "../results.ts";
import { testFiles } from "../suites.ts";

/** A test by its file and a part of its title that stands there once, as `test/unit/x.test.ts: refuses what`. */
export type Proof = string;

export interface Proofs {
  /** By the words in bold that begin the entry in the README's list of features. */
  readonly features: Record<string, readonly Proof[]>;
  readonly messages: Record<string, readonly Proof[]>;
  readonly errors: Record<string, readonly Proof[]>;
  readonly limits: Record<string, readonly Proof[]>;
}

export function readProofs(): Proofs {
  return JSON.parse(readFileSync(join(root, "docs", "parts", "proofs.json"), "utf8")) as Proofs;
}

/** What has to stand in the matrix. */
export function subjects(): Record<keyof Proofs, string[]> {
  return {
    features: readmeFeatures(),
    messages: [...new Set([...Object.keys(hostToPlugin), ...Object.keys(pluginToHost)])],
    errors: Object.keys(errorCodes),
    limits: [...Object.keys(limits), ...Object.keys(rates).map((name) => `rate of ${name}`)],
  };
}

function readmeFeatures(): string[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const list = /^## Features$([\s\S]*?)^## /m.exec(readme)?.[1] ?? "";
  return [...list.matchAll(/^- \*\*(.+?)\*\*/gm)].map((match) => match[1] ?? "");
}

/** The parts of `docs/matrix.md`. */
export function matrixParts(proofs: Proofs): Record<string, string> {
  const all = subjects();
  const table = (kind: keyof Proofs, head: string, show: (name: string) => string): string =>
    [
      `| ${head} | proved by |`,
      "|---|---|",
      ...all[kind].map((name) => `| ${show(name)} | ${cell(proofs[kind][name] ?? [])} |`),
    ].join("\n");
  const code = (name: string) => `\`${name}\``;
  return {
    matrixFeatures: table("features", "feature", (name) => name),
    matrixMessages: table("messages", "message", code),
    matrixErrors: table("errors", "error", code),
    matrixLimits: table("limits", "limit", code),
  };
}

function cell(proofs: readonly Proof[]): string {
  if (proofs.length === 0) return "*no test of its own yet*";
  return proofs.map(proofLink).join("<br>");
}

/** The test's title as a link to its file, seen from `docs/`. */
export function proofLink(proof: Proof): string {
  const [file, title] = split(proof);
  return `[${title.replaceAll("|", "\\|")}](../${file})`;
}

function split(proof: Proof): [file: string, title: string] {
  const at = proof.indexOf(": ");
  return [proof.slice(0, at), proof.slice(at + 2)];
}

/**
 * What is wrong with the proofs: a feature of the README without one, one for something that does not exist, a test that is
 * not there, and, where a suite's results are complete and newer than all sources, a test that did not run or failed. `others`
 * are tests that other pages link. With `mustHaveRun` every suite has just run: its results have to be there, and count.
 */
export function proofProblems(proofs: Proofs, others: readonly Proof[], mustHaveRun: boolean): string[] {
  const problems: string[] = [];
  const all = subjects();
  if (all.features.length === 0) problems.push("README.md has no list of features");
  for (const name of all.features)
    if (!proofs.features[name]?.length) problems.push(`Nothing proves the feature "${name}"`);
  for (const [kind, entries] of Object.entries(proofs) as [keyof Proofs, Record<string, Proof[]>][]) {
    for (const [name, list] of Object.entries(entries)) {
      if (!all[kind].includes(name)) problems.push(`proofs.json has ${kind} "${name}", which do not exist`);
      for (const proof of list) problems.push(...sourceProblem(proof));
    }
  }
  problems.push(...others.flatMap(sourceProblem));
  const inMatrix = Object.values(proofs).flatMap((entries) => Object.values(entries as Record<string, Proof[]>).flat());
  const linked = [...new Set([...inMatrix, ...others])];
  return [...problems, ...resultProblems(linked, mustHaveRun)];
}

function sourceProblem(proof: Proof): string[] {
  const [file, title] = split(proof);
  if (!existsSync(join(root, file))) return [`The test file ${file} is not there`];
  const code = readFileSync(join(root, file), "utf8").replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
  const times = code.split(title).length - 1;
  if (!/\S \S/.test(title)) return [`${file}: "${title}" is no title of a test, nor words of one`];
  if (times === 0) return [`${file} has no test "${title}"`];
  return times === 1 ? [] : [`${file} says "${title}" ${times} times: link words of one test alone`];
}

function resultProblems(linked: readonly Proof[], mustHaveRun: boolean): string[] {
  const suites = new Set(linked.map((proof) => split(proof)[0].split("/")[1] ?? ""));
  const newest = newestSource();
  return [...suites].flatMap((suite) => {
    const results = readResults(suite);
    const ran = new Set(results?.tests.map((test) => test.file));
    const complete = testFiles(suite).every((file) => ran.has(file.slice(root.length + 1).replaceAll("\\", "/")));
    const current = mustHaveRun || (results !== undefined && statSync(resultsFile(suite)).mtimeMs > newest);
    if (!results || !complete || !current) return mustHaveRun ? [`The suite ${suite} has no complete results`] : [];
    const own = linked.filter((proof) => split(proof)[0].startsWith(`test/${suite}/`));
    const ranAt = statSync(resultsFile(suite)).mtimeMs;
    return own.flatMap((proof) => unproved(proof, results.tests, ranAt) ?? []);
  });
}

/** Why a test that is there proves nothing: it changed after the run of `ranAt`, in milliseconds, or did not run, or failed. */
export function unproved(proof: Proof, tests: readonly TestResult[], ranAt: number): string | undefined {
  const [file, title] = split(proof);
  const written = statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs;
  if (written !== undefined && written > ranAt) return `${file} was changed after it ran`;
  // A case that stands in a table of its own runs in the file that plays the table.
  const plays = (test: TestResult) =>
    !file.endsWith(".test.ts") &&
    test.file !== "" &&
    existsSync(join(root, test.file)) &&
    readFileSync(join(root, test.file), "utf8").includes(`/${basename(file)}"`);
  const found = tests.filter((test) => test.title.includes(title) && (test.file === file || plays(test)));
  if (found.length === 0) return `${file}: "${title}" did not run`;
  return found.some((test) => test.state !== "passed") ? `${file}: "${title}" failed` : undefined;
}

/** When the newest source or test was written, in milliseconds since the epoch. */
function newestSource(): number {
  const files = globSync(["src/**/*.{ts,tsx,mjs,py}", "plugins/**/*.{ts,py,json,md}", "test/**/*.{ts,mjs,py}"], {
    cwd: root,
    exclude: (name) => /node_modules|__pycache__/.test(String(name)),
  });
  return Math.max(0, ...files.map((file) => statSync(join(root, file)).mtimeMs));
}
