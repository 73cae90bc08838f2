import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";

/** How often something happened in a slice of time, and when first and last, in milliseconds since the epoch. */
export interface Count {
  times: number;
  readonly first: number;
  last: number;
}

/** How long what is alike is gathered before it is told, in milliseconds. */
const sliceMs = 1_000;
/** As many different things are told apart at a time; one more, and all are told at once. */
const mostApart = 1_000;

/**
 * Counts what comes often and is alike, so that its record costs a row a second and not one each time. Nothing is lost: what
 * was counted is told a second after the first of it, earlier where there is too much that differs, and at the end.
 */
export class Tally<Subject> implements Disposable {
  readonly #clock: Clock;
  readonly #tell: (subject: Subject, count: Count) => void;
  #counts = new Map<unknown, { readonly subject: Subject; readonly count: Count }>();
  #timer: Disposable | undefined;

  constructor(clock: Clock, tell: (subject: Subject, count: Count) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Counts one more of a kind; answers false where the kind is new, which is then to be begun with `first`. */
  again(key: unknown): boolean {
    const known = this.#counts.get(key);
    if (!known) return false;
    known.count.times++;
    known.count.last = this.#clock.now();
    return true;
  }

  /** Begins to count a kind, with what stands for it. */
  first(key: unknown, subject: Subject): void {
    if (this.#counts.size >= mostApart) this.flush();
    const now = this.#clock.now();
    this.#counts.set(key, { subject, count: { times: 1, first: now, last: now } });
    this.#timer ??= this.#clock.after(sliceMs, () => this.flush());
  }

  /** Tells all that was counted, now. */
  flush(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    const counts = this.#counts;
    this.#counts = new Map();
    for (const { subject, count } of counts.values()) this.#tell(subject, count);
  }

  dispose(): void {
    this.flush();
  }
}
