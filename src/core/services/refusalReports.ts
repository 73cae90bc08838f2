import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { Deed } from "../rules/targets.ts";

/** What a plugin was refused; `times` is how often, where it stands for more than one refusal. */
export interface Refusal {
  readonly plugin: string;
  readonly deed: Deed;
  readonly rule: string;
  readonly conversation: string | undefined;
  readonly times?: number;
}

/** How long refusals are gathered after the first, in milliseconds, and how many different ones are told at once meanwhile. */
const gatherMs = 10_000;
const toldAtOnce = 10;

/** Refusals that are counted and not told yet. */
interface Untold {
  refusal: Refusal;
  times: number;
}

interface Window {
  /** By what was told at once: what came again since. */
  readonly told: Map<string, Untold>;
  readonly timer: Disposable;
  /** Whatever else was refused, under the last of it. */
  rest: Untold | undefined;
}

/**
 * Tells people what plugins were refused without letting a plugin flood them: each different refusal at once, up to ten, and
 * what comes again in the ten seconds after the first in one report that counts it. What differs from the first ten is counted
 * together, under the last of it; the journal tells each apart.
 */
export class RefusalReports implements Disposable {
  readonly #clock: Clock;
  readonly #report: (refusal: Refusal) => void;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock, report: (refusal: Refusal) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  note(refusal: Refusal): void {
    const { plugin, deed, rule } = refusal;
    const window = this.#windows.get(plugin) ?? this.#open(plugin);
    const key = `${deed.verb} ${deed.target} ${deed.action ?? ""} ${rule}`;
    const again = window.told.get(key);
    if (again) {
      again.times++;
      again.refusal = refusal;
    } else if (window.told.size < toldAtOnce) {
      window.told.set(key, { refusal, times: 0 });
      this.#report(refusal);
    } else window.rest = { refusal, times: (window.rest?.times ?? 0) + 1 };
  }

  /** Tells what is still untold. */
  dispose(): void {
    for (const plugin of [...this.#windows.keys()]) this.#close(plugin);
  }

  #open(plugin: string): Window {
    const timer = this.#clock.after(gatherMs, () => this.#close(plugin));
    const window: Window = { told: new Map(), timer, rest: undefined };
    this.#windows.set(plugin, window);
    return window;
  }

  #close(plugin: string): void {
    const window = this.#windows.get(plugin);
    this.#windows.delete(plugin);
    if (!window) return;
    window.timer.dispose();
    for (const { refusal, times } of [...window.told.values(), ...(window.rest ? [window.rest] : [])])
      if (times > 0) this.#report({ ...refusal, times });
  }
}
