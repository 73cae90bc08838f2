import { asFailure, Failure } from "../base/failure.ts";
import { isJsonObject } from "../base/json.ts";
import { type ReplyArgs, replyArgs, replyOffer, replyWish } from "../protocol/plugin/events.ts";
import type { InitializeParams } from "../protocol/plugin/lifecycle.ts";
import { toWireError } from "../rpc/mapping.ts";
import type { OfferHandler, OfferSpec } from "./offers.ts";
import type { Registration } from "./registrar.ts";
import type { Subscribe, SubscribeOptions } from "./subscriptions.ts";
import type { PublishOptions, Verbs } from "./verbs.ts";

/** A direct message: the fields that its sender gave it, and these. */
export interface DirectMessage extends Readonly<Record<string, unknown>> {
  /** The plugin that sent it, as the host says. */
  readonly from: string;
  readonly timestamp: number;
  /** All that was sent. */
  readonly data: unknown;
  /** Whether the sender waits for an answer. */
  readonly wantsReply: boolean;
  /** Answers the sender, once; fails with `invalidRequest` where it does not wait for one, and as a call does where it is gone. */
  reply(data?: unknown): Promise<void>;
}

export type MessageHandler = (message: DirectMessage) => unknown;

export interface RequestReplyOptions {
  /** Milliseconds until it fails with `timeout`; 30 s where it is not said. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Messages to one plugin, which nobody else hears. */
export interface MessageSender {
  /**
   * Sends to a plugin and answers the event's id; it does not wait for it to be handled. Fails with `notFound` or
   * `unavailable` where nobody would hear it; with `keep` it waits for a subscription of that plugin that acknowledges.
   */
  sendTo(plugin: string, data: unknown, options?: Omit<PublishOptions, "to" | "show" | "latest">): Promise<string>;
}

export interface Messaging extends MessageSender {
  /**
   * Sends and waits for the answer. What the receiver's handler throws as a `PluginError` comes back as `unavailable`
   * with its message, `todo` and `details`; `details.kind` and `details.replyKind` have its kind.
   */
  request<Reply = unknown>(plugin: string, data: unknown, options?: RequestReplyOptions): Promise<Reply>;
  /** Hears what is sent to this plugin; `on("message", handler)` says the same. */
  on(handler: MessageHandler, options?: SubscribeOptions): Registration;
  on(what: "message", handler: MessageHandler, options?: SubscribeOptions): Registration;
}

/** What messaging is made of. */
export interface MessagingParts extends Pick<Verbs, "publish" | "call"> {
  readonly subscribe: Subscribe;
  readonly info: InitializeParams;
  offer(spec: OfferSpec, handler: OfferHandler<never>): Registration;
}

interface Pending {
  readonly to: string;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (failure: Failure) => void;
}

const defaultTimeoutMs = 30_000;

export function messageSender({ publish }: Pick<Verbs, "publish">): MessageSender {
  return { sendTo: (to, data, options) => publish("inbox", data, { ...options, to }) };
}

/** A request is a message that names an offer of the sender for the answer; that offer is made with the first request. */
export function createMessaging(plugin: MessagingParts): Messaging {
  const pending = new Map<string, Pending>();
  let taking: Registration | undefined;

  function takeReply(args: unknown, caller: string): null {
    const { requestId, reply, error } = replyArgs.parse(args);
    const own = pending.get(requestId);
    if (!own)
      throw new Failure("notFound", "Nobody waits for this answer any more.", { todo: "Answer once, and in time." });
    if (caller !== `plugin:${own.to}`) throw new Failure("denied", `Only ${own.to} was asked, not ${caller}.`);
    if (error) own.reject(refusedBy(error));
    else own.resolve(reply ?? null);
    return null;
  }

  const replySpec: OfferSpec = {
    name: replyOffer,
    description: "Takes the answers to direct messages of this plugin.",
    action: "read",
  };

  return {
    ...messageSender(plugin),

    async request<Reply>(
      to: string,
      data: unknown,
      { timeoutMs = defaultTimeoutMs, signal }: RequestReplyOptions = {},
    ) {
      taking ??= plugin.offer(replySpec, (args, call) => takeReply(args, call.caller));
      await taking.ready;
      const requestId = crypto.randomUUID();
      const wish = { replyTo: `${plugin.info.plugin.name}/${replyOffer}`, requestId };
      let over = () => {};
      const answer = new Promise((resolve, reject) => {
        pending.set(requestId, { to, resolve, reject });
        const late = () =>
          reject(new Failure("timeout", `${to} did not answer the message within ${timeoutMs / 1_000} s.`));
        const timer = setTimeout(late, timeoutMs);
        const onAbort = () => reject(asFailure(signal?.reason, "The request"));
        signal?.addEventListener("abort", onAbort, { once: true });
        if (signal?.aborted) onAbort();
        over = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          pending.delete(requestId);
        };
      });
      answer.catch(() => {});
      try {
        await plugin.publish("inbox", { ...(isJsonObject(data) ? data : { message: data }), ...wish }, { to });
        return (await answer) as Reply;
      } finally {
        over();
      }
    },

    on(...given: [MessageHandler, SubscribeOptions?] | ["message", MessageHandler, SubscribeOptions?]) {
      const [handler, options] = given[0] === "message" ? [given[1], given[2]] : [given[0], given[1]];
      return plugin.subscribe(
        "inbox",
        async (event) => {
          const { data, wish } = unwrapped(event.data);
          let replied = false;
          const answer = async (args: Record<string, unknown>) => {
            if (!wish)
              throw new Failure("invalidRequest", `${event.source} does not wait for an answer.`, {
                todo: "Whoever wants one asks with `messaging.request`.",
              });
            if (replied) throw new Failure("conflict", "This message was answered already.");
            replied = true;
            await plugin.call(wish.replyTo, { requestId: wish.requestId, ...args });
          };
          const { source: from, timestamp } = event;
          const own = { from, timestamp, data, wantsReply: wish !== undefined };
          const reply = (value?: unknown) => answer({ reply: value ?? null });
          try {
            await handler({ ...(isJsonObject(data) ? data : {}), ...own, reply });
          } catch (error) {
            if (wish && !replied) {
              await answer({ error: refusal(error) });
            }
            throw error;
          }
        },
        options,
      );
    },
  };
}

type Refusal = NonNullable<ReplyArgs["error"]>;

/** What the sender is told of what a handler threw, within the bounds of any error. */
function refusal(error: unknown): Refusal {
  if (!(error instanceof Failure)) return { kind: "internal", message: "The handler of the message failed." };
  const { message, data } = toWireError(error);
  const { kind: _kind, todo: _todo, ...details } = data as Record<string, unknown>;
  const { kind, todo } = error;
  return { kind, message, ...(todo !== undefined && { todo: todo.slice(0, 4_000) }), details };
}

/** `replyKind` repeats the kind: an error that is handed on to a caller has no `kind` but its own there. */
function refusedBy({ kind, message, todo, details }: Refusal): Failure {
  return new Failure("unavailable", message, { todo, details: { ...details, kind, replyKind: kind } });
}

/** What was sent, without what says that an answer is wanted. */
function unwrapped(sent: unknown): { data: unknown; wish?: { replyTo: string; requestId: string } } {
  const wish = replyWish.safeParse(sent);
  if (!wish.success || !isJsonObject(sent)) return { data: sent };
  const { replyTo: _to, requestId: _id, ...data } = sent;
  const fields = Object.keys(data);
  return { data: fields.length === 1 && fields[0] === "message" ? data.message : data, wish: wish.data };
}
