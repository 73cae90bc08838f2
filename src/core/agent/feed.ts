import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import { Scope } from "../../base/dispose.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { ActivityEntry, ConversationSummary, FromWebview, ToWebview, ViewState } from "../../protocol/webview.ts";
import type { Calls } from "../calls/calls.ts";
import type { ApprovalEntry, ConversationRecord, MessageEntry } from "../journal/records.ts";
import { principals } from "../rules/targets.ts";
import type { Agent } from "./agent.ts";
import type { Approvals } from "./approvals.ts";
import type { Conversation, ConversationChange } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import { itemOfCall } from "./items.ts";

type Unnumbered = ToWebview extends infer T ? (T extends unknown ? Omit<T, "seq"> : never) : never;

export interface FeedParts {
  readonly conversations: Conversations;
  readonly agent: Agent;
  readonly approvals: Approvals;
  readonly calls: Calls;
  readonly activity: () => ActivityEntry[];
  /** All but what the agent does, which must be as new as the message that tells it. */
  readonly state: (conversation: Conversation) => Promise<Omit<ViewState, "agent">>;
  /** What only the window can do: files, diffs, pickers, commands. */
  readonly window: WindowActions;
  readonly clock: Clock;
}

export interface WindowActions {
  openFile(path: string, line: number | undefined): Promise<void>;
  /** Opens the change that an approval proposes for its nth file. */
  openDiff(approval: ApprovalEntry, index: number): Promise<void>;
  insert(text: string): Promise<void>;
  pickModel(): Promise<void>;
  setMode(mode: "ask" | "agent"): Promise<void>;
  /** Only commands of ours are carried out. */
  command(id: string): Promise<void>;
  failed(message: string, todo?: string): void;
}

/** What is done in the list of conversations, which covers the transcript: a notice there would not be seen. */
const fromHistory: ReadonlySet<FromWebview["type"]> = new Set(["renameConversation", "deleteConversation"]);

/** How long streamed text is gathered before it is posted, in milliseconds. */
const gatherMs = 16;

/**
 * What one panel sees: a snapshot when it is ready, then every change with a number. It holds nothing that is not in the
 * conversation, so a panel that was hidden or reloaded misses nothing.
 */
export class ConversationFeed implements Disposable {
  readonly #parts: FeedParts;
  readonly #post: (message: ToWebview) => void;
  readonly #scope = new Scope("feed");
  /** The buttons under messages whose calls are in progress. */
  readonly #pressed = new Set<string>();
  #seq = 0;
  #shown: string | undefined;
  #gathered: { conversation: string; id: string; text: string; thinking: boolean } | undefined;

  constructor(parts: FeedParts, post: (message: ToWebview) => void) {
    this.#parts = parts;
    this.#post = post;
    this.#scope.add(parts.conversations.onDidChange((change) => this.#changed(change)));
    this.#scope.add(parts.agent.onDidChangeState(() => void this.refreshState()));
    this.#scope.add(parts.approvals.onDidChange(() => void this.refreshState()));
  }

  /** Carries out what the person did in the panel; a failure is said in the conversation, or by the window. */
  async handle(message: FromWebview): Promise<void> {
    try {
      await this.#handle(message);
    } catch (error) {
      const failure = asFailure(error, "That");
      const shown = this.#shown === undefined ? undefined : this.#parts.conversations.get(this.#shown);
      if (shown && !fromHistory.has(message.type))
        await shown.addNotice({ level: "error", text: failure.message, todo: failure.todo });
      else this.#parts.window.failed(failure.message, failure.todo);
    }
  }

  activity(entries: ActivityEntry[]): void {
    this.#send({ type: "activity", entries });
  }

  async refreshState(): Promise<void> {
    const conversation = this.#shown === undefined ? undefined : this.#parts.conversations.get(this.#shown);
    const state = conversation && (await this.#stateOf(conversation));
    if (state) this.#send({ type: "state", state });
  }

  /** Undefined when another conversation was shown meanwhile. */
  async #stateOf(conversation: Conversation): Promise<ViewState | undefined> {
    const state = await this.#parts.state(conversation);
    if (this.#shown !== conversation.id) return undefined;
    return { ...state, agent: this.#parts.agent.state(conversation.id) };
  }

  /** Shows a conversation from its beginning. */
  async showConversation(conversation: Conversation): Promise<void> {
    this.#flush();
    this.#shown = conversation.id;
    const state = await this.#stateOf(conversation);
    if (!state) return;
    this.#gathered = undefined;
    this.#send({
      type: "snapshot",
      conversation: { id: conversation.id, title: conversation.record.title },
      items: conversation.items(),
      activity: this.#parts.activity(),
      state,
    });
  }

  show(section: "history" | "activity" | "composer"): void {
    this.#send({ type: "show", section });
  }

  compose(text: string): void {
    this.#send({ type: "compose", text });
  }

  dispose(): void {
    this.#scope.dispose();
  }

  async #handle(message: FromWebview): Promise<void> {
    const { agent, approvals, conversations, window } = this.#parts;
    switch (message.type) {
      case "ready":
        return await this.showConversation(await conversations.visible());
      case "send":
        return await agent.say(message.conversation, message.text, message.how);
      case "stop":
        return await agent.stop(message.conversation);
      case "cancelCall":
        return await this.#cancelCall(message.conversation, message.id);
      case "unqueue":
        return await agent.unqueue(message.conversation, message.id);
      case "newConversation":
        return await this.showConversation(conversations.create());
      case "openConversation":
        return await this.#open(message.id);
      case "renameConversation":
        await conversations.rename(message.id, message.title);
        return await this.#history("");
      case "deleteConversation":
        await conversations.delete(message.id, async () => {
          await agent.stop(message.id);
          this.#parts.calls.cancelIn(message.id, "The conversation was deleted.");
        });
        if (message.id === this.#shown) await this.showConversation(await conversations.visible());
        return await this.#history("");
      case "history":
        return await this.#history(message.query);
      case "approve":
        return await approvals.answer(message.id, message.choice, message.feedback, message.input);
      case "messageAction":
        return await this.#act(message.conversation, message.id, message.index);
      case "toolDetail":
        return await this.#detail(message.conversation, message.id);
      case "openFile":
        return await window.openFile(message.path, message.line);
      case "openDiff":
        return await this.#openDiff(message.conversation, message.id, message.index);
      case "insert":
        return await window.insert(message.text);
      case "pickModel":
        return await window.pickModel();
      case "setMode":
        return await window.setMode(message.mode);
      case "command":
        return await window.command(message.id);
    }
  }

  async #open(id: string): Promise<void> {
    const conversation = await this.#parts.conversations.show(id);
    if (this.#parts.agent.state(id) === "idle") await conversation.catchUp();
    await this.showConversation(conversation);
  }

  /** A button under a plugin's message: a call of the person's, and no second one before that has ended. */
  async #act(conversationId: string, id: string, index: number): Promise<void> {
    const entry = (await this.#parts.conversations.open(conversationId)).entry(id);
    const action = entry?.kind === "message" ? entry.actions?.[index] : undefined;
    if (!action || entry?.kind !== "message") return;
    const { to, name, args } = action.call;
    const onBehalf = entry.origin && principals.plugin(entry.origin.plugin);
    if (entry.origin) this.#checkSpeaker(entry.origin);
    const button = `${conversationId} ${id} ${index}`;
    if (this.#pressed.has(button)) return;
    this.#pressed.add(button);
    try {
      await this.#parts.calls.call({ caller: "person", onBehalf, to, name, args, conversation: conversationId });
    } finally {
      this.#pressed.delete(button);
    }
  }

  /** A button is pressed for the plugin that put it there, with its rights, and never for another that has its name now. */
  #checkSpeaker({ plugin, owner }: NonNullable<MessageEntry["origin"]>): void {
    const now = this.#parts.calls.ownerOf(plugin);
    if (owner === undefined || now === undefined || now === owner) return;
    throw new Failure("unavailable", `Another plugin is called ${plugin} now than the one that said this.`, {
      todo: "Ask the agent for what the button would have done.",
    });
  }

  async #cancelCall(conversationId: string, id: string): Promise<void> {
    const { conversations, calls } = this.#parts;
    const call = (await conversations.open(conversationId)).call(id);
    if (call) calls.cancel(id, "The person cancelled it.");
  }

  async #detail(conversationId: string, id: string): Promise<void> {
    const conversation = await this.#parts.conversations.open(conversationId);
    const call = conversation.call(id);
    if (call) this.#send({ type: "item", conversation: conversationId, item: itemOfCall(call, true) });
  }

  async #openDiff(conversationId: string, id: string, index: number): Promise<void> {
    const entry = (await this.#parts.conversations.open(conversationId)).entry(id);
    if (entry?.kind === "approval" && entry.diffs?.[index]) await this.#parts.window.openDiff(entry, index);
  }

  async #history(query: string): Promise<void> {
    const records = await this.#parts.conversations.list(query);
    this.#send({ type: "history", query, conversations: records.map((record) => this.#summary(record)) });
  }

  #summary(record: ConversationRecord): ConversationSummary {
    const { id, title, updatedAt, messages } = record;
    return {
      id,
      title: title || "New conversation",
      updatedAt,
      messages,
      needsYou: this.#parts.approvals.waitsIn(id),
      running: this.#parts.agent.state(id) !== "idle",
    };
  }

  #changed(change: ConversationChange): void {
    if (change.conversation !== this.#shown) return;
    if (change.type === "text") {
      this.#gather(change);
      return;
    }
    this.#flush();
    this.#send(change);
  }

  /** Joins pieces of one message, so that a fast model costs a post a frame and not a post a token. */
  #gather(change: ConversationChange & { type: "text" }): void {
    const same = this.#gathered?.id === change.id && this.#gathered.thinking === change.thinking;
    if (this.#gathered && same) {
      this.#gathered.text += change.text;
      return;
    }
    this.#flush();
    this.#gathered = { conversation: change.conversation, id: change.id, text: change.text, thinking: change.thinking };
    this.#parts.clock.after(gatherMs, () => this.#flush());
  }

  #flush(): void {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered) this.#send({ type: "text", ...gathered });
  }

  #send(message: Unnumbered): void {
    this.#post({ ...message, seq: ++this.#seq } as ToWebview);
  }
}
