import type { Rule } from "../../protocol/rules.ts";
import type { StorePort } from "../ports.ts";
import type { JournalRow } from "./records.ts";
import { type FindRule, rulesOf, textOfId, textOfRule } from "./ruleTexts.ts";

/** Why a row of the journal was allowed or refused: each rule that decided, and about whom. */
export interface Explanation {
  readonly rules: readonly {
    readonly id: string;
    /** Whom it was about; empty where the row names only one. */
    readonly principals: readonly string[];
    readonly text: string;
    /** Whether the rule still stands; one that was removed or changed is told as it was. */
    readonly inForce: boolean;
  }[];
  /** All of it for a person to read; says so where no right was needed. */
  readonly text: string;
}

const noRight = "No right was needed: it tells what happened.";

/** The answer from the rules as they are now, for a line that has just been written. Undefined where no rule is named. */
export function explainNow(row: Pick<JournalRow, "rule" | "rules">, find: FindRule): string | undefined {
  const lines = rulesOf(row).map(({ id, principals }) => line(id, principals, textOfId(id, find)));
  return lines.length > 0 ? lines.join("\n") : undefined;
}

/**
 * The answer to “why was this allowed?” for any row, also one whose rules are gone: the journal keeps the text of each rule
 * from before its first use.
 */
export async function explain(
  row: JournalRow,
  find: FindRule,
  store: Pick<StorePort, "readJournal">,
): Promise<Explanation> {
  const rules: Explanation["rules"][number][] = [];
  for (const { id, principals } of rulesOf(row)) {
    const now = find(id);
    const past = now && !now.revoked ? undefined : await pastRule(id, row, store);
    const text = past ? textOfRule(past) : textOfId(id, find);
    const inForce = now !== undefined ? !now.revoked : text !== undefined && past === undefined;
    rules.push({ id, principals, text: text ?? "Nothing is known of this rule any more.", inForce });
  }
  const text = rules.map((rule) => line(rule.id, rule.principals, rule.text, rule.inForce)).join("\n");
  return { rules, text: text || noRight };
}

/** A rule as it stood when a row was written. */
async function pastRule(
  id: string,
  { seq }: JournalRow,
  store: Pick<StorePort, "readJournal">,
): Promise<Rule | undefined> {
  const [told] = await store.readJournal({ types: ["permission.rule"], rule: id, beforeSeq: seq + 1, limit: 1 });
  return told?.data as Rule | undefined;
}

function line(id: string, principals: readonly string[], text: string | undefined, inForce = true): string {
  const about = principals.length > 0 ? `${principals.join(", ")}: ` : "";
  return `${about}${text ?? "an unknown rule"} [${id}]${inForce ? "" : " (it does not hold any more)"}`;
}
