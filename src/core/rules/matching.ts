import type { Rule } from "../../protocol/rules.ts";
import { topicCovers, topicMatches, topicsOverlap } from "../events/topics.ts";
import { globMatches, literalLength, pathMatches } from "./patterns.ts";
import type { Deed } from "./targets.ts";

/** Where a request happens. */
export interface RequestScope {
  readonly conversation?: string;
  readonly workspace?: string;
}

/**
 * Whether a rule speaks about a principal's deed at this time and place. Revoked and expired rules do not.
 *
 * - Target: `*` alone is everything. Topics (publish, subscribe) have `*` and `>` as the bus has them; all other targets are paths.
 *   A subscription asks for many topics at once: a rule that allows must cover them all, one that denies or asks need only touch them.
 * - Action: a request that names none could mean any, so a rule for one action then speaks only if it denies or asks.
 */
export function ruleApplies(
  rule: Rule,
  principal: string,
  deed: Deed,
  scope: RequestScope | undefined,
  now: number,
): boolean {
  if (rule.revoked || (rule.expires !== undefined && rule.expires <= now)) return false;
  if (rule.verb !== "*" && rule.verb !== deed.verb) return false;
  if (rule.who !== principal && !globMatches(rule.who, principal)) return false;
  if (rule.scope?.conversation !== undefined && rule.scope.conversation !== scope?.conversation) return false;
  if (rule.scope?.workspace !== undefined && rule.scope.workspace !== scope?.workspace) return false;
  if (rule.action !== undefined && rule.action !== "*" && rule.action !== deed.action) {
    if (deed.action !== undefined || rule.effect === "allow") return false;
  }
  return targetFits(rule, deed);
}

function targetFits(rule: Rule, deed: Deed): boolean {
  if (rule.target === "*") return true;
  if (deed.verb === "publish") return topicMatches(rule.target, deed.target);
  if (deed.verb !== "subscribe") return pathMatches(rule.target, deed.target);
  return rule.effect === "allow" ? topicCovers(rule.target, deed.target) : topicsOverlap(rule.target, deed.target);
}

/**
 * Orders rules of one effect, the one to name first: the longer literal part of the target, then of `who`, then a stated
 * verb, a stated action, a narrower scope (conversation before workspace before everywhere), then a person's rule before a
 * grant before a builtin one, then the id.
 */
export function bySpecificity(one: Rule, other: Rule): number {
  return (
    literalLength(other.target) - literalLength(one.target) ||
    literalLength(other.who) - literalLength(one.who) ||
    stated(other.verb) - stated(one.verb) ||
    stated(other.action) - stated(one.action) ||
    narrowness(other) - narrowness(one) ||
    sources.indexOf(one.source) - sources.indexOf(other.source) ||
    (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
  );
}

const sources: readonly Rule["source"][] = ["person", "grant", "builtin"];

function stated(word: string | undefined): number {
  return word === undefined || word === "*" ? 0 : 1;
}

function narrowness(rule: Rule): number {
  return (rule.scope?.conversation === undefined ? 0 : 2) + (rule.scope?.workspace === undefined ? 0 : 1);
}
