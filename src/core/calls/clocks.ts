import type { Clock } from "../../base/clock.ts";
import { Deadlines } from "../../base/deadlines.ts";
import type { Disposable } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import { type Limits, limits } from "../../protocol/limits.ts";
import type { ActiveCall } from "./activeCall.ts";
import { Stopwatch } from "./stopwatch.ts";

export interface CallClocksParts {
  /** Those of the calls in progress. */
  readonly stopwatches: () => Iterable<Stopwatch>;
  /** The limits that are in force for a plugin. */
  readonly limits?: ((plugin: string) => Limits) | undefined;
  readonly clock: Clock;
}

const endless = Number.POSITIVE_INFINITY;

/** The time of calls: what an offer allows itself, and what a caller gives. A call whose time is up is cancelled with `timeout`. */
export class CallClocks implements Disposable {
  readonly #parts: CallClocksParts;
  readonly #deadlines: Deadlines<Stopwatch>;

  constructor(parts: CallClocksParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.clock, parts.stopwatches, (stopwatch) => stopwatch.expire());
  }

  /** From now on the offer's own time runs, and the caller's deadline. */
  start(call: ActiveCall): void {
    const { offer, plugin } = call.known;
    this.#restart(call, offer.timeout ?? (this.#parts.limits?.(plugin) ?? limits).defaultCallMs);
  }

  /**
   * From now on the caller's deadline alone runs: while a call waits for others or intercepts are asked about it,
   * before it is sent and when it is answered.
   */
  startDeadline(call: ActiveCall): void {
    this.#restart(call, endless);
  }

  /** Ends the one timer of all deadlines; the calls that are left have none then. */
  dispose(): void {
    this.#deadlines.dispose();
  }

  /** What went of the caller's deadline before is gone; what an offer that was tried before allows is its own. */
  #restart(call: ActiveCall, idleMs: number): void {
    const { record, request, parent } = call;
    call.givenMs ??= Math.min(request.timeoutMs ?? endless, parent?.stopwatch?.totalLeft ?? endless);
    const totalMs = Math.max(0, call.stopwatch?.totalLeft ?? call.givenMs);
    call.stopwatch?.dispose();
    const limits = record.detached ? { idleMs: endless, totalMs: endless } : { idleMs, totalMs };
    call.stopwatch = new Stopwatch(this.#parts.clock, this.#deadlines, limits, (limit) => {
      const said = limit === "idleMs" ? idleMs : (call.givenMs ?? totalMs);
      call.cancellation.abort(
        new Failure("timeout", `${record.plugin}/${record.name} did not answer within ${Math.round(said) / 1_000} s.`, {
          details: { reason: "timedOut", limitMs: said },
          todo: "Try again, or give it more time.",
        }),
      );
    });
  }
}
