import { Failure } from "../../base/failure.ts";
import { fromWireError } from "../../rpc/mapping.ts";
import { pause } from "../pause.ts";
import type { CallRows } from "../verbs.ts";

const [soon, late] = [250, 2_000];

/**
 * Waits until the work of a call in the background has begun, and answers undefined; or until the call has ended before
 * that, because a rule or an intercept refused it, and answers why. Nobody tells of that but the call's row, which is
 * looked at less and less often.
 */
export async function neverBegan(calls: CallRows, id: string, hasBegun: () => boolean): Promise<Failure | undefined> {
  for (let wait = soon; ; wait = Math.min(2 * wait, late)) {
    await pause(wait);
    if (hasBegun()) return undefined;
    try {
      const { status, error = "", failure, endedAt } = await calls.get(id);
      if (hasBegun()) return undefined;
      if (endedAt === undefined) continue;
      if (!failure) return new Failure("unavailable", error || `The task has ended before it began: ${status}.`);
      const { code, kind, todo, details } = failure;
      return fromWireError({ code, message: error, data: { ...details, kind, ...(todo && { todo }) } });
    } catch (cause) {
      if (cause instanceof Failure && cause.kind !== "overloaded") return cause;
    }
  }
}
