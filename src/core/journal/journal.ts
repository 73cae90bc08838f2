import type { Clock } from "../../base/clock.ts";
import { type Disposable, Scope } from "../../base/dispose.ts";
import type { ActivityData, ActivityTopic } from "../../protocol/plugin/activity.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import type { StorePort } from "../ports.ts";
import type { Rulebook, RuleChange } from "../rules/rulebook.ts";
import { ActivityLog } from "./activityLog.ts";
import type { CountedRow, CountedRows } from "./countedRows.ts";
import { type Explanation, explain, explainNow } from "./explain.ts";
import { type ExportFormat, exportJournal } from "./export.ts";
import { PassingCalls } from "./passingCalls.ts";
import type { CallRecord, JournalFilter, JournalRow } from "./records.ts";
import { ToldRules } from "./toldRules.ts";
import { Uses } from "./uses.ts";

type About = Pick<JournalRow, "rule" | "rules">;

export interface JournalParts {
  readonly store: Pick<StorePort, "append" | "readJournal" | "pageJournal">;
  readonly rules: Pick<Rulebook, "get" | "onDidChange" | "onDidDecide">;
  readonly clock: Clock;
  /** Publishes for the host, which is how a row comes about. */
  readonly publish: <T extends ActivityTopic>(
    type: T,
    data: ActivityData<T>,
    conversation: string | undefined,
    about: About,
  ) => void;
  readonly failed: (error: unknown) => void;
  /** Where what is only counted yet outlives a kill; without it it does not. */
  readonly drafts?: CountedRows;
  /** Takes secrets out of the lines of plugins' logs. */
  readonly redact?: (text: string) => string;
}

/**
 * The record of what happened in the window and by which rule: append-only, one row for each event, with what comes by the
 * thousand counted in rows of a second. Everything else that tells of the past is a view of it.
 */
export class Journal implements Disposable {
  readonly activity: ActivityLog;
  readonly #parts: JournalParts;
  readonly #scope = new Scope("journal");
  readonly #uses: Uses;
  readonly #passing: PassingCalls;

  constructor(parts: JournalParts) {
    const { store, rules, clock, failed } = parts;
    this.#parts = parts;
    const told = new ToldRules((id) => rules.get(id));
    const counted = (row: CountedRow) => this.#tell(row);
    const { drafts } = parts;
    this.activity = this.#scope.add(
      new ActivityLog(store, failed, {
        clock,
        before: (row) => told.before(row),
        why: (row) => explainNow(row, (id) => rules.get(id)),
        counted,
        drafts,
        redact: parts.redact,
      }),
    );
    this.#uses = this.#scope.add(new Uses(clock, counted, drafts));
    this.#passing = this.#scope.add(new PassingCalls(clock, counted, drafts));
    this.#scope.add(rules.onDidChange(() => told.changed()));
    this.#scope.add(rules.onDidDecide((change) => this.#decided(change)));
  }

  /** A right was used or refused. The row of a published event names its rule itself. */
  used(request: RightRequest, verdict: Verdict, alike?: string): void {
    if (request.verb === "publish" && verdict.effect === "allow") return;
    this.#uses.note(request, verdict, alike);
  }

  /** A call has ended that leaves no row of its own. */
  passed(record: CallRecord): void {
    this.#passing.ended(record);
  }

  /** Tells what hosts that were killed had only counted. */
  async recover(): Promise<void> {
    await this.#parts.drafts?.recover((row) => this.#tell(row));
  }

  /** The newest rows that fit, oldest first. */
  async search(filter: JournalFilter & { limit?: number; beforeSeq?: number }): Promise<JournalRow[]> {
    this.flush();
    return await this.#parts.store.readJournal(filter);
  }

  /** “Why was this allowed?”, for any row. */
  async explain(row: JournalRow): Promise<Explanation> {
    return await explain(row, (id) => this.#parts.rules.get(id), this.#parts.store);
  }

  /** All rows that fit, oldest first, as pieces of a file. Secrets are taken out. */
  async *export(format: ExportFormat, filter: JournalFilter = {}): AsyncGenerator<string> {
    this.flush();
    yield* exportJournal(this.#parts.store, format, filter);
  }

  /** Writes down what was only counted so far. */
  flush(): void {
    this.#uses.flush();
    this.#passing.flush();
    this.activity.flush();
  }

  dispose(): void {
    this.#scope.dispose();
  }

  #tell(row: CountedRow): void {
    const { type, data, conversation } = row;
    this.#parts.publish(type, data as ActivityData<typeof type>, conversation, aboutOf(row));
  }

  #decided(change: RuleChange): void {
    const { publish } = this.#parts;
    const { by } = change;
    if (change.what === "modeChanged") {
      publish("permission.modeChanged", { mode: change.mode, by }, undefined, {});
      return;
    }
    const { rule, what } = change;
    const { id: ruleId, who, verb, target, action, effect, scope } = rule;
    const deed = { verb, target, ...(action === undefined ? {} : { action }) };
    if (what === "granted" || what === "revoked") {
      const pluginId = who.replace(/^plugin:/, "");
      publish(`permission.${what}`, { pluginId, ruleId, ...deed, by }, undefined, { rule: ruleId });
      return;
    }
    publish(`permission.${what}`, { ruleId, who, ...deed, effect, by }, scope?.conversation, { rule: ruleId });
  }
}

/** Rules by principal say more than the rule alone only where there is more than one principal. */
export function aboutOf({ rule, rules }: About): About {
  const several = rules !== undefined && Object.keys(rules).length > 1;
  return { ...(rule && { rule }), ...(several && { rules }) };
}
