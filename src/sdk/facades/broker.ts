import type { OfferAction } from "../../protocol/plugin/common.ts";
import type { BrokerRequest, Verbs } from "../verbs.ts";

/** Calls in the broker's form: target, method, action, request. */
export interface Broker {
  /** The request becomes the arguments, as `{metadata?, parameters?, body?}`. Another action than the offer's own is refused. */
  call<Result = unknown>(
    target: string,
    method: string,
    action?: OfferAction,
    request?: BrokerRequest,
  ): Promise<Result>;
  /** Names of the plugins that have something to call. */
  list(): Promise<string[]>;
}

/** The verbs by the names that older plugins know them by. */
export interface OlderNames {
  CallPlugin: Verbs["callPlugin"];
  ListPlugins: Verbs["listPlugins"];
  add_message: Verbs["addMessage"];
  emit_event: Verbs["emitEvent"];
  get_context: Verbs["getContext"];
}

type Called = Pick<Verbs, "callPlugin" | "listPlugins">;

export function createBroker({ callPlugin, listPlugins }: Called): Broker {
  return { call: callPlugin, list: listPlugins };
}

export function olderNames(verbs: Called & Pick<Verbs, "addMessage" | "emitEvent" | "getContext">): OlderNames {
  return {
    CallPlugin: verbs.callPlugin,
    ListPlugins: verbs.listPlugins,
    add_message: verbs.addMessage,
    emit_event: verbs.emitEvent,
    get_context: verbs.getContext,
  };
}
