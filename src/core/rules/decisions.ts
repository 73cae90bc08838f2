import type { Rule } from "../../protocol/rules.ts";
import { type Decision, decide, type RightsRequest } from "./decide.ts";

/** As many decisions are remembered at once. */
const mostRemembered = 5_000;

/** The answers from one list of rules, remembered until a rule in it expires, so that a call's path does not read the whole list. */
export class Decisions {
  readonly #rules: readonly Rule[];
  readonly #remembered = new Map<string, Decision>();
  /** The same by the request itself, where that is asked again. */
  readonly #lasting = new Map<RightsRequest, Decision>();
  #until = Number.NEGATIVE_INFINITY;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  decide(request: RightsRequest, now: number): Decision {
    if (now >= this.#until) this.#forget(now);
    const lasting = request.lasting ? this.#lasting.get(request) : undefined;
    if (lasting) return lasting;
    const key = keyOf(request);
    const decision = this.#remembered.get(key) ?? decide(this.#rules, request, now);
    if (Math.max(this.#remembered.size, this.#lasting.size) >= mostRemembered) this.#forget(now);
    this.#remembered.set(key, decision);
    if (request.lasting) this.#lasting.set(request, decision);
    return decision;
  }

  /** What is remembered from now on holds until the next rule expires. */
  #forget(now: number): void {
    this.#remembered.clear();
    this.#lasting.clear();
    const ahead = this.#rules.flatMap(({ expires }) => (expires !== undefined && expires > now ? [expires] : []));
    this.#until = Math.min(Number.POSITIVE_INFINITY, ...ahead);
  }
}

/** Texts that a plugin may choose carry their length, so that no two requests share a key. */
function keyOf({ principals, verb, target, action, scope }: RightsRequest): string {
  const { conversation = "", workspace = "" } = scope ?? {};
  return `${principals.join(",")} ${verb} ${action} ${target.length} ${target} ${conversation.length} ${conversation} ${workspace}`;
}
