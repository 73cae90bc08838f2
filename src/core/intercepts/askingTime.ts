import type { Clock } from "../../base/clock.ts";
import { Deadlines } from "../../base/deadlines.ts";
import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { Stopwatch } from "../calls/stopwatch.ts";

interface Asked {
  readonly plugin: string;
  /** Stops the clocks of what waits for its answer; what that answers starts them again. */
  readonly above: (() => () => void) | undefined;
}

/** The time that plugins have which are being asked at a point. It stands still while a person is asked something for them. */
export class AskingTime {
  readonly #clock: Clock;
  readonly #asked = new Map<Stopwatch, Asked>();
  readonly #deadlines: Deadlines<Stopwatch>;
  /** Those that the hold stops which is being made. */
  #holding: Set<Stopwatch> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#deadlines = new Deadlines(
      clock,
      () => this.#asked.keys(),
      (stopwatch) => stopwatch.expire(),
    );
  }

  /** A plugin is being asked, until disposed; `over` runs when its time is. */
  start(asked: Asked, atMostMs: number, over: () => void): Disposable {
    const limits = { idleMs: Number.POSITIVE_INFINITY, totalMs: atMostMs };
    const stopwatch = new Stopwatch(this.#clock, this.#deadlines, limits, over);
    this.#asked.set(stopwatch, asked);
    return toDisposable(() => {
      stopwatch.dispose();
      this.#asked.delete(stopwatch);
      // No timer is left behind where nobody is asked any more.
      if (this.#asked.size === 0) this.#deadlines.dispose();
    });
  }

  /**
   * A person is asked for a plugin, until the answer is called: its time stands still, and that of what waits for it.
   * What waits leads back here where its caller is being asked too, and to where it began where two plugins guard each
   * other's calls: each is stopped once.
   */
  hold(plugin: string): () => void {
    const outermost = this.#holding === undefined;
    this.#holding ??= new Set();
    const releases: (() => void)[] = [];
    for (const [stopwatch, asked] of this.#asked) {
      if (asked.plugin !== plugin || this.#holding.has(stopwatch)) continue;
      this.#holding.add(stopwatch);
      stopwatch.pause();
      releases.push(() => stopwatch.resume());
      if (asked.above) releases.push(asked.above());
    }
    if (outermost) this.#holding = undefined;
    return () => {
      for (const release of releases) release();
    };
  }
}
