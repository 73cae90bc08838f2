import { Failure } from "../../src/base/failure.ts";
import type { ContentRecord } from "../../src/core/events/contents.ts";
import type { RetainedRecord } from "../../src/core/events/retainedRows.ts";
import type {
  ApprovalEntry,
  CallRecord,
  ConversationRecord,
  Entry,
  JournalFilter,
  JournalRow,
  Lease,
  TurnRecord,
} from "../../src/core/journal/records.ts";
import type { StorePort } from "../../src/core/ports.ts";
import type { Span } from "../../src/core/trace/span.ts";
import type { Rule } from "../../src/protocol/rules.ts";

/** A store in memory that keeps copies, as a database does: what is changed without being saved stays unsaved. */
export class MemoryStore implements StorePort {
  readOnly: string | undefined;
  readonly conversations = new Map<string, ConversationRecord>();
  readonly entries = new Map<string, Entry>();
  readonly calls = new Map<string, CallRecord>();
  readonly turns = new Map<string, TurnRecord>();
  readonly journal: JournalRow[] = [];
  readonly spans: Span[] = [];
  readonly rules = new Map<string, Rule>();
  readonly contents = new Map<string, ContentRecord>();
  readonly retained = new Map<string, RetainedRecord>();
  readonly state = new Map<string, { value: string; rev: number }>();
  readonly #adopted = new Set<string>();
  /** Set to make every write fail. */
  failing: Failure | undefined;

  async listConversations({
    query,
    workspace,
    limit = 100,
  }: {
    query?: string;
    workspace?: string;
    limit?: number;
  }): Promise<ConversationRecord[]> {
    const found = [...this.conversations.values()].filter(
      (one) => (!query || one.title.includes(query)) && (workspace === undefined || one.workspace === workspace),
    );
    return structuredClone(found.sort((a, b) => b.updatedAt - a.updatedAt).slice(0, limit));
  }

  async saveConversation(record: ConversationRecord): Promise<void> {
    this.#put(this.conversations, record.id, record);
  }

  async deleteConversation(id: string): Promise<void> {
    this.conversations.delete(id);
    for (const entry of this.entries.values()) if (entry.conversation === id) this.entries.delete(entry.id);
  }

  async loadConversation(id: string) {
    const conversation = this.conversations.get(id);
    if (!conversation) return undefined;
    const entries = [...this.entries.values()].filter((entry) => entry.conversation === id);
    const calls = [...this.calls.values()].filter((call) => call.conversation === id);
    return structuredClone({ conversation, entries, calls });
  }

  async saveEntry(entry: Entry): Promise<void> {
    this.#put(this.entries, entry.id, entry);
  }

  async deleteEntry(id: string): Promise<void> {
    this.entries.delete(id);
  }

  async saveCall(call: CallRecord): Promise<void> {
    this.#put(this.calls, call.id, call);
  }

  async loadCall(id: string): Promise<CallRecord | undefined> {
    return structuredClone(this.calls.get(id));
  }

  async openCalls(): Promise<CallRecord[]> {
    return structuredClone([...this.calls.values()].filter(({ endedAt }) => endedAt === undefined));
  }

  async openCards(): Promise<ApprovalEntry[]> {
    const open = (entry: Entry): entry is ApprovalEntry => entry.kind === "approval" && entry.choice === undefined;
    return structuredClone([...this.entries.values()].filter(open));
  }

  async saveTurn(turn: TurnRecord): Promise<void> {
    this.#put(this.turns, turn.id, turn);
  }

  async openTurns(): Promise<TurnRecord[]> {
    return structuredClone([...this.turns.values()].filter(({ state }) => state === "running"));
  }

  async append(rows: readonly JournalRow[]): Promise<void> {
    if (this.failing) throw this.failing;
    this.journal.push(...structuredClone(rows));
  }

  async readJournal({
    limit = 100,
    beforeSeq = Number.POSITIVE_INFINITY,
    ...filter
  }: Parameters<StorePort["readJournal"]>[0]): Promise<JournalRow[]> {
    const found = this.journal.filter((row) => row.seq < beforeSeq && fits(row, filter));
    return structuredClone(found.slice(-limit));
  }

  async pageJournal(filter: JournalFilter, { after = 0, limit }: { after?: number; limit: number }) {
    const found = this.journal.flatMap((row, index) => (index >= after && fits(row, filter) ? [{ row, index }] : []));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return { rows: structuredClone(page.map(({ row }) => row)), ...(last ? { next: last.index + 1 } : {}) };
  }

  async sweepJournal({ since, most }: { since: number; most: number }): Promise<undefined> {
    if (this.failing) throw this.failing;
    const kept = this.journal.filter(({ timestamp }) => timestamp >= since).slice(-most);
    this.journal.splice(0, this.journal.length, ...kept);
  }

  async saveSpans(spans: readonly Span[], { most, since }: { most: number; since: number }): Promise<void> {
    if (this.failing) throw this.failing;
    this.spans.push(...structuredClone(spans));
    const kept = this.spans.filter(({ startedAt }) => startedAt >= since).slice(-most);
    this.spans.splice(0, this.spans.length, ...kept);
  }

  async readSpans({ traceId, limit }: { traceId?: string; limit: number }): Promise<Span[]> {
    const found = this.spans.filter((span) => traceId === undefined || span.traceId === traceId);
    return structuredClone(found.slice(-limit));
  }

  async saveRetained(records: readonly RetainedRecord[]): Promise<void> {
    for (const record of records) this.#put(this.retained, record.id, record);
  }

  async deleteRetained(ids: readonly string[]): Promise<void> {
    if (this.failing) throw this.failing;
    for (const id of ids) this.retained.delete(id);
  }

  async sharedRetained(workspace: string): Promise<RetainedRecord[]> {
    return structuredClone([...this.retained.values()].filter((one) => one.workspace === workspace && !one.lease));
  }

  async retainedLeases(workspace: string): Promise<Lease[]> {
    const own = [...this.retained.values()].filter((one) => one.workspace === workspace);
    return [...new Map(own.flatMap(({ lease }) => (lease ? [[JSON.stringify(lease), lease]] : []))).values()];
  }

  async takeRetained(workspace: string, from: readonly Lease[], to: Lease): Promise<RetainedRecord[]> {
    const leases = new Set(from.map((lease) => JSON.stringify(lease)));
    const taken = [...this.retained.values()].filter(
      (one) => one.workspace === workspace && one.lease && leases.has(JSON.stringify(one.lease)),
    );
    return taken.map((one) => {
      const moved = { ...one, lease: to };
      this.retained.set(one.id, moved);
      return structuredClone(moved);
    });
  }

  async loadRules(): Promise<Rule[]> {
    return structuredClone([...this.rules.values()]);
  }

  async saveRule(rule: Rule): Promise<void> {
    this.#put(this.rules, rule.id, rule);
  }

  async deleteRule(id: string): Promise<void> {
    this.rules.delete(id);
  }

  async getState(owner: string, scope: string, key: string) {
    return this.state.get(`${owner} ${scope} ${key}`);
  }

  async setState(owner: string, scope: string, key: string, value: string, ifRev?: number): Promise<number> {
    if (this.failing) throw this.failing;
    const rev = this.state.get(`${owner} ${scope} ${key}`)?.rev ?? 0;
    if (ifRev !== undefined && ifRev !== rev) throw new Failure("conflict", `The revision is ${rev}.`);
    this.state.set(`${owner} ${scope} ${key}`, { value, rev: rev + 1 });
    return rev + 1;
  }

  async saveContent(content: ContentRecord): Promise<void> {
    this.#put(this.contents, content.id, content);
  }

  async loadContent(id: string): Promise<ContentRecord | undefined> {
    return structuredClone(this.contents.get(id));
  }

  async adoptState(from: string, to: string): Promise<void> {
    if (![...this.state.keys()].some((key) => key.startsWith(`${from} `)) || this.#adopted.has(from)) return;
    this.#adopted.add(from);
    for (const [key, row] of [...this.state])
      if (key.startsWith(`${from} `)) this.state.set(`${to}${key.slice(from.length)}`, row);
  }

  async deleteState(owner: string, scope: string, key: string): Promise<boolean> {
    return this.state.delete(`${owner} ${scope} ${key}`);
  }

  async listState(owner: string, scope: string, prefix: string): Promise<{ key: string; rev: number }[]> {
    const start = `${owner} ${scope} `;
    return [...this.state].flatMap(([key, { rev }]) =>
      key.startsWith(start + prefix) ? [{ key: key.slice(start.length), rev }] : [],
    );
  }

  #put<T>(map: Map<string, T>, id: string, value: T): void {
    if (this.failing) throw this.failing;
    map.set(id, structuredClone(value));
  }
}

function fits(row: JournalRow, { types, plugin, conversation, rule, since, until, text }: JournalFilter): boolean {
  const all = JSON.stringify(row).toLowerCase();
  const about = row.source === "host" ? (row.data as { pluginId?: unknown } | null)?.pluginId : row.source;
  return (
    (types === undefined ||
      types.some((type) => (type.endsWith(".>") ? row.type.startsWith(type.slice(0, -1)) : row.type === type))) &&
    (plugin === undefined || about === plugin) &&
    (conversation === undefined || row.conversation === conversation) &&
    (rule === undefined || row.rule === rule || Object.values(row.rules ?? {}).includes(rule)) &&
    (since === undefined || row.timestamp >= since) &&
    (until === undefined || row.timestamp <= until) &&
    (text ?? "")
      .toLowerCase()
      .split(" ")
      .every((word) => all.includes(word))
  );
}
