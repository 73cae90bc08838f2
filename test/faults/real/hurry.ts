import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { type Disposable, toDisposable } from "../../../src/base/dispose.ts";

/** How much faster time goes on a clock that hurries. */
export const speed = 8;

/**
 * A clock that goes as any other until `hurry` is called, and `speed` times as fast from then on, also for the timers that run
 * already. So the pauses between pings need not be sat through, and a slow start is not cut short.
 */
export function hurriedClock(): Clock & { hurry(): void } {
  let from: number | undefined;
  const now = () => (from === undefined ? systemClock.now() : from + (systemClock.now() - from) * speed);
  const waiting = new Set<{ readonly due: number; readonly run: () => void; timer: Disposable }>();
  const arm = (due: number, run: () => void) =>
    systemClock.after((due - now()) / (from === undefined ? 1 : speed), run);
  return {
    now,
    after(milliseconds, run) {
      const due = now() + milliseconds;
      const end = () => {
        waiting.delete(one);
        run();
      };
      const one = { due, run: end, timer: arm(due, end) };
      waiting.add(one);
      return toDisposable(() => {
        waiting.delete(one);
        one.timer.dispose();
      });
    },
    hurry() {
      if (from !== undefined) return;
      from = systemClock.now();
      for (const one of waiting) {
        one.timer.dispose();
        one.timer = arm(one.due, one.run);
      }
    },
  };
}
