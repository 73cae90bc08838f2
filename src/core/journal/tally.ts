import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { CountedRow, CountedRows } from "./countedRows.ts";

/** How often something happened in a slice of time, and when first and last, in milliseconds since the epoch. */
export interface Count {
  times: number;
  readonly first: number;
  last: number;
}

/** How long what is alike is gathered before it is told, in milliseconds. */
const sliceMs = 1_000;
/** How long it is only in memory meanwhile. */
const draftMs = 50;
/** As many different things are told apart at a time; one more, and all are told at once. */
const mostApart = 1_000;

interface Counted<Subject> {
  readonly subject: Subject;
  readonly count: Count;
  /** Its draft, and how much of it is in there. */
  draft?: string;
  drafted: number;
}

/**
 * Counts what comes often and is alike, so that its record costs a row a second and not one each time. Nothing is lost:
 * what was counted is told a second after the first of it, earlier where there is too much that differs, and at the
 * end; and until then it is among the `drafts`, where there are any, as it was at most 50 ms ago.
 */
export class Tally<Subject> implements Disposable {
  readonly #clock: Clock;
  readonly #rowOf: (subject: Subject, count: Count) => CountedRow;
  readonly #tell: (row: CountedRow) => void;
  readonly #drafts: Pick<CountedRows, "newId" | "put" | "remove"> | undefined;
  #counts = new Map<unknown, Counted<Subject>>();
  #timer: Disposable | undefined;
  #drafting: Disposable | undefined;

  constructor(
    clock: Clock,
    rowOf: (subject: Subject, count: Count) => CountedRow,
    tell: (row: CountedRow) => void,
    drafts?: Pick<CountedRows, "newId" | "put" | "remove">,
  ) {
    this.#clock = clock;
    this.#rowOf = rowOf;
    this.#tell = tell;
    this.#drafts = drafts;
  }

  /** Counts one more of a kind; answers false where the kind is new, which is then to be begun with `first`. */
  again(key: unknown): boolean {
    const known = this.#counts.get(key);
    if (!known) return false;
    known.count.times++;
    known.count.last = this.#clock.now();
    if (this.#drafts && !this.#drafting) this.#draftSoon();
    return true;
  }

  /** Begins to count a kind, with what stands for it. */
  first(key: unknown, subject: Subject): void {
    if (this.#counts.size >= mostApart) this.flush();
    const now = this.#clock.now();
    this.#counts.set(key, { subject, count: { times: 1, first: now, last: now }, drafted: 0 });
    this.#timer ??= this.#clock.after(sliceMs, () => this.flush());
    if (this.#drafts && !this.#drafting) this.#draftSoon();
  }

  /** Tells all that was counted, now. */
  flush(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#drafting?.dispose();
    this.#drafting = undefined;
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    for (const { subject, count } of counts) this.#tell(this.#rowOf(subject, count));
    const drafts = counts.flatMap(({ draft }) => draft ?? []);
    if (drafts.length > 0) this.#drafts?.remove(drafts);
  }

  dispose(): void {
    this.flush();
  }

  #draftSoon(): void {
    this.#drafting = this.#clock.after(draftMs, () => {
      this.#drafting = undefined;
      this.#draft();
    });
  }

  #draft(): void {
    const drafts = this.#drafts;
    if (!drafts) return;
    const rows: { id: string; row: CountedRow }[] = [];
    for (const counted of this.#counts.values()) {
      const { subject, count, drafted } = counted;
      if (drafted === count.times) continue;
      counted.drafted = count.times;
      counted.draft ??= drafts.newId();
      rows.push({ id: counted.draft, row: this.#rowOf(subject, { ...count }) });
    }
    if (rows.length > 0) drafts.put(rows);
  }
}
