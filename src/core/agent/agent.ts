import { Emitter } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import type { ActivityData, ActivityTopic } from "../../protocol/plugin/activity.ts";
import type { MessageAction, MessageIntent } from "../../protocol/plugin/conversation.ts";
import type { MessageEntry } from "../journal/records.ts";
import type { Compaction } from "./compaction/compactor.ts";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import { passMessagePoint, type Said } from "./messagePoint.ts";
import { runTurn, type TurnParts } from "./turn.ts";

export type Publish = <T extends ActivityTopic>(
  type: T,
  data: ActivityData<T>,
  conversation: string,
  more?: { readonly rule?: string; readonly rules?: Readonly<Record<string, string>> },
) => void;

export interface PluginMessage {
  readonly plugin: string;
  /** Its identity. */
  readonly owner: string;
  readonly rule: string;
  readonly role: "user" | "assistant" | "system";
  readonly content: string;
  readonly intent: MessageIntent;
  readonly actions?: MessageAction[];
  readonly dedupeKey?: string;
  /** Stops the clocks of what waits for it while a person is asked; what it answers starts them again. */
  readonly hold?: () => () => void;
  /** A message that wakes: while a turn runs it waits for its end instead of joining it. */
  readonly ownTurn?: boolean;
}

export interface AgentParts extends TurnParts {
  readonly conversations: Conversations;
  readonly waits: (conversation: string) => boolean;
}

interface Running {
  readonly controller: AbortController;
  readonly done: Promise<void>;
  /** Who started the turn that runs now: `person` or `plugin:<name>`. */
  by: string;
}

/** Who may talk when: starts turns, queues what arrives while one runs, stops them. At most one turn a conversation. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #running = new Map<string, Running>();
  /** By conversation, the queued messages that join the turn at its next step. */
  readonly #steer = new Map<string, Set<string>>();
  /** Messages of plugins on their way in, by what makes them the same. */
  readonly #saying = new Map<string, Promise<{ messageId: string; state: "added" | "queued" }>>();
  readonly #stateChanged = new Emitter<{ conversation: string }>();
  readonly onDidChangeState = this.#stateChanged.event;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  state(conversation: string): "idle" | "running" | "waiting" {
    if (!this.#running.has(conversation)) return "idle";
    return this.#parts.waits(conversation) ? "waiting" : "running";
  }

  /** Who started the turn that runs in a conversation, `person` or `plugin:<name>`; undefined where none does. */
  startedBy(conversation: string): string | undefined {
    return this.#running.get(conversation)?.by;
  }

  /**
   * The person says something. While a turn runs: `queue` waits for its end, `steer` for its next step, `stopAndSend`
   * ends it first.
   */
  async say(conversationId: string, text: string, how: "send" | "queue" | "steer" | "stopAndSend"): Promise<void> {
    const conversation = await this.#parts.conversations.open(conversationId);
    if (how === "stopAndSend") await this.stop(conversationId);
    await this.#catchUp(conversation);
    const when = how === "steer" ? "nextStep" : "ownTurn";
    const put = await this.#passMessagePoint(conversation, { role: "user", content: text }, when);
    if (!(put instanceof Failure)) await put.written;
  }

  /** What is said next stands after all that was said, in whichever window. */
  async #catchUp(conversation: Conversation): Promise<void> {
    if (this.#running.has(conversation.id)) return;
    if (await this.#parts.conversations.changedElsewhere(conversation)) await conversation.catchUp();
  }

  /** A plugin says something; rights and limits have been settled. Answers the first message's id for a repeated `dedupeKey`. */
  async pluginSays(
    conversationId: string,
    message: PluginMessage,
  ): Promise<{ messageId: string; state: "added" | "queued" }> {
    const conversation = await this.#parts.conversations.open(conversationId);
    const { owner, dedupeKey } = message;
    if (dedupeKey === undefined) return await this.#pluginSaysOnce(conversation, message);
    const key = JSON.stringify([conversationId, owner, dedupeKey]);
    const saying = this.#saying.get(key) ?? this.#pluginSaysOnce(conversation, message);
    this.#saying.set(key, saying);
    try {
      return await saying;
    } finally {
      this.#saying.delete(key);
    }
  }

  async #pluginSaysOnce(
    conversation: Conversation,
    { plugin, owner, rule, intent, role, content, actions, dedupeKey, hold, ownTurn }: PluginMessage,
  ): Promise<{ messageId: string; state: "added" | "queued" }> {
    const repeated = dedupeKey === undefined ? undefined : saidBefore(conversation, owner, dedupeKey);
    if (repeated) return { messageId: repeated.id, state: repeated.queued ? "queued" : "added" };
    const wakes = ownTurn ? "run" : "wake";
    const when = intent === "notify" ? "now" : intent === "wake" ? wakes : "nextStep";
    const draft = { role, content, actions, dedupeKey, origin: { plugin, owner, intent, rule } };
    const put = await this.#passMessagePoint(conversation, draft, when, hold);
    if (put instanceof Failure) throw put;
    const { entry, written } = put;
    const state = entry.queued ? "queued" : "added";
    const data = { pluginId: plugin, messageId: entry.id, role, intent };
    this.#parts.publish("plugin.messageReceived", data, conversation.id, { rule });
    await written;
    return { messageId: entry.id, state };
  }

  /**
   * Shortens what the model reads of a conversation, as the person asks. What is said meanwhile waits for it.
   * @throws Failure `conflict` while a turn runs
   */
  async compact(conversationId: string, instructions?: string): Promise<Compaction> {
    const conversation = await this.#parts.conversations.open(conversationId);
    await this.#catchUp(conversation);
    if (this.#running.has(conversationId))
      throw new Failure("conflict", "The agent is working on this conversation.", {
        todo: "Stop it or wait until it has finished, then shorten the conversation.",
      });
    const controller = new AbortController();
    const { signal } = controller;
    const compacting = this.#parts.compactor.compact(conversation, {
      ...{ turn: undefined, signal },
      ...(instructions === undefined ? {} : { instructions }),
    });
    // However it ends, what was said meanwhile waits for nothing else.
    const over = compacting.catch(() => {}).then(() => this.#runQueued(conversation, signal));
    this.#run(conversation, { controller, by: "person" }, over);
    return await compacting;
  }

  /** Ends the running turn, if there is one, and waits until it has ended. */
  async stop(conversationId: string, why = "You stopped it."): Promise<void> {
    const running = this.#running.get(conversationId);
    running?.controller.abort(new Failure("cancelled", why));
    await running?.done;
  }

  /** Ends the running turn and no more: what waits for a turn of its own has it then, as if that one had come to its end. */
  async stopTurn(conversationId: string, why: string): Promise<void> {
    await this.stop(conversationId, why);
    const conversation = await this.#parts.conversations.open(conversationId);
    const [next] = queuedMessages(conversation);
    if (!next || this.#running.has(conversationId)) return;
    const controller = new AbortController();
    const queued = Promise.resolve().then(() => this.#runQueued(conversation, controller.signal));
    this.#run(conversation, { controller, by: starterOf(next) }, queued);
  }

  /** Ends all turns; used when the window closes. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id, "The window closed.")));
  }

  /** Takes a queued message back. */
  async unqueue(conversationId: string, messageId: string): Promise<void> {
    const conversation = await this.#parts.conversations.open(conversationId);
    const entry = conversation.entry(messageId);
    if (entry?.kind === "message" && entry.queued) await conversation.remove(messageId);
  }

  #steering(conversation: string): Set<string> {
    const set = this.#steer.get(conversation) ?? new Set<string>();
    this.#steer.set(conversation, set);
    return set;
  }

  /** Puts a message into the conversation, with the intercept point `message` around it; or why not, of which a notice tells. */
  #passMessagePoint(
    conversation: Conversation,
    draft: Said,
    when: When,
    hold?: PluginMessage["hold"],
  ): Promise<Put | Failure> {
    return passMessagePoint(this.#parts, conversation, draft, (said) => this.#put(conversation, said, when), hold);
  }

  /**
   * Puts a message into the conversation. Whether it is said now or waits is settled in the same tick as it is placed, so
   * that a turn that begins or ends meanwhile neither misses it nor leaves it waiting.
   */
  #put(conversation: Conversation, draft: Said, when: When): Put {
    const busy = this.#running.has(conversation.id);
    const queued = busy && when !== "now";
    const { entry, written } = conversation.place({ ...draft, queued: queued || undefined });
    if (queued && when !== "ownTurn" && when !== "run") this.#steering(conversation.id).add(entry.id);
    const startsTurn = when === "wake" || when === "run" || (draft.origin === undefined && when !== "now");
    if (!busy && startsTurn) this.#start(conversation, written, starterOf(entry));
    this.#parts.announce(conversation, entry);
    return { entry, written };
  }

  /** Runs turns until nothing waits; `ready` is what must be on disk before the first. */
  #start(conversation: Conversation, ready: Promise<void>, by: string): void {
    const controller = new AbortController();
    const { signal } = controller;
    const turns = ready.then(async () => {
      await this.#runOne(conversation, signal);
      await this.#runQueued(conversation, signal);
    });
    this.#run(conversation, { controller, by }, turns);
  }

  #run(conversation: Conversation, running: Omit<Running, "done">, work: Promise<void>): void {
    const done = work.finally(() => this.#over(conversation, running.controller.signal));
    this.#running.set(conversation.id, { ...running, done });
    this.#stateChanged.fire({ conversation: conversation.id });
  }

  /** What ran with this signal is over; what was started since goes on. */
  #over({ id }: Conversation, signal: AbortSignal): void {
    if (this.#running.get(id)?.controller.signal !== signal) return;
    this.#running.delete(id);
    this.#stateChanged.fire({ conversation: id });
  }

  async #runOne(conversation: Conversation, signal: AbortSignal): Promise<void> {
    await runTurn(this.#parts, conversation, signal, () => this.#join(conversation));
  }

  /** One turn for each message that was queued meanwhile. */
  async #runQueued(conversation: Conversation, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) return;
      let next: MessageEntry | undefined;
      for (const entry of queuedMessages(conversation)) {
        if (next) break;
        await conversation.dequeue(entry);
        if (entry.origin?.intent !== "context") next = entry;
      }
      const running = this.#running.get(conversation.id);
      if (next && running) running.by = starterOf(next);
      if (!next) {
        // In the same tick as the look at the queue: what is said after this starts a turn of its own.
        this.#over(conversation, signal);
        return;
      }
      await this.#runOne(conversation, signal);
    }
  }

  /** At a step boundary: messages that were to join do so now. Answers whether any did. */
  async #join(conversation: Conversation): Promise<boolean> {
    const steering = this.#steering(conversation.id);
    const joining = queuedMessages(conversation).filter(({ id }) => steering.has(id));
    for (const entry of joining) await conversation.dequeue(entry);
    steering.clear();
    return joining.length > 0;
  }
}

/** When a message is said: at once, at the next step boundary, in a turn of its own after this one, or so that it starts one. */
type When = "now" | "nextStep" | "ownTurn" | "wake" | "run";

/** A message that has its place; `written` resolves when it is on disk. */
interface Put {
  readonly entry: MessageEntry;
  readonly written: Promise<void>;
}

function starterOf({ origin }: MessageEntry): string {
  return origin ? `plugin:${origin.plugin}` : "person";
}

function saidBefore(conversation: Conversation, owner: string, dedupeKey: string): MessageEntry | undefined {
  return conversation
    .entries()
    .find(
      (entry): entry is MessageEntry =>
        entry.kind === "message" && entry.origin?.owner === owner && entry.dedupeKey === dedupeKey,
    );
}

function queuedMessages(conversation: Conversation): MessageEntry[] {
  return conversation
    .entries()
    .filter((entry): entry is MessageEntry => entry.kind === "message" && entry.queued === true)
    .sort((a, b) => a.position - b.position);
}
