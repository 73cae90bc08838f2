import type { Disposable } from "../../base/dispose.ts";
import type { Event } from "../../base/emitter.ts";
import type { ContentRecord } from "../../core/events/contents.ts";
import type { RetainedRecord } from "../../core/events/retainedRows.ts";
import type {
  ApprovalEntry,
  CallRecord,
  ConversationRecord,
  Entry,
  JournalFilter,
  JournalRow,
  Lease,
  TurnRecord,
} from "../../core/journal/records.ts";
import type { StorePort } from "../../core/ports.ts";
import type { Span } from "../../core/trace/span.ts";
import type { Rule } from "../../protocol/rules.ts";
import { LazyRows } from "./lazyRows.ts";
import type { OpenReport } from "./messages.ts";
import { leaseText, readRow, storedRetained, storedRow } from "./rows.ts";
import { RuleSignal } from "./ruleSignal.ts";
import { StoreThread, type StoreThreadOptions } from "./storeThread.ts";

/**
 * The store on SQLite behind one worker thread. Nothing happens before the first use or `open`. What is asked for in one
 * tick is one transaction; a promise resolves when it is committed. Records are copied when they are handed over and may
 * be changed afterwards.
 */
export class SqliteStore implements StorePort, Disposable {
  readonly #thread: StoreThread;
  readonly #lazyRows = new LazyRows((rows) => this.#thread.ask("append", rows));

  readonly #ruleSignal: RuleSignal;

  constructor(options: StoreThreadOptions) {
    this.#thread = new StoreThread(options);
    this.#ruleSignal = new RuleSignal(`${options.path}-rules`);
  }

  get readOnly(): string | undefined {
    return this.#thread.report?.readOnly;
  }

  /** What the person should be told: a damaged file that was moved aside, a database that cannot be written. */
  get onNotice(): Event<string> {
    return this.#thread.onNotice;
  }

  get onRulesChanged(): Event<void> {
    return this.#ruleSignal.onTold;
  }

  /** Opens the database, unless it is open; resolves when it can be read. Every operation does it too. */
  open(): Promise<OpenReport> {
    return this.#thread.open();
  }

  async listConversations(filter: {
    query?: string;
    workspace?: string;
    limit?: number;
  }): Promise<ConversationRecord[]> {
    const { query, limit, workspace } = filter;
    const found = await this.#thread.ask("listConversations", query, limit, workspace);
    return found.map(parsed<ConversationRecord>);
  }

  async saveConversation(record: ConversationRecord): Promise<void> {
    await this.#thread.ask("saveConversation", record.id, record.updatedAt, record.title, text(record));
  }

  async deleteConversation(id: string): Promise<void> {
    await this.#thread.ask("deleteConversation", id);
  }

  async loadConversation(
    id: string,
  ): Promise<{ conversation: ConversationRecord; entries: Entry[]; calls: CallRecord[] } | undefined> {
    const found = await this.#thread.ask("loadConversation", id);
    if (!found) return undefined;
    return {
      conversation: parsed<ConversationRecord>(found.conversation),
      entries: found.entries.map(parsed<Entry>),
      calls: found.calls.map(parsed<CallRecord>),
    };
  }

  async saveEntry(entry: Entry): Promise<void> {
    const searched = entry.kind === "message" ? entry.content : undefined;
    const open = entry.kind === "approval" && entry.choice === undefined;
    await this.#thread.ask("saveEntry", entry.id, entry.conversation, entry.position, searched, open, text(entry));
  }

  async deleteEntry(id: string): Promise<void> {
    await this.#thread.ask("deleteEntry", id);
  }

  async saveCall(call: CallRecord): Promise<void> {
    const { id, conversation, position, startedAt, endedAt } = call;
    const open = endedAt === undefined;
    await this.#thread.ask("saveCall", id, conversation ?? null, position ?? null, startedAt, open, text(call));
  }

  async loadCall(id: string): Promise<CallRecord | undefined> {
    const found = await this.#thread.ask("loadCall", id);
    return found === undefined ? undefined : parsed<CallRecord>(found);
  }

  async openCalls(): Promise<CallRecord[]> {
    return (await this.#thread.ask("openCalls")).map(parsed<CallRecord>);
  }

  async openCards(): Promise<ApprovalEntry[]> {
    return (await this.#thread.ask("openCards")).map(parsed<ApprovalEntry>);
  }

  async saveTurn(turn: TurnRecord): Promise<void> {
    await this.#thread.ask("saveTurn", turn.id, turn.conversation, turn.state, text(turn));
  }

  async openTurns(): Promise<TurnRecord[]> {
    return (await this.#thread.ask("openTurns")).map(parsed<TurnRecord>);
  }

  async append(rows: readonly JournalRow[], lazily = false): Promise<void> {
    if (lazily) {
      await Promise.all(rows.map((row) => this.#lazyRows.add(storedRow(row))));
      return;
    }
    this.#lazyRows.flush();
    if (rows.length > 0) await this.#thread.ask("append", rows.map(storedRow));
  }

  async readJournal(filter: Parameters<StorePort["readJournal"]>[0]): Promise<JournalRow[]> {
    this.#lazyRows.flush();
    return (await this.#thread.ask("readJournal", filter)).map(readRow);
  }

  async pageJournal(
    filter: JournalFilter,
    { after = 0, limit }: { after?: number; limit: number },
  ): Promise<{ rows: JournalRow[]; next?: number }> {
    this.#lazyRows.flush();
    const found = await this.#thread.ask("pageJournal", filter, after, limit);
    const last = found.at(-1);
    return { rows: found.map(readRow), ...(last ? { next: Number(last.row) } : {}) };
  }

  sweepJournal({ since, most }: { since: number; most: number }, after: number): Promise<number | undefined> {
    return this.#thread.ask("sweepJournal", since, most, after);
  }

  async saveSpans(spans: readonly Span[], { most, since }: { most: number; since: number }): Promise<void> {
    const stored = spans.map((span) => ({ trace: span.traceId, startedAt: span.startedAt, body: text(span) }));
    await this.#thread.ask("saveSpans", stored, most, since);
  }

  async readSpans({ traceId, limit }: { traceId?: string; limit: number }): Promise<Span[]> {
    return (await this.#thread.ask("readSpans", traceId, limit)).map(parsed<Span>);
  }

  async saveRetained(records: readonly RetainedRecord[]): Promise<void> {
    await this.#thread.ask("saveRetained", records.map(storedRetained));
  }

  async deleteRetained(ids: readonly string[]): Promise<void> {
    // What they stood for is written first.
    this.#lazyRows.flush();
    await this.#thread.ask("deleteRetained", ids);
  }

  async sharedRetained(workspace: string): Promise<RetainedRecord[]> {
    return (await this.#thread.ask("sharedRetained", workspace)).map(parsed<RetainedRecord>);
  }

  async retainedLeases(workspace: string): Promise<Lease[]> {
    return (await this.#thread.ask("retainedLeases", workspace)).map(parsed<Lease>);
  }

  async takeRetained(workspace: string, from: readonly Lease[], to: Lease): Promise<RetainedRecord[]> {
    const found = await this.#thread.ask("takeRetained", workspace, from.map(leaseText), leaseText(to));
    return found.map((body) => ({ ...parsed<RetainedRecord>(body), lease: to }));
  }

  async loadRules(): Promise<Rule[]> {
    return (await this.#thread.ask("loadRules")).map(parsed<Rule>);
  }

  async saveRule(rule: Rule): Promise<void> {
    await this.#thread.ask("saveRule", rule.id, text(rule));
    await this.#ruleSignal.tell();
  }

  async deleteRule(id: string): Promise<void> {
    await this.#thread.ask("deleteRule", id);
    await this.#ruleSignal.tell();
  }

  getState(owner: string, scope: string, key: string): Promise<{ value: string; rev: number } | undefined> {
    return this.#thread.ask("getState", owner, scope, key);
  }

  setState(
    owner: string,
    scope: string,
    key: string,
    value: string,
    ifRev?: number,
    totalBytes?: number,
  ): Promise<number> {
    return this.#thread.ask("setState", owner, scope, key, value, ifRev, totalBytes);
  }

  async saveContent({ id, text: whole, createdAt, ...about }: ContentRecord): Promise<void> {
    const conversation = about.event.conversation ?? null;
    await this.#thread.ask("saveContent", {
      id,
      text: whole,
      createdAt,
      conversation,
      body: text({ createdAt, ...about }),
    });
  }

  async loadContent(id: string): Promise<ContentRecord | undefined> {
    const found = await this.#thread.ask("loadContent", id);
    if (!found) return undefined;
    return { ...parsed<Omit<ContentRecord, "id" | "text">>(found.body), id, text: found.text };
  }

  async adoptState(from: string, to: string): Promise<void> {
    await this.#thread.ask("adoptState", from, to);
  }

  deleteState(owner: string, scope: string, key: string, ifRev?: number): Promise<boolean> {
    return this.#thread.ask("deleteState", owner, scope, key, ifRev);
  }

  listState(
    owner: string,
    scope: string,
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<{ key: string; rev: number }[]> {
    return this.#thread.ask("listState", owner, scope, prefix, after, limit);
  }

  /** Lets what was asked for finish, then closes the database. Nothing is accepted any more. */
  close(): Promise<void> {
    this.#ruleSignal.dispose();
    this.#lazyRows.flush();
    return this.#thread.close();
  }

  /** Closes at once; what was not committed fails. */
  dispose(): void {
    this.#ruleSignal.dispose();
    this.#thread.dispose();
  }
}

function text(record: object): string {
  return JSON.stringify(record);
}

function parsed<T>(body: string): T {
  return JSON.parse(body) as T;
}
