import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import { type Rate, type RateKind, rates } from "../../protocol/limits.ts";

/** The rate that is in force for a plugin, asked each time. */
export type RateOf = (plugin: string, kind: RateKind) => Rate;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by key; each is full when it is first asked for. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one token; where there is none, takes nothing and answers in how many milliseconds there will be one. */
  take(key: string, rate: Rate): undefined | { retryAfterMs: number } {
    const wait = this.look(key, rate);
    const bucket = this.#buckets.get(key);
    if (!wait && bucket) bucket.tokens = Math.max(0, bucket.tokens - 1);
    return wait;
  }

  /** Puts a token back that was taken for something that did not happen. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens += 1;
  }

  /** As `take`, and takes nothing in either case. */
  look(key: string, { perSecond, burst }: Rate): undefined | { retryAfterMs: number } {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    this.#buckets.set(key, bucket);
    // A clock that was set back adds nothing and takes nothing away.
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    // Rounding must not make somebody wait who waited as long as told.
    if (bucket.tokens >= 1 - 1e-9) return undefined;
    return { retryAfterMs: Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000) };
  }
}

/**
 * Limits how often a plugin does what costs attention, money or disk: one token bucket per plugin and kind. A restart of the
 * plugin does not refill its buckets.
 */
export class Rates {
  readonly #table: RateOf;
  readonly #buckets: TokenBuckets;

  constructor({ clock, table = (_, kind) => rates[kind] }: { clock: Clock; table?: RateOf }) {
    this.#buckets = new TokenBuckets(clock);
    this.#table = table;
  }

  /** Takes one token; where there is none, takes nothing and answers in how many milliseconds there will be one. */
  take(plugin: string, kind: RateKind): undefined | { retryAfterMs: number } {
    return this.#buckets.take(`${kind} ${plugin}`, this.#table(plugin, kind));
  }

  /** What a token was taken for did not happen, and cost nothing. */
  giveBack(plugin: string, kind: RateKind): void {
    this.#buckets.giveBack(`${kind} ${plugin}`);
  }

  /** As `take`, with the failure that the plugin is told. `what` is the plural of what is limited, as in "messages". */
  check(plugin: string, kind: RateKind, what: string): void {
    const wait = this.take(plugin, kind);
    if (!wait) return;
    throw new Failure("overloaded", `${plugin} sends more ${what} than the limit allows.`, {
      todo: `Try again in ${wait.retryAfterMs} ms, and send fewer.`,
      details: { ...wait, limit: kind },
    });
  }
}
