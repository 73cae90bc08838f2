import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { Rate } from "../../protocol/limits.ts";
import type { Rule } from "../../protocol/rules.ts";
import type { RightsRequest } from "./decide.ts";
import { ruleApplies } from "./matching.ts";
import { TokenBuckets } from "./rates.ts";

/**
 * The rates that rules carry. Every rule with a rate that speaks about a deed counts it, whichever rule allows the
 * deed; each principal has a bucket of its own with each rule.
 */
export class RuleRates {
  readonly #clock: Clock;
  readonly #rules: () => readonly Rule[];
  readonly #buckets: TokenBuckets;

  /** `rules` answers those with a rate. */
  constructor(clock: Clock, rules: () => readonly Rule[]) {
    this.#clock = clock;
    this.#rules = rules;
    this.#buckets = new TokenBuckets(clock);
  }

  /**
   * Counts a deed that is allowed, with all rules or with none. Fails with `overloaded`, which names the rule for which it has to wait
   * longest, where that is too often.
   */
  count(request: RightsRequest): void {
    const rules = this.#rules();
    if (rules.length === 0) return;
    const { principals, scope, ...deed } = request;
    const counted: { key: string; rate: Rate }[] = [];
    let longest: { readonly waitMs: number; readonly failure: Failure } | undefined;
    for (const { id, rate, ...rule } of rules) {
      if (!rate) continue;
      for (const principal of principals) {
        if (!ruleApplies({ id, rate, ...rule }, principal, deed, scope, this.#clock.now())) continue;
        const burst = rate.burst ?? Math.max(1, Math.ceil(rate.perMinute / 6));
        const bucket = { key: `${id} ${principal}`, rate: { perSecond: rate.perMinute / 60, burst } };
        const wait = this.#buckets.look(bucket.key, bucket.rate);
        counted.push(bucket);
        const waitMs = wait?.retryAfterMs ?? 0;
        if (waitMs > (longest?.waitMs ?? 0))
          longest = { waitMs, failure: tooOften(principal, deed, id, rate.perMinute, waitMs) };
      }
    }
    if (longest) throw longest.failure;
    for (const { key, rate } of counted) this.#buckets.take(key, rate);
  }
}

function tooOften(
  principal: string,
  { verb, target }: Pick<RightsRequest, "verb" | "target">,
  rule: string,
  perMinute: number,
  retryAfterMs: number,
): Failure {
  return new Failure("overloaded", `${principal} may ${verb} ${target} ${perMinute} times a minute (rule "${rule}").`, {
    todo: `Try again in ${retryAfterMs} ms, and less often; the person can change the rule.`,
    details: { reason: "tooOften", retryAfterMs, rule, limit: perMinute },
  });
}
