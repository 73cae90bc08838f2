import { type Disposable, toDisposable } from "../base/dispose.ts";
import type { Subscription } from "../protocol/plugin/events.ts";
import type { InterceptSpec } from "../protocol/plugin/intercepts.ts";
import type { InitializeResult } from "../protocol/plugin/lifecycle.ts";
import type { ParamsOf, PluginToHost } from "../protocol/plugin/methods.ts";
import type { Offer } from "../protocol/plugin/offers.ts";
import type { Channel } from "./channel.ts";

export type Declaration = { offer: Offer } | { subscription: Subscription } | { intercept: InterceptSpec };

/** Something that the host knows of, until it is disposed; also inside its own handler, which then runs no more. */
export interface Registration extends Disposable {
  /** Settles when the host has taken it; rejects with the host's reason when it does not. */
  readonly ready: Promise<void>;
  /** The same as `dispose`. */
  off(): void;
}

export function registration(ready: Promise<void>, release: () => void): Registration {
  const { dispose } = toDisposable(release);
  return { ready, dispose, off: dispose };
}

/** Several as one. */
export function allOf(registrations: readonly Registration[]): Registration {
  const ready = Promise.all(registrations.map((one) => one.ready)).then(() => {});
  // Whoever does not wait for it hears of a refusal in the log.
  ready.catch(() => {});
  return registration(ready, () => {
    for (const one of registrations) one.dispose();
  });
}

interface Declared {
  readonly what: Declaration;
  readonly onHandle: (handle: string) => void;
  readonly onGone: (handle: string) => void;
  handle?: string;
  disposed?: boolean;
}

/**
 * Tells the host what the plugin offers, hears and guards. What is added before `initial` travels in the answer to
 * `initialize` under handles chosen here; what is added later is registered one by one.
 */
export class Registrar {
  readonly #channel: Channel;
  readonly #onRefused: (what: string, error: unknown) => void;
  readonly #declared: Declared[] = [];
  readonly #pending = new Set<Promise<void>>();
  #answered = false;

  constructor(channel: Channel, onRefused: (what: string, error: unknown) => void) {
    this.#channel = channel;
    this.#onRefused = onRefused;
  }

  /** `onHandle` gets the handle under which the host will speak of it; `onGone` is told when it no longer does. */
  add(
    what: Declaration,
    onHandle: (handle: string) => void = () => {},
    onGone: (handle: string) => void = () => {},
  ): Registration {
    const declared: Declared = { what, onHandle, onGone };
    const ready = this.#answered ? this.#register(declared) : Promise.resolve();
    if (!this.#answered) this.#declared.push(declared);
    return registration(ready, () => this.#remove(declared));
  }

  /** The declarations for the answer to `initialize`. */
  initial(): Pick<InitializeResult, "offers" | "subscriptions" | "intercepts"> {
    this.#answered = true;
    const offers: NonNullable<InitializeResult["offers"]> = [];
    const subscriptions: NonNullable<InitializeResult["subscriptions"]> = [];
    const intercepts: NonNullable<InitializeResult["intercepts"]> = [];
    for (const [index, declared] of this.#declared.entries()) {
      if (declared.disposed) continue;
      const handle = `initial-${index + 1}`;
      this.#assign(declared, handle);
      if ("offer" in declared.what) offers.push({ ...declared.what.offer, handle });
      else if ("subscription" in declared.what) subscriptions.push({ ...declared.what.subscription, handle });
      else intercepts.push({ ...declared.what.intercept, handle });
    }
    return { offers, subscriptions, intercepts };
  }

  /** Settles when no registration is on its way, so that every handle the host may use is known. */
  async settled(): Promise<void> {
    if (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  #register(declared: Declared): Promise<void> {
    const ready = this.#channel.request("register", declared.what as ParamsOf<PluginToHost, "register">).then(
      ({ handle }) => {
        if (declared.disposed) this.#unregister(declared, handle);
        else this.#assign(declared, handle);
      },
      (error: unknown) => {
        this.#onRefused(describe(declared.what), error);
        throw error;
      },
    );
    this.#pending.add(ready);
    ready.finally(() => this.#pending.delete(ready)).catch(() => {});
    return ready;
  }

  #assign(declared: Declared, handle: string): void {
    declared.handle = handle;
    declared.onHandle(handle);
  }

  #remove(declared: Declared): void {
    declared.disposed = true;
    if (declared.handle !== undefined) this.#unregister(declared, declared.handle);
  }

  #unregister(declared: Declared, handle: string): void {
    const gone = () => declared.onGone(handle);
    // A host that does not know the handle, or is gone, sends nothing under it either.
    this.#channel.request("unregister", { handle }).then(gone, gone);
  }
}

function describe(what: Declaration): string {
  if ("offer" in what) return `The offer "${what.offer.name}"`;
  if ("subscription" in what) return `The subscription to "${what.subscription.topic}"`;
  return `The intercept at "${what.intercept.point}"`;
}
