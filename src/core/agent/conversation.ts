import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Item } from "../../protocol/webview.ts";
import type {
  ApprovalEntry,
  CallRecord,
  ConversationRecord,
  Entry,
  MessageEntry,
  NoticeEntry,
} from "../journal/records.ts";
import type { StorePort } from "../ports.ts";
import { itemOfCall, itemOfEntry } from "./items.ts";

/** What changes in a conversation, as the panel wants to know it. */
export type ConversationChange =
  | { type: "item"; conversation: string; item: Item }
  | { type: "text"; conversation: string; id: string; text: string; thinking: boolean }
  | { type: "remove"; conversation: string; id: string }
  | { type: "title"; conversation: string; title: string };

type Draft<T extends Entry> = Omit<T, "id" | "conversation" | "position" | "timestamp" | "kind">;

export interface ConversationParts {
  readonly store: StorePort;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly changed: (change: ConversationChange) => void;
  /** Told when something could not be written; the conversation goes on in memory. */
  readonly writeFailed: (error: unknown) => void;
}

/** How often a message that is being streamed is written down, in milliseconds. */
const streamSaveMs = 300;

/**
 * One conversation: its entries and calls in order, in memory while it is open and in the store at all times. Whoever adds
 * something that must survive before an effect awaits the promise.
 */
export class Conversation {
  readonly record: ConversationRecord;
  /** Tokens that the model counted in its last step, and the characters of the messages that it counted. */
  measured: { readonly tokens: number; readonly characters: number } | undefined;
  readonly #parts: ConversationParts;
  readonly #entries = new Map<string, Entry>();
  readonly #calls = new Map<string, CallRecord>();
  #last = 0;
  #streamTimer: Disposable | undefined;
  #saved: Promise<void> | undefined;
  #gone = false;

  constructor(
    record: ConversationRecord,
    parts: ConversationParts,
    entries: readonly Entry[] = [],
    calls: readonly CallRecord[] = [],
  ) {
    this.record = record;
    this.#parts = parts;
    for (const entry of entries) this.#entries.set(entry.id, entry);
    for (const call of calls) this.#calls.set(call.id, call);
    for (const { position } of [...entries, ...calls]) this.#last = Math.max(this.#last, position ?? 0);
  }

  get id(): string {
    return this.record.id;
  }

  nextPosition(): number {
    return ++this.#last;
  }

  entries(): Entry[] {
    return [...this.#entries.values()];
  }

  calls(): CallRecord[] {
    return [...this.#calls.values()];
  }

  entry(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  call(id: string): CallRecord | undefined {
    return this.#calls.get(id);
  }

  /** Everything as the panel shows it, in order. */
  items(): Item[] {
    const placed = [
      ...this.entries().map((entry) => ({ position: entry.position, item: itemOfEntry(entry) as Item })),
      ...this.calls().map((call) => ({ position: call.position ?? 0, item: itemOfCall(call) as Item })),
    ];
    return placed.sort((a, b) => a.position - b.position).map(({ item }) => item);
  }

  async addMessage(draft: Draft<MessageEntry>): Promise<MessageEntry> {
    const { entry, written } = this.place(draft);
    await written;
    return entry;
  }

  /** The same in one tick; `written` resolves when it is on disk. */
  place(draft: Draft<MessageEntry>): { entry: MessageEntry; written: Promise<void> } {
    const entry: MessageEntry = { kind: "message", ...this.#base("message"), ...draft };
    if (!entry.summary) this.record.messages += 1;
    if (entry.role === "user" && !entry.origin && !this.record.title) this.rename(titleFrom(entry.content));
    return { entry, written: this.#add(entry) };
  }

  /** Resolves when the conversation itself is on disk; a call may be the first thing in it. Fails as the store does. */
  async ensureSaved(): Promise<void> {
    this.#saved ??= this.#parts.store.saveConversation(this.record);
    try {
      await this.#saved;
    } catch (error) {
      this.#saved = undefined;
      throw error;
    }
  }

  /** Writes the record: its title, its use of tokens. */
  async save(): Promise<void> {
    await this.#write(() => this.#parts.store.saveConversation(this.record));
  }

  /** Ends what is still to be written by itself; for a conversation that is deleted. */
  dispose(): void {
    this.#gone = true;
    this.#streamTimer?.dispose();
  }

  async addApproval(draft: Draft<ApprovalEntry>): Promise<ApprovalEntry> {
    const entry: ApprovalEntry = { kind: "approval", ...this.#base("approval"), ...draft };
    await this.#add(entry);
    return entry;
  }

  async addNotice(draft: Draft<NoticeEntry>): Promise<NoticeEntry> {
    const entry: NoticeEntry = { kind: "notice", ...this.#base("notice"), ...draft };
    await this.#add(entry);
    return entry;
  }

  /** Writes an entry that was changed in place. */
  async update(entry: Entry): Promise<void> {
    this.#parts.changed({ type: "item", conversation: this.id, item: itemOfEntry(entry) });
    await this.#write(() => this.#parts.store.saveEntry(entry));
  }

  /** Moves a queued message to the end of the conversation: now it is said. */
  async dequeue(entry: MessageEntry): Promise<MessageEntry> {
    const said: MessageEntry = {
      ...entry,
      queued: undefined,
      position: this.nextPosition(),
      timestamp: this.#parts.clock.now(),
    };
    // One write that moves it: a kill in between must not lose what the person said.
    this.#parts.changed({ type: "remove", conversation: this.id, id: entry.id });
    await this.#add(said);
    return said;
  }

  async remove(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!this.#entries.delete(id)) return;
    if (entry?.kind === "message" && !entry.summary) this.record.messages -= 1;
    this.#parts.changed({ type: "remove", conversation: this.id, id });
    await this.#write(() => this.#parts.store.deleteEntry(id));
  }

  /** Adds a piece to a message that is being streamed; written down a few times a second and by `update` at the end. */
  stream(entry: MessageEntry, piece: string, thinking: boolean): void {
    if (thinking) entry.thinking = (entry.thinking ?? "") + piece;
    else entry.content += piece;
    this.#parts.changed({ type: "text", conversation: this.id, id: entry.id, text: piece, thinking });
    this.#streamTimer ??= this.#parts.clock.after(streamSaveMs, () => {
      this.#streamTimer = undefined;
      if (this.#entries.has(entry.id)) void this.#write(() => this.#parts.store.saveEntry(entry));
    });
  }

  /**
   * Takes over what another window has written meanwhile. Only for a conversation in which no turn runs here: then all that
   * this window knows is in the store, and what differs there is newer.
   */
  async catchUp(): Promise<void> {
    const loaded = await this.#parts.store.loadConversation(this.id);
    if (!loaded) return;
    for (const entry of loaded.entries) {
      this.#last = Math.max(this.#last, entry.position);
      if (entry.kind === "message") delete entry.streaming;
      if (isSame(entry, this.#entries.get(entry.id))) continue;
      this.#entries.set(entry.id, entry);
      this.#parts.changed({ type: "item", conversation: this.id, item: itemOfEntry(entry) });
    }
    for (const call of loaded.calls) {
      this.#last = Math.max(this.#last, call.position ?? 0);
      if (!isSame(call, this.#calls.get(call.id))) this.showCall(call);
    }
    if (loaded.conversation.updatedAt > this.record.updatedAt) {
      Object.assign(this.record, loaded.conversation);
      this.measured = undefined;
    }
  }

  /** Shows a call's present state; the calls' own journal has written it already. */
  showCall(call: CallRecord): void {
    this.#calls.set(call.id, call);
    this.#parts.changed({ type: "item", conversation: this.id, item: itemOfCall(call) });
  }

  rename(title: string): void {
    this.record.title = title;
    this.#parts.changed({ type: "title", conversation: this.id, title });
    void this.#write(() => this.#parts.store.saveConversation(this.record));
  }

  addUsage(input: number, output: number): void {
    this.record.usage = { input: this.record.usage.input + input, output: this.record.usage.output + output };
  }

  #base(kind: string) {
    return {
      id: this.#parts.ids.next(kind),
      conversation: this.id,
      position: this.nextPosition(),
      timestamp: this.#parts.clock.now(),
    };
  }

  async #add(entry: Entry): Promise<void> {
    this.#entries.set(entry.id, entry);
    this.record.updatedAt = entry.timestamp;
    this.#parts.changed({ type: "item", conversation: this.id, item: itemOfEntry(entry) });
    await this.#write(async () => {
      this.#saved = this.#parts.store.saveConversation(this.record);
      await Promise.all([this.#saved, this.#parts.store.saveEntry(entry)]);
    });
  }

  async #write(write: () => Promise<void>): Promise<void> {
    if (this.#gone) return;
    try {
      await write();
    } catch (error) {
      this.#parts.writeFailed(error);
    }
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function titleFrom(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 59)}…` : line || "New conversation";
}
