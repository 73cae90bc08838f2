import type { Rule } from "../../protocol/rules.ts";
import type { JournalRow } from "./records.ts";
import { type FindRule, rulesOf } from "./ruleTexts.ts";

/** Sees to it that the journal holds the text of each rule before the first row that names it. */
export class ToldRules {
  readonly #find: FindRule;
  /** By id: at which change of the rules it was last looked at, and what was written then. */
  readonly #told = new Map<string, { version: number; text: string }>();
  #version = 0;

  constructor(find: FindRule) {
    this.#find = find;
  }

  /** Some rule changed: each is looked at again when it is next named. */
  changed(): void {
    this.#version++;
  }

  /** The rows that must stand before this one: a rule each, as it is now. They bear the number of the row. */
  before(row: JournalRow): JournalRow[] {
    if (row.rules === undefined && (row.rule === undefined || this.#told.get(row.rule)?.version === this.#version))
      return [];
    const rows: JournalRow[] = [];
    for (const { id } of rulesOf(row)) {
      const told = this.#told.get(id);
      if (told?.version === this.#version) continue;
      const rule = this.#find(id);
      const text = rule ? JSON.stringify(rule) : "";
      this.#told.set(id, { version: this.#version, text });
      if (rule && told?.text !== text) rows.push(rowOf(rule, row));
    }
    return rows;
  }
}

function rowOf(rule: Rule, { seq, timestamp }: JournalRow): JournalRow {
  return { seq, timestamp, type: "permission.rule", source: "host", rule: rule.id, data: rule };
}
