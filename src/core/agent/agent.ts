import { Emitter } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import type { ActivityData, ActivityTopic } from "../../protocol/plugin/activity.ts";
import type { MessageAction, MessageIntent } from "../../protocol/plugin/conversation.ts";
import type { MessageEntry } from "../journal/records.ts";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import { runTurn, type TurnParts } from "./turn.ts";

export type Publish = <T extends ActivityTopic>(type: T, data: ActivityData<T>, conversation: string) => void;

export interface PluginMessage {
  readonly plugin: string;
  readonly rule: string;
  readonly role: "user" | "assistant" | "system";
  readonly content: string;
  readonly intent: MessageIntent;
  readonly actions?: MessageAction[];
  readonly dedupeKey?: string;
}

export interface AgentParts extends TurnParts {
  readonly conversations: Conversations;
  readonly waits: (conversation: string) => boolean;
}

interface Running {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Who may talk when: starts turns, queues what arrives while one runs, stops them. At most one turn a conversation. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #running = new Map<string, Running>();
  readonly #stateChanged = new Emitter<{ conversation: string }>();
  readonly onDidChangeState = this.#stateChanged.event;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  state(conversation: string): "idle" | "running" | "waiting" {
    if (!this.#running.has(conversation)) return "idle";
    return this.#parts.waits(conversation) ? "waiting" : "running";
  }

  /** The person says something. While a turn runs: `queue` waits for its end, `steer` for its next step, `stopAndSend` ends it first. */
  async say(conversationId: string, text: string, how: "send" | "queue" | "steer" | "stopAndSend"): Promise<void> {
    const conversation = await this.#parts.conversations.open(conversationId);
    if (how === "stopAndSend") await this.stop(conversationId);
    await this.#catchUp(conversation);
    const busy = this.#running.has(conversationId);
    const entry = await this.#admit(conversation, { role: "user", content: text, queued: busy || undefined });
    if (!entry) return;
    if (!busy) this.#start(conversation);
    else if (how === "steer") this.#steering(conversationId).add(entry.id);
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
    const repeated = conversation
      .entries()
      .find(
        (entry) =>
          entry.kind === "message" &&
          entry.origin?.plugin === message.plugin &&
          message.dedupeKey !== undefined &&
          entry.dedupeKey === message.dedupeKey,
      );
    if (repeated) return { messageId: repeated.id, state: "added" };
    const busy = this.#running.has(conversationId);
    const queued = busy && message.intent !== "notify";
    const { plugin, rule, intent, role, content, actions, dedupeKey } = message;
    const entry = await this.#admit(conversation, {
      role,
      content,
      actions,
      dedupeKey,
      origin: { plugin, intent, rule },
      queued: queued || undefined,
    });
    if (!entry) throw new Failure("blocked", "Another plugin's intercept refused the message.");
    this.#parts.publish(
      "plugin.messageReceived",
      { pluginId: plugin, messageId: entry.id, role, intent },
      conversationId,
    );
    if (queued) this.#steering(conversationId).add(entry.id);
    else if (intent === "wake") this.#start(conversation);
    return { messageId: entry.id, state: queued ? "queued" : "added" };
  }

  /** Ends the running turn, if there is one, and waits until it has ended. */
  async stop(conversationId: string, why = "You stopped it."): Promise<void> {
    const running = this.#running.get(conversationId);
    running?.controller.abort(new Failure("cancelled", why));
    await running?.done;
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

  readonly #steer = new Map<string, Set<string>>();

  #steering(conversation: string): Set<string> {
    const set = this.#steer.get(conversation) ?? new Set<string>();
    this.#steer.set(conversation, set);
    return set;
  }

  /** Passes the intercept point `message` and adds what comes out; undefined where it was refused (a notice says so). */
  async #admit(
    conversation: Conversation,
    draft: Pick<MessageEntry, "role" | "content" | "actions" | "dedupeKey" | "origin" | "queued">,
  ): Promise<MessageEntry | undefined> {
    const subject = {
      role: draft.role,
      content: draft.content,
      ...(draft.origin ? { origin: draft.origin.plugin } : {}),
    };
    const outcome = await this.#parts.intercepts.before("message", subject, {
      conversation: conversation.id,
      signal: new AbortController().signal,
      revalidate: ({ role, content }) =>
        role === draft.role && typeof content === "string" && content.length > 0
          ? undefined
          : new Failure("invalidParams", "An intercept may change a message's text only."),
    });
    if (outcome.decision === "deny") {
      await conversation.addNotice({
        level: "warning",
        text: `${outcome.by ?? "A plugin"} held back a message: ${outcome.reason ?? "no reason given"}`,
        todo: "Its rights can be changed in the Plugins view.",
      });
      return undefined;
    }
    const entry = await conversation.addMessage({ ...draft, content: String(outcome.subject.content) });
    for (const { plugin, text } of outcome.contexts)
      await conversation.addMessage({ role: "assistant", content: text, origin: { plugin, intent: "context" } });
    this.#parts.announce(conversation, entry);
    return entry;
  }

  #start(conversation: Conversation): void {
    if (this.#running.has(conversation.id)) return;
    const controller = new AbortController();
    const done = this.#runAll(conversation, controller.signal).finally(() => {
      this.#running.delete(conversation.id);
      this.#stateChanged.fire({ conversation: conversation.id });
    });
    this.#running.set(conversation.id, { controller, done });
    this.#stateChanged.fire({ conversation: conversation.id });
  }

  /** One turn, then one for each message that was queued meanwhile. */
  async #runAll(conversation: Conversation, signal: AbortSignal): Promise<void> {
    for (;;) {
      await runTurn(this.#parts, conversation, signal, () => this.#join(conversation));
      if (signal.aborted) return;
      let next: MessageEntry | undefined;
      for (const entry of queuedMessages(conversation)) {
        if (next) break;
        await conversation.dequeue(entry);
        if (entry.origin?.intent !== "context") next = entry;
      }
      if (!next) return;
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

function queuedMessages(conversation: Conversation): MessageEntry[] {
  return conversation
    .entries()
    .filter((entry): entry is MessageEntry => entry.kind === "message" && entry.queued === true)
    .sort((a, b) => a.position - b.position);
}
