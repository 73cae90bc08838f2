import type { CancelSignal } from "../../base/cancel.ts";
import type { RateKind } from "../../protocol/limits.ts";
import type { Meta } from "../../protocol/plugin/common.ts";
import type { ParsedOf, PluginToHost, RequestMethod, ResultOf } from "../../protocol/plugin/methods.ts";
import type { CallProgress } from "../calls/types.ts";
import type { CallRecord } from "../journal/records.ts";
import type { Deed } from "../rules/targets.ts";
import type { Session } from "./session.ts";

/** What a service knows of the message that it answers: the host's own knowledge, but for what the plugin says in `meta`. */
export interface ServiceContext {
  readonly session: Session;
  /** The call to this plugin inside which the message was sent, if it is in progress. */
  readonly inside: CallRecord | undefined;
  /** The conversation that the message names, where the plugin has to do with it; else that of the call, or of `meta`. */
  readonly conversation: string | undefined;
  readonly signal: AbortSignal;
  /** The same for those who only hand it on: it costs next to nothing. */
  readonly cancellation: CancelSignal;
  /** For a `partial` it answers a promise that resolves when the plugin has credit for it. */
  readonly progress: (value: CallProgress) => unknown;
  readonly meta: Meta;
  /** How many events led to it, one after another: as many as the plugin says, and no fewer than to the call that it is inside. */
  readonly hops: number;
  /** The rule that allowed it; empty where no right is needed. */
  readonly rule: string;
  /** Writes down that the plugin is refused something that no rule of the list could allow it, before it is told so. */
  readonly refuse: (deed: Deed, rule: string) => void;
  /** Stops the clocks of what waits for the plugin while a person is asked; the answer starts them again. */
  readonly hold: () => () => void;
  /** Waits for the person: the clocks of the calls above stand still meanwhile, and the plugin is told that it has to wait. */
  readonly whileAsking: <T>(ask: () => Promise<T>) => Promise<T>;
}

/** One method that plugins may call. Rights and limits are stated here and enforced by the router, never by the handler. */
export interface Service<M extends RequestMethod<PluginToHost>> {
  /** A limit per plugin, and what is counted in the plural. */
  readonly rate?: (params: ParsedOf<PluginToHost, M>) => { kind: RateKind; what: string } | undefined;
  /** All must be allowed. None where `decide()` is asked by what the service leads to, as with `call`. */
  readonly rights?: (
    params: ParsedOf<PluginToHost, M>,
    session: Session,
    conversation: string | undefined,
  ) => readonly Deed[];
  handle(
    params: ParsedOf<PluginToHost, M>,
    context: ServiceContext,
  ): Promise<ResultOf<PluginToHost, M>> | ResultOf<PluginToHost, M>;
}

export type ServiceTable = { readonly [M in RequestMethod<PluginToHost>]: Service<M> };
