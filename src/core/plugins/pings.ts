import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import type { Peer } from "../ports.ts";

export const pingEveryMs = 30_000;
export const pingTimeoutMs = 10_000;
/** More than this late, and it is the host that was busy or asleep: the plugin is not blamed. */
const ownLagMs = 2_000;

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
    try {
      await peer.request("$/ping", {}, { timeoutMs: pingTimeoutMs });
      if (!stopped && silent) onAnswer(true);
      silent = false;
    } catch (error) {
      const lagged = clock.now() - sent > pingTimeoutMs + ownLagMs;
      const timedOut = error instanceof Failure && error.kind === "timeout";
      if (!stopped && timedOut && !lagged && !silent) {
        silent = true;
        onAnswer(false);
      }
    }
    if (!stopped) timer = clock.after(pingEveryMs, ping);
  }

  return toDisposable(() => {
    stopped = true;
    timer.dispose();
  });
}
