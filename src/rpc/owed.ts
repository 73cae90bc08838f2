import type { Clock } from "../base/clock.ts";
import type { Disposable } from "../base/dispose.ts";
import type { RequestId } from "./framing/envelope.ts";

/**
 * How long the answer to a request that was cancelled may be owed, in milliseconds; a peer that heeds cancels answers
 * within two seconds.
 */
const answerToCancelMs = 10_000;

/** More than this late, and it is we who were busy or asleep: the answer may be there and not read yet. */
const ownLagMs = 2_000;

/**
 * Requests that were cancelled, or whose deadline has passed, and that the peer has not answered since: it must, within 10 s.
 * `onOverdue` is called once, with the method of the first that is not answered in time. One timer serves all.
 */
export class OwedAnswers implements Disposable {
  readonly #clock: Clock;
  readonly #onOverdue: (method: string) => void;
  /** Oldest first. */
  readonly #owed = new Map<RequestId, { readonly method: string; since: number }>();
  #timer: Disposable | undefined;

  constructor(clock: Clock, onOverdue: (method: string) => void) {
    this.#clock = clock;
    this.#onOverdue = onOverdue;
  }

  add(id: RequestId, method: string): void {
    this.#owed.set(id, { method, since: this.#clock.now() });
    if (!this.#timer) this.#wait(answerToCancelMs);
  }

  answered(id: RequestId): void {
    if (this.#owed.size > 0) this.#owed.delete(id);
  }

  dispose(): void {
    this.#owed.clear();
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #wait(milliseconds: number): void {
    const due = this.#clock.now() + milliseconds;
    this.#timer = this.#clock.after(milliseconds, () => this.#look(this.#clock.now() - due));
  }

  #look(late: number): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    if (late > ownLagMs) for (const one of this.#owed.values()) one.since = Math.max(one.since, now - ownLagMs);
    const oldest = this.#owed.values().next().value;
    if (!oldest) return;
    const left = oldest.since + answerToCancelMs - now;
    if (left > 0) {
      this.#wait(left);
      return;
    }
    this.dispose();
    this.#onOverdue(oldest.method);
  }
}
