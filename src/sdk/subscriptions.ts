import { Failure } from "../base/failure.ts";
import { limits } from "../protocol/limits.ts";
import type { ActivityData, ActivityTopic } from "../protocol/plugin/activity.ts";
import type { DeliverParams, PluginEvent, Subscription } from "../protocol/plugin/events.ts";
import type { Inside } from "./inside.ts";
import { type Registrar, type Registration, registration } from "./registrar.ts";
import { parseTopic } from "./target.ts";

export type { PluginEvent };

/** An event whose data has a known shape. */
export type EventOf<Data> = Omit<PluginEvent, "data"> & { data: Data };
export type EventHandler<Data> = (event: EventOf<Data>) => unknown;

export interface SubscribeOptions extends Omit<Subscription, "topic"> {
  /** Hears how many events were dropped because the plugin was too slow, and their first and last number. */
  onLost?: (lost: NonNullable<DeliverParams["lost"]>) => void;
}

/** Subscribes; the topics of the host have typed data. */
export interface Subscribe {
  <Topic extends ActivityTopic>(
    topic: Topic,
    handler: EventHandler<ActivityData<Topic>>,
    options?: SubscribeOptions,
  ): Registration;
  <Data = unknown>(topic: string, handler: EventHandler<Data>, options?: SubscribeOptions): Registration;
}

interface LocalSubscription {
  readonly topic: string;
  readonly handler: EventHandler<never>;
  readonly onLost: SubscribeOptions["onLost"];
  waiting: number;
  last: Promise<void>;
  /** Nothing is handled any more, also not what has arrived already. */
  over?: boolean;
}

/**
 * The plugin's subscriptions by handle. The events of one subscription are handled in order, one after another; different
 * subscriptions do not wait for each other, and a handler that throws hurts no other.
 */
export class LocalSubscriptions {
  readonly #byHandle = new Map<string, LocalSubscription>();
  readonly #registrar: Registrar;
  readonly #onFault: (what: string, error: unknown) => void;

  readonly #inside: Inside | undefined;

  constructor(registrar: Registrar, onFault: (what: string, error: unknown) => void, inside?: Inside) {
    this.#registrar = registrar;
    this.#onFault = onFault;
    this.#inside = inside;
  }

  add(topic: string, handler: EventHandler<never>, options: SubscribeOptions = {}): Registration {
    const { onLost, ...rest } = options;
    const own: LocalSubscription = {
      topic: parseTopic(topic),
      handler,
      onLost,
      waiting: 0,
      last: Promise.resolve(),
    };
    // What the host sent before it heard of the end still comes under the handle, and is passed over.
    const told = this.#registrar.add(
      { subscription: { topic: own.topic, ...rest } },
      (handle) => void this.#byHandle.set(handle, own),
      (handle) => void this.#byHandle.delete(handle),
    );
    return registration(told.ready, () => {
      own.over = true;
      told.dispose();
    });
  }

  /** Hands the events to their handler; settles when it has seen all of them, which acknowledges them. */
  async deliver({ subscription, events, lost }: DeliverParams): Promise<null> {
    if (!this.#byHandle.has(subscription)) await this.#registrar.settled();
    const own = this.#byHandle.get(subscription);
    if (!own) throw new Failure("notFound", `The plugin has no subscription "${subscription}".`);
    if (lost) this.#tellLost(own, lost);
    for (const event of events) this.#enqueue(own, event);
    await own.last;
    return null;
  }

  #enqueue(own: LocalSubscription, event: PluginEvent): void {
    if (own.waiting >= limits.eventQueueCount) {
      this.#tellLost(own, { from: event.seq, to: event.seq, count: 1 });
      return;
    }
    own.waiting += 1;
    own.last = own.last.then(async () => {
      own.waiting -= 1;
      if (!own.over) await this.#run(own, () => this.#hear(event, () => own.handler(event as never)));
    });
  }

  #hear(event: PluginEvent, handle: () => unknown): unknown {
    return this.#inside ? this.#inside.hear(event, handle) : handle();
  }

  #tellLost(own: LocalSubscription, lost: NonNullable<DeliverParams["lost"]>): void {
    void this.#run(own, () => own.onLost?.(lost));
  }

  async #run(own: LocalSubscription, handle: () => unknown): Promise<void> {
    try {
      await handle();
    } catch (error) {
      this.#onFault(`The handler of "${own.topic}" failed`, error);
    }
  }
}
