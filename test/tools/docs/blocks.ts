/** Code in the pages that no test runs: each block is a file of the examples, or `docs/parts/blocks.json` says what becomes of it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";
import type { Proof } from "./proofs.ts";

/** A block that is no file of its own: the test that runs it, or why none can. */
export interface StatedBlock {
  readonly page: string;
  /** How its text begins. */
  readonly begins: string;
  readonly proof?: Proof;
  readonly why?: string;
}

/** A folder of examples, and the test that runs all that is in it. */
interface RunFolder {
  readonly folder: string;
  readonly proof: Proof;
}

interface BlocksFile {
  readonly folders: readonly RunFolder[];
  readonly blocks: readonly StatedBlock[];
}

export function readBlocks(): BlocksFile {
  return JSON.parse(readFileSync(join(root, "docs", "parts", "blocks.json"), "utf8")) as BlocksFile;
}

/** All tests that the file names. */
export function blockProofs({ folders, blocks }: BlocksFile): Proof[] {
  return [...folders.map(({ proof }) => proof), ...blocks.flatMap(({ proof }) => proof ?? [])];
}

/** Blocks that nothing runs, folders of examples that no test runs, and statements about what is not there. `pages` are those being made. */
export function blockProblems(stated: BlocksFile, pages: Readonly<Record<string, string>>): string[] {
  const run = new Set<string>();
  const problems: string[] = [];
  for (const name of globSync("docs/examples/**/*.{ts,py,json,pl,pm}", { cwd: root })) {
    const file = name.replaceAll("\\", "/");
    if (stated.folders.some(({ folder }) => file.startsWith(`docs/examples/${folder}/`))) {
      run.add(readFileSync(join(root, file), "utf8").trimEnd());
    } else if (/\/main\.\w+$/.test(file)) problems.push(`docs/parts/blocks.json names no test that runs ${file}`);
  }
  const unused = new Set(stated.blocks);
  for (const { page, text } of codeBlocks(pages)) {
    if (run.has(text)) continue;
    const own = stated.blocks.find((each) => unused.has(each) && each.page === page && text.startsWith(each.begins));
    if (own) unused.delete(own);
    if (own?.proof || own?.why) continue;
    problems.push(`Nothing runs the code in ${page} that begins with ${JSON.stringify(text.slice(0, 60))}`);
  }
  for (const { page, begins } of unused) problems.push(`docs/parts/blocks.json: ${page} has no code "${begins}"`);
  return problems;
}

/** The fenced blocks of our Markdown whose language is a program's or JSON; lines for a shell and plain text are none. */
function codeBlocks(pages: Readonly<Record<string, string>>): { page: string; text: string }[] {
  const onDisk = globSync(["README.md", "docs/**/*.md"], { cwd: root, exclude: (name) => String(name) === "parts" });
  const all = new Set([...onDisk.map((file) => file.replaceAll("\\", "/")), ...Object.keys(pages)]);
  return [...all].sort().flatMap((page) => {
    const text = pages[page] ?? readFileSync(join(root, page), "utf8");
    const blocks = [...text.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)\n```$/gm)];
    return blocks.flatMap(([, language = "", code = ""]) =>
      ["", "text", "sh"].includes(language) ? [] : [{ page, text: code.trimEnd() }],
    );
  });
}
