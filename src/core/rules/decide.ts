import { Failure } from "../../base/failure.ts";
import type { Rule, RuleEffect } from "../../protocol/rules.ts";
import { bySpecificity, type RequestScope, ruleApplies } from "./matching.ts";
import { type Deed, principals } from "./targets.ts";

/** `principals` are all members of the chain that must have the right: `person`, `agent`, `plugin:<name>`. */
export interface RightsRequest extends Deed {
  readonly principals: readonly string[];
  readonly scope?: RequestScope;
  /** This very object is asked again, and never changed: the answer may be remembered by it. */
  readonly lasting?: true;
}

/** `rule` is the id of the rule that settled it, or `default:…` where none spoke; `principal` is whom it was about. */
export interface Decision {
  readonly effect: RuleEffect;
  readonly rule: string;
  readonly principal: string;
  readonly why?: string;
  /** For each principal the rule that settled what it may, so that a record can name them all. */
  readonly rules: Readonly<Record<string, string>>;
}

/**
 * Decides whether something may happen. Every principal must be allowed: the answer is deny if it is deny for one of
 * them, else ask if it is ask for one. For one principal deny beats ask beats allow beats a question of the first use,
 * and the most specific rule of that effect is named. Where no rule speaks a person is allowed, the agent is asked
 * about calls, and everything else is denied.
 */
export function decide(rules: readonly Rule[], request: RightsRequest, now: number): Decision {
  const settling: Record<string, string> = {};
  let settled: Settled | undefined;
  for (const principal of request.principals) {
    const own = decideOne(rules, principal, request, now);
    settling[principal] = own.rule;
    if (!settled || strength[own.effect] > strength[settled.effect]) settled = own;
  }
  return {
    ...(settled ?? {
      effect: "deny",
      rule: "default:nobody",
      principal: "",
      why: "Nobody was named as the one who asks.",
    }),
    rules: settling,
  };
}

type Settled = Omit<Decision, "rules">;

function decideOne(rules: readonly Rule[], principal: string, request: RightsRequest, now: number): Settled {
  let best: Rule | undefined;
  for (const rule of rules) {
    if (!ruleApplies(rule, principal, request, request.scope, now)) continue;
    if (!best || strengthOf(rule) > strengthOf(best)) best = rule;
    else if (strengthOf(rule) === strengthOf(best) && bySpecificity(rule, best) < 0) best = rule;
  }
  if (!best) return byDefault(principal, request);
  return { effect: best.effect, rule: best.id, principal, ...(best.why === undefined ? {} : { why: best.why }) };
}

const strength: Record<RuleEffect, number> = { allow: 0, ask: 1, deny: 2 };

/** A question of the first use is there to be answered by a rule, so it is weaker than any. */
function strengthOf({ effect, firstUse }: Rule): number {
  return effect === "ask" && firstUse ? -1 : strength[effect];
}

function byDefault(principal: string, deed: Deed): Settled {
  if (principal === principals.person) {
    return {
      effect: "allow",
      rule: "default:person",
      principal,
      why: "A person may do everything that no rule forbids.",
    };
  }
  if (principal === principals.agent && deed.verb === "call") {
    return {
      effect: "ask",
      rule: "default:agent-call",
      principal,
      why: "No rule lets the agent do this without asking.",
    };
  }
  const who = principal.startsWith("plugin:") ? "plugin" : principal === principals.agent ? "agent" : "other";
  return { effect: "deny", rule: `default:${who}`, principal, why: "No rule allows it." };
}

/** The failure that a refused party is told, with the rule that refused it. `what` completes "… may not", as in "publish `x`". */
export function refusal(decision: Decision, what: string): Failure {
  const { principal } = decision;
  const who = principal.startsWith("plugin:") ? `The plugin ${principal.slice(7)}` : `The ${principal || "sender"}`;
  const asked = decision.effect === "ask" ? " without the person's consent" : "";
  return new Failure(
    "denied",
    `${who} may not ${what}${asked}: rule ${decision.rule}.${decision.why ? ` ${decision.why}` : ""}`,
    {
      todo: decision.rule.startsWith("default:")
        ? "State it under `wants` in the manifest; the person then grants it in the plugin's rights."
        : "The person can change this rule in the list of rules.",
      details: { rule: decision.rule, effect: decision.effect },
    },
  );
}
