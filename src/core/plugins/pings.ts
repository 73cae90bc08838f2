import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import type { Peer } from "../ports.ts";

const pingEveryMs = 30_000;
const pingTimeoutMs = 10_000;
/** More than this late in all, and it is the host that was busy or asleep: the plugin is not blamed. */
const ownLagMs = 2_000;
/** How often the host looks at its own clock while it waits for an answer. */
const tickMs = 1_000;

/**
 * Pings a plugin from time to time and tells whether it answers; a plugin is never ended for not answering. `onAnswer`
 * is called with false when an answer did not come in time, and with true when one came after that.
 */
export function startPings(peer: Peer, clock: Clock, onAnswer: (answers: boolean) => void): Disposable {
  let stopped = false;
  let silent = false;
  let timer = clock.after(pingEveryMs, ping);

  async function ping(): Promise<void> {
    const sent = clock.now();
    const lag = new OwnLag(clock);
    try {
      await peer.request("$/ping", {}, { timeoutMs: pingTimeoutMs });
      if (!stopped && silent) onAnswer(true);
      silent = false;
    } catch (error) {
      const timedOut = error instanceof Failure && error.kind === "timeout";
      const late = Math.max(lag.milliseconds, clock.now() - sent - pingTimeoutMs);
      if (!stopped && timedOut && late <= ownLagMs && !silent) {
        silent = true;
        onAnswer(false);
      }
    }
    lag.dispose();
    if (!stopped) timer = clock.after(pingEveryMs, ping);
  }

  return toDisposable(() => {
    stopped = true;
    timer.dispose();
  });
}

/**
 * How late the host itself is while it waits: a loop that was blocked for nine of the ten seconds has not seen an answer that
 * came in the second of them, and a machine that slept has seen nothing at all.
 */
class OwnLag implements Disposable {
  readonly #clock: Clock;
  #timer: Disposable;
  #expected: number;
  #late = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#expected = clock.now() + tickMs;
    this.#timer = clock.after(tickMs, () => this.#tick());
  }

  get milliseconds(): number {
    return this.#late + Math.max(0, this.#clock.now() - this.#expected);
  }

  dispose(): void {
    this.#timer.dispose();
  }

  #tick(): void {
    this.#late += Math.max(0, this.#clock.now() - this.#expected);
    this.#expected = this.#clock.now() + tickMs;
    this.#timer = this.#clock.after(tickMs, () => this.#tick());
  }
}
