import { Failure } from "../base/failure.ts";
import { isThenable } from "../base/thenable.ts";
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
  /** Events that have arrived and that no handler has begun with. */
  waiting: number;
  /** Settles when what was delivered last is handled; undefined where nothing is. */
  busy: Promise<void> | undefined;
  /** Nothing is handled any more, also not what has arrived already. */
  over?: boolean;
}

/**
 * The plugin's subscriptions by handle. The events of one subscription are handled in order, one after another; different
 * subscriptions do not wait for each other, and a handler that throws hurts no other.
 */
export class LocalSubscriptions {
  readonly #byHandle = new Map<string, LocalSubscription>();
  /** What to do with what came under a handle before the answer that names it, in order. */
  readonly #early = new Map<string, ((own: LocalSubscription) => void)[]>();
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
      busy: undefined,
    };
    // What the host sent before it heard of the end still comes under the handle, and is passed over.
    const told = this.#registrar.add(
      { subscription: { topic: own.topic, ...rest } },
      (handle) => this.#known(handle, own),
      (handle) => void this.#byHandle.delete(handle),
    );
    return registration(told.ready, () => {
      own.over = true;
      told.dispose();
    });
  }

  /**
   * Hands the events to their handler, before it returns where nothing is being handled and the handler takes no time
   * of its own. What is answered, or resolves, when the handler has seen all of them acknowledges them.
   */
  deliver(params: DeliverParams): null | Promise<null> {
    const own = this.#byHandle.get(params.subscription);
    return own ? this.#take(own, params) : this.#deliverSoon(params);
  }

  /** The answer to the registration may still be on its way: it is taken before whatever comes after that. */
  #deliverSoon(params: DeliverParams): Promise<null> {
    const { subscription: handle } = params;
    return new Promise((resolve, reject) => {
      const early = this.#early.get(handle) ?? [];
      this.#early.set(handle, early);
      early.push((own) => resolve(this.#take(own, params)));
      void this.#registrar.settled().then(() => {
        this.#early.delete(handle);
        reject(new Failure("notFound", `The plugin has no subscription "${handle}".`));
      });
    });
  }

  #known(handle: string, own: LocalSubscription): void {
    this.#byHandle.set(handle, own);
    const early = this.#early.get(handle) ?? [];
    this.#early.delete(handle);
    for (const take of early) take(own);
  }

  #take(own: LocalSubscription, { events: all, lost }: DeliverParams): null | Promise<null> {
    if (lost) this.#tellLost(own, lost);
    const room = Math.max(0, limits.eventQueueCount - own.waiting);
    const events = all.length <= room ? all : all.slice(0, room);
    const [first, last] = [all[room], all.at(-1)];
    if (first && last) this.#tellLost(own, { from: first.seq, to: last.seq, count: all.length - room });
    own.waiting += events.length;
    const handled = own.busy ? own.busy.then(() => this.#handle(own, events)) : this.#handle(own, events);
    if (!handled) return null;
    own.busy = handled;
    return handled.then(() => {
      if (own.busy === handled) own.busy = undefined;
      return null;
    });
  }

  /** Runs the handler for one event after the other; answers a promise where one of them takes its time. */
  #handle(own: LocalSubscription, events: readonly PluginEvent[], from = 0): Promise<void> | undefined {
    let slow: Promise<void> | undefined;
    for (let next = from; next < events.length; ) {
      const hops = events[next]?.hops;
      // Neighbours that as many events led to are heard in one trace, which is made once for them.
      this.#hear(hops, () => {
        for (let event = events[next]; event && event.hops === hops && !slow; event = events[++next])
          slow = this.#handleOne(own, event);
      });
      if (slow) return slow.then(() => this.#handle(own, events, next));
    }
    return undefined;
  }

  #handleOne(own: LocalSubscription, event: PluginEvent): Promise<void> | undefined {
    own.waiting -= 1;
    return own.over ? undefined : this.#run(own, own.handler, event);
  }

  #hear(hops: number | undefined, handle: () => void): void {
    if (this.#inside) this.#inside.hear(hops, handle);
    else handle();
  }

  #tellLost(own: LocalSubscription, lost: NonNullable<DeliverParams["lost"]>): void {
    if (own.onLost) void this.#run(own, own.onLost, lost);
  }

  /** A handler that fails is told of and hurts no other; answers a promise where it takes its time. */
  #run(own: LocalSubscription, handler: (value: never) => unknown, value: unknown): Promise<void> | undefined {
    try {
      const outcome = handler(value as never);
      return isThenable(outcome)
        ? Promise.resolve(outcome).then(
            () => {},
            (error) => this.#failed(own, error),
          )
        : undefined;
    } catch (error) {
      this.#failed(own, error);
      return undefined;
    }
  }

  #failed({ topic }: LocalSubscription, error: unknown): void {
    this.#onFault(`The handler of "${topic}" failed`, error);
  }
}
