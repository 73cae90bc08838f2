import type { NewMessage, Verbs } from "../verbs.ts";

/** Calls in the broker's form: target, method, action, request. */
export interface Broker {
  /** The request becomes the arguments, as `{metadata?, parameters?, body?}`. Another action than the offer's own is refused. */
  call: Verbs["callPlugin"];
  /** Names of the plugins that have something to call. */
  list: Verbs["listPlugins"];
}

/** The verbs by the names that older plugins know them by. */
export interface OlderNames {
  CallPlugin: Verbs["callPlugin"];
  ListPlugins: Verbs["listPlugins"];
  /** Adds a message: as one thing, or as its role and its content. */
  add_message: {
    (message: NewMessage | string): ReturnType<Verbs["addMessage"]>;
    (role: NonNullable<NewMessage["role"]>, content: string): ReturnType<Verbs["addMessage"]>;
  };
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
    add_message: (message: NewMessage | string, content?: string) =>
      verbs.addMessage(content === undefined ? message : ({ role: message, content } as NewMessage)),
    emit_event: verbs.emitEvent,
    get_context: verbs.getContext,
  };
}
