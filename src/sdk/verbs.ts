import { isJsonObject } from "../base/json.ts";
import type { CallRow } from "../protocol/plugin/calls.ts";
import type { OfferAction } from "../protocol/plugin/common.ts";
import type { ContextResult, MessageIntent } from "../protocol/plugin/conversation.ts";
import type { PluginToHost, ResultOf } from "../protocol/plugin/methods.ts";
import type { ListedOffer } from "../protocol/plugin/offers.ts";
import type { Want } from "../protocol/rules.ts";
import type { ProgressValue, RequestOptions } from "../rpc/types.ts";
import { type Actions, createActions } from "./actions.ts";
import { createAgent, type PluginAgent } from "./agent.ts";
import type { Channel } from "./channel.ts";
import { type CallContext, childMeta, noContext } from "./context.ts";
import { createDatabase, type Database } from "./database.ts";
import { createModel, type Model } from "./model.ts";
import { createState, type State } from "./state.ts";
import { type ResultStream, streamOf } from "./stream.ts";
import { type CallTo, type MessageButton, parseButton, parseTarget } from "./target.ts";

export interface CallOptions {
  /** The action that the caller expects; the host refuses the call when the offer's own is another. */
  action?: OfferAction;
  /** Aborting cancels the call on the other side too. */
  signal?: AbortSignal;
  /** Milliseconds without progress after which the call fails with `timeout`. The default is 60 s. */
  timeoutMs?: number;
  /** Hears progress and, as `partial`, the pieces of a streaming result; a promise that it answers holds back the next ones. */
  onProgress?: (value: ProgressValue) => unknown;
  /** Answers `{callId}` at once and lets the call run on; its end is the event `call.ended`. */
  detach?: boolean;
}

/** Calls by the id that a detached call is answered with. Of a call of others each fails with `notFound`. */
export interface CallRows {
  /** Where it stands, also after a reload of the window: `interrupted` where that ended it. */
  get(callId: string): Promise<CallRow>;
  /** Asks it to stop; `ended` where it is not in progress. */
  cancel(callId: string): Promise<"cancelling" | "ended">;
}

export interface PublishOptions {
  /** With the topic `inbox`: the one plugin that is to get it. */
  to?: string;
  /** Show it in the activity section. */
  show?: boolean;
  /** Keep the last one for late subscribers. */
  latest?: boolean;
  /** Keep it until a subscriber acknowledged it. */
  keep?: boolean;
  dedupeKey?: string;
}

export interface NewMessage {
  /** Markdown of at most 64 KiB. */
  content: string;
  /** `notify` (default): the person sees it. `context`: the model too, at its next step. `wake`: it also starts a turn. */
  intent?: MessageIntent;
  role?: "user" | "assistant" | "system";
  actions?: MessageButton[];
  /** A second message with the same key in a conversation adds nothing and answers the first one's id. */
  dedupeKey?: string;
  conversation?: string;
}

export interface ContextOptions {
  include?: ("messages" | "focus" | "usage" | "agent")[];
  limit?: number;
  before?: string;
  conversation?: string;
}

/** Which offers are wanted: of one plugin, of one capability, with one facet. */
export interface OffersFilter {
  plugin?: string;
  provides?: string;
  facet?: "agent" | "palette" | "provides";
}

/** The shape that the broker's older callers send; it becomes the arguments of the call. */
export interface BrokerRequest {
  metadata?: Record<string, string>;
  parameters?: Record<string, string[]>;
  body?: unknown;
}

/**
 * What a plugin can ask of its host. Every promise rejects with a `PluginError` whose `kind` says what went wrong: `denied`,
 * `notFound`, `unavailable`, `timeout`, `overloaded` …
 */
export interface Verbs extends Actions {
  /** Calls an offer and answers its result. */
  call<Result = unknown>(to: CallTo, args?: Record<string, unknown>, options?: CallOptions): Promise<Result>;
  /** Calls an offer and reads the pieces of its result while they are made: `for await (const part of call.stream("a/b"))`. */
  stream<Part = unknown, Result = unknown>(
    to: CallTo,
    args?: Record<string, unknown>,
    options?: Omit<CallOptions, "detach">,
  ): ResultStream<Part, Result>;
  /** Calls that the plugin made, or that were made to it: what becomes of those that run in the background. */
  readonly calls: CallRows;
  /** Publishes an event and answers its id. */
  publish(topic: string, data?: unknown, options?: PublishOptions): Promise<string>;
  readonly state: State;
  /** The plugin's own SQLite file. */
  readonly database: Database;
  /** The model that the person chose, within the plugin's budget. */
  readonly model: Model;
  readonly agent: PluginAgent;
  /** What a reference in a large event stands for, all of it. */
  getContent<Value = unknown>(reference: string | { $reference: string }): Promise<Value>;
  /** Asks the person for rights that the manifest does not state, on one sheet. */
  requestRights(wants: readonly Want[]): Promise<ResultOf<PluginToHost, "rights/request">>;
  /** Adds a message to the conversation. */
  addMessage(message: NewMessage | string): Promise<ResultOf<PluginToHost, "conversation/addMessage">>;
  /** Reads the conversation; parts that the plugin may not read are named in `redacted`. */
  getContext(options?: ContextOptions): Promise<ContextResult>;
  /** What other plugins offer, each with whether it can be called now and whether this plugin may. */
  offers(filter?: OffersFilter): Promise<ListedOffer[]>;
  /** `publish` by its older name. */
  emitEvent(type: string, data?: unknown, options?: PublishOptions): Promise<string>;
  /** `call` in the broker's older form: target, method, action, request. */
  callPlugin<Result = unknown>(
    target: string,
    method: string,
    action?: OfferAction,
    request?: BrokerRequest,
    options?: Omit<CallOptions, "action">,
  ): Promise<Result>;
  /** Names of the plugins that have something to call. */
  listPlugins(): Promise<string[]>;
}

/** The verbs, bound to a call: what they send belongs to it, ends with it and shares its deadline. */
export function createVerbs(channel: Channel, context: CallContext = noContext): Verbs {
  const meta = () => childMeta(context);

  function call<Result>(to: CallTo, args: Record<string, unknown> = {}, options: CallOptions = {}): Promise<Result> {
    const { action, detach, signal, timeoutMs, onProgress = ignore } = options;
    let target: ReturnType<typeof parseTarget>;
    try {
      target = parseTarget(to);
    } catch (error) {
      return Promise.reject(error);
    }
    const params = { to: target.to, name: target.name, args, action, detach, _meta: meta() };
    // A detached call outlives its caller, so the caller's cancellation is not its own.
    const until = detach ? signal : either(context.signal, signal);
    return channel.request("call", params, { timeoutMs, onProgress, signal: until }).then(whole<Result>);
  }

  /** A result that was too large for one answer came as a reference. */
  function whole<Result>(result: unknown): Result | Promise<Result> {
    return isReference(result) ? getContent<Result>(result) : (result as Result);
  }

  async function getContent<Value>(reference: string | { $reference: string }): Promise<Value> {
    const named = typeof reference === "string" ? reference : reference.$reference;
    let gathered = "";
    for (let offset = 0; ; ) {
      const params = { reference: named, offset, _meta: meta() };
      const { text, type, next } = await channel.request("content/get", params, bound());
      gathered += text;
      if (next === undefined) return (type === "string" ? gathered : JSON.parse(gathered)) as Value;
      offset = next;
    }
  }

  async function publish(topic: string, data: unknown = null, options: PublishOptions = {}) {
    return (await channel.request("publish", { topic, data, ...options, _meta: meta() }, bound())).eventId;
  }

  const list = (filter: OffersFilter = {}) => channel.request("offers/list", { ...filter, _meta: meta() }, bound());

  const bound = (): RequestOptions => ({ signal: context.signal });

  return {
    call,
    stream: (to, args, options = {}) => streamOf((more) => call(to, args, { ...options, ...more }), options),
    publish,
    calls: {
      async get(callId) {
        const row = await channel.request("calls/get", { callId, _meta: meta() }, bound());
        return { ...row, ...(row.result === undefined ? {} : { result: await whole(row.result) }) };
      },
      cancel: async (callId) => (await channel.request("calls/cancel", { callId, _meta: meta() }, bound())).state,
    },
    state: createState(channel, meta),
    database: createDatabase(channel, meta),
    ...createActions(channel, context),
    model: createModel(channel, context),
    agent: createAgent(channel, context),
    async addMessage(message) {
      const { actions, ...rest } = typeof message === "string" ? { content: message } : message;
      const params = { ...rest, actions: actions?.map(parseButton), _meta: meta() };
      return channel.request("conversation/addMessage", params, bound());
    },
    getContext: (options = {}) => channel.request("conversation/context", { ...options, _meta: meta() }, bound()),
    getContent,
    requestRights: (wants) =>
      channel.request(
        "rights/request",
        { wants: [...wants], _meta: meta() },
        { ...bound(), timeoutMs: Number.POSITIVE_INFINITY },
      ),
    offers: async (filter) => (await list(filter)).offers,
    emitEvent: publish,
    callPlugin: (target, method, action, request = {}, options = {}) =>
      call({ plugin: target, name: method }, { ...request }, { ...options, action }),
    listPlugins: async () => (await list()).plugins,
  };
}

/** Hears of progress and needs nothing of it: that it comes is what keeps a call alive. */
function ignore(): void {}

function isReference(value: unknown): value is { $reference: string } {
  if (!isJsonObject(value) || typeof value.$reference !== "string") return false;
  return Object.keys(value).length === 3 && "type" in value && "bytes" in value;
}

function either(one?: AbortSignal, other?: AbortSignal): AbortSignal | undefined {
  return one && other ? AbortSignal.any([one, other]) : (one ?? other);
}
