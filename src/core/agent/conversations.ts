import { Emitter } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import { type AskPerson, type Passing, passAround } from "../intercepts/around.ts";
import type { ConversationRecord } from "../journal/records.ts";
import { Conversation, type ConversationChange, type ConversationParts } from "./conversation.ts";

/** What is done to a conversation, as a failure says it. */
const doing = { created: "Beginning", renamed: "Renaming", deleted: "Deleting" } as const;

export interface ConversationsParts extends Omit<ConversationParts, "changed"> {
  readonly workspace: () => string;
  readonly lifecycle: (
    type: "conversation.created" | "conversation.renamed" | "conversation.deleted",
    conversation: string,
    title: string,
  ) => void;
  /** The point `conversation`; without it nobody is asked. */
  readonly intercepts?: Passing;
  readonly askPerson?: AskPerson;
}

/** As many conversations as there may be windows that write to one at the same time. */
const mostWindows = 20;

/** The window's conversations: those that are open, the one that the panel shows, and the store's list. */
export class Conversations {
  readonly #parts: ConversationsParts;
  readonly #open = new Map<string, Conversation>();
  readonly #loading = new Map<string, Promise<Conversation>>();
  readonly #change = new Emitter<ConversationChange>();
  readonly onDidChange = this.#change.event;
  #visible: string | undefined;

  constructor(parts: ConversationsParts) {
    this.#parts = parts;
  }

  /** The one that the panel shows; made when there is none. */
  async visible(): Promise<Conversation> {
    if (this.#visible !== undefined) return await this.open(this.#visible);
    const [latest] = await this.#parts.store.listConversations({ workspace: this.#parts.workspace(), limit: 1 });
    const recent = latest && (await this.open(latest.id));
    if (this.#visible !== undefined) return await this.open(this.#visible);
    if (recent === undefined) return this.create();
    this.#visible = recent.id;
    return recent;
  }

  get visibleId(): string | undefined {
    return this.#visible;
  }

  /** Makes an empty conversation and shows it. It is written down with its first message. */
  create(): Conversation {
    const now = this.#parts.clock.now();
    const record: ConversationRecord = {
      id: this.#parts.ids.next("conversation"),
      title: "",
      workspace: this.#parts.workspace(),
      createdAt: now,
      updatedAt: now,
      messages: 0,
      usage: { input: 0, output: 0 },
    };
    const conversation = new Conversation(record, { ...this.#parts, changed: (change) => this.#change.fire(change) });
    this.#open.set(record.id, conversation);
    this.#visible = record.id;
    this.#parts.lifecycle("conversation.created", record.id, "");
    // It is made in one tick, so nobody can be asked before; those who look on after are told.
    void this.#passPoint("created", record.id, "", async () => {}).catch(() => {});
    return conversation;
  }

  async show(id: string): Promise<Conversation> {
    const conversation = await this.open(id);
    this.#visible = id;
    return conversation;
  }

  /** Whether another window has added to this conversation since it was read here. */
  async changedElsewhere({ id, record }: Conversation): Promise<boolean> {
    const newest = await this.#parts.store.listConversations({ limit: mostWindows });
    const written = newest.find((one) => one.id === id);
    return written !== undefined && written.updatedAt > record.updatedAt;
  }

  get(id: string): Conversation | undefined {
    return this.#open.get(id);
  }

  /** Fails with `notFound` where there is none. */
  async open(id: string): Promise<Conversation> {
    const open = this.#open.get(id);
    if (open) return open;
    const loading = this.#loading.get(id) ?? this.#load(id);
    this.#loading.set(id, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(id);
    }
  }

  list(query: string): Promise<ConversationRecord[]> {
    return this.#parts.store.listConversations({ query: query.trim() || undefined, limit: 200 });
  }

  /** Fails with `blocked` where an intercept denies it. */
  async rename(id: string, title: string): Promise<void> {
    await this.#passPoint("renamed", id, title, async (wanted) => {
      (await this.open(id)).rename(wanted);
      this.#parts.lifecycle("conversation.renamed", id, wanted);
    });
  }

  /**
   * Fails with `blocked` where an intercept denies it.
   *
   * @param endWork ends what works in it; done once nothing denies it, so that a conversation that stays works on
   */
  async delete(id: string, endWork: () => Promise<void> = async () => {}): Promise<void> {
    await this.#passPoint("deleted", id, "", async () => {
      await endWork();
      this.#open.get(id)?.dispose();
      await this.#parts.store.deleteConversation(id);
      this.#open.delete(id);
      if (this.#visible === id) this.#visible = undefined;
      this.#parts.lifecycle("conversation.deleted", id, "");
    });
  }

  async #passPoint(
    change: "created" | "renamed" | "deleted",
    conversation: string,
    title: string,
    run: (title: string) => Promise<void>,
  ): Promise<void> {
    const { intercepts, askPerson } = this.#parts;
    if (!intercepts) return await run(title);
    if (change === "created") {
      if (!intercepts.watches("conversation")) return;
      await intercepts.after(
        "conversation",
        { change, conversation, title },
        { conversation, invocation: conversation },
      );
      return;
    }
    await passAround(intercepts, {
      ...{ point: "conversation", what: `${doing[change]} the conversation` },
      subject: { change, conversation, title },
      pass: { conversation, revalidate: () => undefined },
      ...(askPerson && { ask: askPerson }),
      run: (subject) => run(String(subject.title)),
      told: () => ({}),
    });
  }

  async #load(id: string): Promise<Conversation> {
    const loaded = await this.#parts.store.loadConversation(id);
    if (!loaded)
      throw new Failure("notFound", `There is no conversation ${id}.`, {
        todo: "It may have been deleted in another window; open the history.",
      });
    const conversation = new Conversation(
      loaded.conversation,
      { ...this.#parts, changed: (change) => this.#change.fire(change) },
      loaded.entries,
      loaded.calls,
    );
    for (const entry of loaded.entries) {
      if (entry.kind === "message" && entry.streaming)
        Object.assign(entry, { streaming: undefined, interrupted: true });
    }
    this.#open.set(id, conversation);
    return conversation;
  }
}
