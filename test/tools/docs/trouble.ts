/** What can go wrong, told for people: `docs/parts/trouble.json`, checked against the errors that the code can say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { callReasons } from "../../../src/protocol/callReasons.ts";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { root } from "../paths.ts";
import { type ErrorSources, isSaid } from "./errors.ts";
import type { Proof } from "./proofs.ts";

/** One cause as a person meets it. */
export interface Trouble {
  /** The error's name; missing for what another program says and not Parley. */
  readonly kind?: keyof typeof errorCodes;
  /** The error's `data.reason`, where causes of one name are told apart. */
  readonly reason?: string;
  /** The words, with `…` for what differs. */
  readonly says: string;
  readonly why: string;
  readonly todo: string;
  /** The test that sees these words; without one `test/contract/docs/trouble.test.ts` plays the cause. */
  readonly proof?: Proof;
}

export interface TroubleGroup {
  readonly group: string;
  readonly entries: readonly Trouble[];
}

export function readTroubles(): TroubleGroup[] {
  return JSON.parse(readFileSync(join(root, "docs", "parts", "trouble.json"), "utf8")) as TroubleGroup[];
}

/** Tables of what is said, why, and what to do. */
export function troubleTables(groups: readonly TroubleGroup[]): string {
  return groups
    .map(({ group, entries }) => {
      const rows = entries.map(({ kind, reason, says, why, todo }) => {
        const name = kind ? `<br>\`${kind}\`${reason ? `, \`${reason}\`` : ""}` : "";
        return `| *${says.replaceAll("|", "\\|")}*${name} | ${why} | ${todo} |`;
      });
      return [`### ${group}`, "", "| it says | why | what to do |", "|---|---|---|", ...rows].join("\n");
    })
    .join("\n\n");
}

/** Errors and causes without an entry, and entries for what the code does not say. */
export function troubleProblems(groups: readonly TroubleGroup[], sources: ErrorSources): string[] {
  const entries = groups.flatMap((group) => group.entries);
  const told = (test: (entry: Trouble) => boolean) => entries.some(test);
  const kinds = Object.keys(errorCodes).filter((kind) => !told((entry) => entry.kind === kind));
  const reasons = [...sources.reasons].filter(([reason]) => !told((entry) => entry.reason === reason));
  const gone = entries.filter(({ reason }) => reason !== undefined && !sources.reasons.has(reason));
  const unsaid = entries.filter(({ kind, says }) => kind !== undefined && !isSaid(sources, says));
  const catalogue = Object.entries(callReasons).filter(
    ([name, reason]) => !told((entry) => entry.kind === reason.kind && ("byKind" in reason || entry.reason === name)),
  );
  return [
    ...catalogue.map(
      ([name, { kind }]) => `docs/parts/trouble.json has no entry "${name}" of the kind "${kind}" for a call`,
    ),
    ...kinds.map((kind) => `docs/parts/trouble.json says nothing about the error "${kind}"`),
    ...reasons.map(([reason, file]) => `docs/parts/trouble.json says nothing about the reason "${reason}" of ${file}`),
    ...gone.map(
      ({ reason }) => `docs/parts/trouble.json tells of the reason "${reason}", which nothing gives any more`,
    ),
    ...unsaid.map(({ says }) => `docs/parts/trouble.json quotes "${says}", which the code does not say`),
  ];
}
