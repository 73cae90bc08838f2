import type { Clock } from "../../../base/clock.ts";
import { asFailure, Failure } from "../../../base/failure.ts";
import type { IdSource } from "../../../base/ids.ts";
import type { ChatMessage } from "../../../protocol/plugin/capabilities.ts";
import { passAround } from "../../intercepts/around.ts";
import type { Outcome } from "../../intercepts/types.ts";
import type { MessageEntry } from "../../journal/records.ts";
import type { ModelPort, ModelsPort } from "../../ports.ts";
import type { Publish } from "../agent.ts";
import type { Conversation } from "../conversation.ts";
import { hint } from "../hint.ts";
import { type ModelPointParts, passModelPoint } from "../modelPoint.ts";
import { modelStep } from "../modelStep.ts";
import { saidIn } from "../narrowing.ts";
import { conversationMessages, readByModel } from "../prompt.ts";
import { charactersOf, charactersPerToken, oldOnes } from "./cut.ts";
import { longestSummary, type Older, type OldMessage, plainSummary, summaryRequest } from "./words.ts";

export interface CompactorParts extends ModelPointParts {
  /** The models as the agent uses them: to get one is a use of the right to it. */
  readonly models: Pick<ModelsPort, "current">;
  /** The model that is chosen, to be looked at and not used. */
  readonly chosen: () => Promise<Pick<ModelPort, "contextWindow">>;
  readonly publish: Publish;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** The share of a model's context window, from 0 to 1, at which a conversation is shortened. */
  readonly share: () => number;
  /** Tokens of the context window as the person set it; 0 where the model is to tell. */
  readonly window: () => number;
}

/** Whether it was shortened, there was nothing to shorten, or an intercept did not let it happen. */
export type Compaction = "done" | "nothing" | "held";

interface Request {
  readonly turn: string | undefined;
  readonly signal: AbortSignal;
  readonly instructions?: string;
}

/** Of what may be kept as it is: the newest messages, up to this share of the room. */
const keptShare = 0.25;
/** Of a context window, what a summary has at most: it must leave room for what it is made for. */
const summaryShare = 1 / 8;
/** Tokens of a context window where nobody tells how large it is; they bound what the summary is made of. */
const usualWindow = 32_000;

/**
 * Shortens what the model reads of a conversation: the older messages become a summary, which is an entry of its own. The
 * person goes on seeing all of them. Around it is the intercept point `compaction`.
 */
export class Compactor {
  readonly #parts: CompactorParts;
  /** The turn in which an intercept held it back, so that it is not asked again at each step. */
  readonly #heldIn = new WeakMap<Conversation, string>();

  constructor(parts: CompactorParts) {
    this.#parts = parts;
  }

  /** Before a step: shortens where the conversation fills the share of the model's window. Fails with `cancelled` only. */
  async whenFull(conversation: Conversation, turn: string, signal: AbortSignal): Promise<void> {
    const window = this.#windowOf(await this.#parts.chosen());
    if (window === undefined || contextTokens(conversation) < window * this.#parts.share()) return;
    await this.compact(conversation, { turn, signal });
  }

  /** Shortens now, whether or not it is full. Fails with `cancelled` when the signal is aborted meanwhile. */
  async compact(conversation: Conversation, request: Request): Promise<Compaction> {
    const { turn, signal } = request;
    if (turn !== undefined && this.#heldIn.get(conversation) === turn) return "held";
    const model = await this.#parts.models.current();
    const cut = this.#cut(conversation, model);
    if (cut === undefined) return "nothing";
    const { publish } = this.#parts;
    const oldContextUsage = contextTokens(conversation);
    const threshold = this.#parts.share();
    publish("compaction.start", {}, conversation.id);
    try {
      const by = await this.#summarise(
        conversation,
        model,
        cut.old,
        { contextUsage: oldContextUsage, threshold },
        request,
      );
      await conversation.addMessage({
        ...{ role: "system", content: by.text, model: by.label, by: by.kind, ...(turn === undefined ? {} : { turn }) },
        summary: { upTo: cut.upTo, messages: cut.messages, results: cut.results },
      });
      await hint(conversation, turn, by.contexts);
      conversation.measured = undefined;
    } catch (error) {
      const failure = asFailure(signal.aborted ? signal.reason : error, "The summary");
      const newContextUsage = oldContextUsage;
      publish(
        "compaction.complete",
        { oldContextUsage, newContextUsage, threshold, error: failure.message },
        conversation.id,
      );
      if (signal.aborted) throw failure;
      if (turn !== undefined) this.#heldIn.set(conversation, turn);
      await this.#tell(conversation, turn, failure);
      return "held";
    }
    const newContextUsage = contextTokens(conversation);
    publish("compaction.complete", { oldContextUsage, newContextUsage, threshold }, conversation.id);
    return "done";
  }

  #windowOf(model: Pick<ModelPort, "contextWindow">): number | undefined {
    return this.#parts.window() || model.contextWindow;
  }

  /** What becomes a summary: the messages, the place of the last of them, and how much the summary then stands for. */
  #cut(conversation: Conversation, model: ModelPort) {
    const { summary, pieces } = readByModel(conversation);
    const sizes = pieces.map(({ messages }) => charactersOf(messages));
    const room = Math.min(
      sizes.reduce((sum, size) => sum + size, 0),
      this.#charactersIn(model) * this.#parts.share(),
    );
    const count = oldOnes(sizes, room * keptShare);
    const last = pieces[count - 1];
    if (last === undefined) return undefined;
    const messages = pieces.slice(0, count).flatMap((piece) => oldMessages(piece.entry, piece.messages));
    const results = messages.filter(({ message }) => message.role === "tool").length;
    const already = summary?.summary ?? { messages: 0, results: 0 };
    return {
      old: { messages, ...(summary && { before: summary.content }) },
      upTo: last.entry.position,
      messages: already.messages + count,
      results: already.results + results,
    };
  }

  async #summarise(
    conversation: Conversation,
    model: ModelPort,
    old: Older,
    told: { contextUsage: number; threshold: number },
    { turn, signal, instructions }: Request,
  ): Promise<Summary> {
    const { intercepts, askPerson } = this.#parts;
    const written = { label: model.label, kind: model.kind };
    const most = Math.min(longestSummary, this.#charactersIn(model) * summaryShare);
    let answeredBy: string | undefined;
    const { result, subject, contexts } = await passAround(intercepts, {
      ...{ point: "compaction", what: "Shortening the conversation" },
      subject: { ...told, ...(instructions === undefined ? {} : { instructions }) },
      pass: {
        conversation: conversation.id,
        ...(turn === undefined ? {} : { turn }),
        signal,
        revalidate: () => undefined,
        answerFlaw: noSummary,
      },
      ...(askPerson && { ask: askPerson }),
      run: async (changed) => {
        const minded = typeof changed.instructions === "string" ? changed.instructions : undefined;
        return await this.#write(
          conversation,
          model,
          summaryRequest(old, this.#charactersIn(model) / 2, minded),
          turn,
          signal,
        );
      },
      answered: (answer, by) => {
        answeredBy = by;
        return String(answer);
      },
      told: (text) => ({ result: text ?? plainSummary(old, most) }),
      revalidateAfter: ({ result }) => noSummary(result),
    });
    const text = String(subject.result).slice(0, most);
    if (answeredBy !== undefined) return { text, contexts, label: answeredBy };
    return result === undefined ? { text, contexts, kind: "rules" } : { text, contexts, ...written };
  }

  #charactersIn(model: ModelPort): number {
    return (this.#windowOf(model) ?? usualWindow) * charactersPerToken;
  }

  /** What the model writes; undefined where there is none, or it fails: then the summary is made without it. */
  async #write(
    conversation: Conversation,
    model: ModelPort,
    messages: ChatMessage[],
    turn: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (model.kind === "rules") return undefined;
    const request = { messages, tools: [], conversation: conversation.id, turn: turn ?? this.#parts.ids.next("turn") };
    const { clock, publish } = this.#parts;
    const startedAt = clock.now();
    let usage: { input: number; output: number } | undefined;
    let text = "";
    try {
      const said = await passModelPoint(this.#parts, {
        ...{ model, request, signal, said: () => saidIn(text, []) },
        ask: async (own) => {
          for await (const event of model.stream(own, signal)) {
            if (event.type === "text") text += event.text;
            else if (event.type === "end") usage = event.usage;
          }
          signal.throwIfAborted();
        },
      });
      return said.content.trim() || undefined;
    } catch (error) {
      if (signal.aborted || asFailure(error, "The model").kind === "blocked") throw error;
      return undefined;
    } finally {
      conversation.addUsage(usage?.input ?? 0, usage?.output ?? 0);
      publish("model.step", modelStep(model.label, usage, clock.now() - startedAt), conversation.id);
    }
  }

  async #tell(conversation: Conversation, turn: string | undefined, { message, todo }: Failure): Promise<void> {
    await conversation.addNotice({
      ...{ level: "warning", text: message, ...(turn === undefined ? {} : { turn }) },
      todo: todo ?? "The rights of that plugin can be changed in the Plugins view.",
    });
  }
}

/** A message and what came of its calls, as whoever writes the summary reads them. */
function oldMessages({ origin, content }: MessageEntry, read: readonly ChatMessage[]): OldMessage[] {
  return origin
    ? [{ plugin: origin.plugin, message: { role: "user", content } }]
    : read.map((message) => ({ message }));
}

/** What is wrong with an intercept's summary: it stands for all that was said, so it must say something. */
function noSummary(text: unknown): Failure | undefined {
  if (typeof text === "string" && text.trim() !== "") return undefined;
  return new Failure("invalidParams", "A summary must be text, and not empty.");
}

interface Summary {
  readonly text: string;
  readonly label?: string;
  readonly kind?: "model" | "rules";
  /** What intercepts want the model to see besides. */
  readonly contexts: Outcome["contexts"];
}

/** Tokens that the conversation takes of a model's context: as the model counted them last, and what has come since by its length. */
function contextTokens(conversation: Conversation): number {
  const characters = charactersOf(conversationMessages(conversation));
  const { measured } = conversation;
  if (measured === undefined) return Math.ceil(characters / charactersPerToken);
  return measured.tokens + Math.ceil(Math.max(0, characters - measured.characters) / charactersPerToken);
}
