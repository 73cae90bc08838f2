import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import type { CountedRow, CountedRows } from "./countedRows.ts";
import { type Count, Tally } from "./tally.ts";

interface Use {
  readonly request: RightRequest;
  readonly verdict: Verdict;
}

/** Different targets that one party may be refused in a second before the rest count as one. */
const refusedApart = 100;

/**
 * The record of what rights were used for: each use and each refusal is counted under the rules that decided it. The same
 * again within a second is the same row, with an exact count. Costs one look-up a use; nothing is written on its path.
 */
export class Uses implements Disposable {
  readonly #tally: Tally<Use>;
  readonly #refused = new Map<string, Set<string>>();

  constructor(clock: Clock, report: (row: CountedRow) => void, drafts?: CountedRows) {
    const tell = (row: CountedRow) => {
      this.#refused.clear();
      report(row);
    };
    this.#tally = new Tally(clock, rowOf, tell, drafts);
  }

  /**
   * A verdict that was acted on. The same question has the same verdict, object for object, until a rule changes; where it has not,
   * `alike` is the same for the same.
   */
  note(request: RightRequest, verdict: Verdict, alike?: string): void {
    if (this.#tally.again(alike ?? verdict)) return;
    if (verdict.effect === "deny" && this.#tooMany(request)) {
      const key = `${request.principals.join()} ${request.verb} ${verdict.rule}`;
      if (!this.#tally.again(key)) this.#tally.first(key, { request: { ...request, target: "…" }, verdict });
      return;
    }
    this.#tally.first(alike ?? verdict, { request, verdict });
  }

  /** Whether somebody tries ever new targets, of which only the number is kept then. */
  #tooMany({ principals, target }: RightRequest): boolean {
    const who = principals.join();
    const targets = this.#refused.get(who) ?? new Set();
    this.#refused.set(who, targets);
    if (targets.size >= refusedApart) return !targets.has(target);
    targets.add(target);
    return false;
  }

  /** Reports all that was counted, now. */
  flush(): void {
    this.#tally.flush();
  }

  dispose(): void {
    this.#tally.dispose();
  }
}

function rowOf({ request, verdict }: Use, count: Count): CountedRow<"permission.decided"> {
  const { verb, target, action, scope, principals } = request;
  const plugin = principals.find((one) => one.startsWith("plugin:"));
  const data = {
    principals: [...principals],
    ...(plugin === undefined ? {} : { pluginId: plugin.slice("plugin:".length) }),
    verb,
    target,
    ...(action === undefined ? {} : { action }),
    effect: verdict.effect,
    ...count,
  };
  const { rule, rules } = verdict;
  return { type: "permission.decided", data, conversation: scope?.conversation, rule, ...(rules && { rules }) };
}
