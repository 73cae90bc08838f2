import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import { isJsonObject, parseJson } from "../../base/json.ts";
import { utf8Bytes } from "../events/size.ts";
import type { StorePort } from "../ports.ts";

/** The state in which usage is kept: an owner that no plugin can have. */
const place = { owner: "parley:budget", scope: "everywhere" } as const;
const dayMs = 86_400_000;
const tries = 5;

export interface TokenBudgetParts {
  readonly store: Pick<StorePort, "getState" | "setState">;
  readonly clock: Clock;
  /** Tokens per plugin and day (UTC). */
  readonly limit: (plugin: string) => number;
}

/** One request's spending. What it may take grows with `grow`; `settle` says what it took in the end, once. */
export interface Spending {
  /** Fails with `budgetExceeded` where the budget does not reach. */
  grow(tokens: number): void;
  /** Answers what is left of the budget. */
  settle(tokens: number): Promise<number>;
}

/** Tokens that plugins take of models, counted per plugin, told apart by its identity, and day over all windows. */
export class TokenBudget {
  readonly #parts: TokenBudgetParts;
  /** What was written down, as far as this window knows. */
  readonly #known = new Map<string, number>();
  /** Tokens that requests in progress may still take, and those that could not be written down. */
  readonly #held = new Map<string, number>();

  constructor(parts: TokenBudgetParts) {
    this.#parts = parts;
  }

  /** Begins a request of a plugin, counted for its identity, that takes at least so many tokens. Fails with `budgetExceeded`. */
  async open(plugin: string, tokens: number, owner = plugin): Promise<Spending> {
    const who = { plugin, owner };
    await this.#read(owner);
    let held = 0;
    const grow = (more: number) => {
      const limit = this.#parts.limit(plugin);
      const taken = (this.#known.get(owner) ?? 0) + this.#heldOf(owner);
      if (taken + more > limit) throw this.#exceeded(plugin, taken, limit);
      held += more;
      this.#hold(owner, more);
    };
    grow(tokens);
    return {
      grow,
      settle: async (took) => {
        const left = await this.#add(who, took, held);
        held = 0;
        return left;
      },
    };
  }

  /** Writes down what was taken, and then lets go of what was held for it; another window may write at the same time. */
  async #add({ plugin, owner }: { plugin: string; owner: string }, took: number, held: number): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { used, rev } = await this.#read(owner);
        const value = JSON.stringify({ day: this.#day(), tokens: used + took });
        await this.#parts.store.setState(place.owner, place.scope, owner, value, rev);
        this.#known.set(owner, used + took);
        this.#hold(owner, -held);
        return Math.max(0, this.#parts.limit(plugin) - used - took - this.#heldOf(owner));
      } catch (error) {
        if (error instanceof Failure && error.kind === "conflict" && attempt < tries) continue;
        // What cannot be written counts in this window until it closes.
        this.#hold(owner, took - held);
        return Math.max(0, this.#parts.limit(plugin) - this.#heldOf(owner));
      }
    }
  }

  async #read(owner: string): Promise<{ used: number; rev: number }> {
    const kept = await this.#parts.store.getState(place.owner, place.scope, owner);
    const value = kept && parseJson(kept.value);
    const today = isJsonObject(value) && value.day === this.#day() && typeof value.tokens === "number";
    const used = today ? Number(value.tokens) : 0;
    this.#known.set(owner, used);
    return { used, rev: kept?.rev ?? 0 };
  }

  #day(): number {
    return Math.floor(this.#parts.clock.now() / dayMs);
  }

  #heldOf(owner: string): number {
    return this.#held.get(owner) ?? 0;
  }

  #hold(owner: string, tokens: number): void {
    this.#held.set(owner, this.#heldOf(owner) + tokens);
  }

  #exceeded(plugin: string, used: number, limit: number): Failure {
    const retryAfterMs = (this.#day() + 1) * dayMs - this.#parts.clock.now();
    return new Failure("budgetExceeded", `${plugin} has taken ${used} of its ${limit} tokens for today.`, {
      todo: "Ask for less, wait for tomorrow (UTC), or have the person raise parley.plugins.tokenBudget, or pluginTokensPerDay of this plugin in parley.limits.",
      details: { used, limit, retryAfterMs },
    });
  }
}

/** About how many tokens a text takes where nobody counted them: a quarter of its bytes. */
export function estimateTokens(text: string): number {
  return Math.ceil(utf8Bytes(text) / 4);
}
