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

interface Window {
  readonly told: Set<string>;
  readonly timer: Disposable;
  untold: number;
  last: Refusal | undefined;
}

/**
 * Tells people what plugins were refused without letting a plugin flood them: each different refusal at once, up to ten, and
 * what comes again in the ten seconds after the first in one report that counts it.
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
    if (!window.told.has(key) && window.told.size < toldAtOnce) {
      window.told.add(key);
      this.#report(refusal);
      return;
    }
    window.untold++;
    window.last = refusal;
  }

  /** Tells what is still untold. */
  dispose(): void {
    for (const plugin of [...this.#windows.keys()]) this.#close(plugin);
  }

  #open(plugin: string): Window {
    const timer = this.#clock.after(gatherMs, () => this.#close(plugin));
    const window: Window = { told: new Set(), timer, untold: 0, last: undefined };
    this.#windows.set(plugin, window);
    return window;
  }

  #close(plugin: string): void {
    const window = this.#windows.get(plugin);
    this.#windows.delete(plugin);
    window?.timer.dispose();
    if (window?.last) this.#report({ ...window.last, times: window.untold });
  }
}
