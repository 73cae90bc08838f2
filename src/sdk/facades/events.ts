import type { EventHandler, Subscribe, SubscribeOptions } from "../subscriptions.ts";
import { parseTopic } from "../target.ts";
import type { PublishOptions, Verbs } from "../verbs.ts";

/** Events by topic: `publish` by its familiar name. `plugin:activated` is another way to write `plugin.activated`. */
export interface EventSender {
  /** Tells all who listen, and answers the event's id; it does not wait for them. */
  emit(topic: string, data?: unknown, options?: PublishOptions): Promise<string>;
}

export interface Events extends EventSender {
  /** Hears `{type, source, timestamp, data}`; `*` is one token, `>` the rest. A handler that fails is logged and hurts nobody. */
  on: Subscribe;
  /** Hears the next one only. */
  once: Subscribe;
}

export function eventSender({ publish }: Pick<Verbs, "publish">): EventSender {
  return { emit: (topic, data, options) => publish(parseTopic(topic), data, options) };
}

export function createEvents(plugin: Pick<Verbs, "publish"> & { readonly subscribe: Subscribe }): Events {
  const on = plugin.subscribe;
  const once: Subscribe = (topic: string, handler: EventHandler<never>, options?: SubscribeOptions) => {
    const first: EventHandler<never> = (event) => {
      handle.dispose();
      return handler(event);
    };
    const handle = on(topic, first, options);
    return handle;
  };
  return { ...eventSender(plugin), on, once };
}
