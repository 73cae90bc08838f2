/** What authors of plugin systems ask for, and where it is: `docs/parts/checklists.json`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";
import { type Proof, proofLink } from "./proofs.ts";

export interface Checklist {
  readonly title: string;
  /** A sentence below the title. */
  readonly about: string;
  readonly items: readonly {
    readonly ask: string;
    /** What answers it, in a sentence or two. */
    readonly answer: string;
    /** The page that tells of it, and perhaps its heading, seen from `docs/`. */
    readonly page: string;
    readonly proofs: readonly Proof[];
  }[];
}

export function readChecklists(): Checklist[] {
  return JSON.parse(readFileSync(join(root, "docs", "parts", "checklists.json"), "utf8")) as Checklist[];
}

/** The parts of `docs/checklists.md`: a table for each list. */
export function checklistTables(lists: readonly Checklist[]): string {
  return lists
    .map(({ title, about, items }) => {
      const rows = items.map(
        ({ ask, answer, page, proofs }) =>
          `| ${ask} | ${answer} [${pageTitle(page)}](${page}) | ${proofs.map(proofLink).join("<br>")} |`,
      );
      return [`## ${title}`, "", about, "", "| asked for | here | proved by |", "|---|---|---|", ...rows].join("\n");
    })
    .join("\n\n");
}

/** How many different things each list names. It stands here, so that none can be taken out beside its own number. */
const lengths: Readonly<Record<string, number>> = { "Between plugins": 12, "From a plugin to the agent": 8 };

/** Items that have no test, lists that lost one; that pages and headings are there is checked with all links. */
export function checklistProblems(lists: readonly Checklist[]): string[] {
  const lengthOf = (name: string) =>
    new Set(lists.find(({ title }) => title === name)?.items.map(({ ask }) => ask)).size;
  return [
    ...Object.entries(lengths)
      .filter(([title, length]) => lengthOf(title) !== length)
      .map(([title, length]) => `The checklist "${title}" has ${lengthOf(title)} items and not ${length}`),
    ...lists.flatMap(({ title, items }) =>
      items.filter(({ proofs }) => proofs.length === 0).map(({ ask }) => `Nothing proves "${ask}" of "${title}"`),
    ),
  ];
}

/** All tests that the lists link. */
export function checklistProofs(lists: readonly Checklist[]): Proof[] {
  return lists.flatMap(({ items }) => items.flatMap(({ proofs }) => proofs));
}

/** What a page calls itself. */
function pageTitle(page: string): string {
  const name = page.split("#")[0] ?? "";
  const [template, made] = ["parts", "."].map((folder) => join(root, "docs", folder, name));
  const file = [template, made].find((path) => path !== undefined && existsSync(path));
  return file ? (/^# (.+)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? name) : name;
}
