import type { Clock } from "../base/clock.ts";
import { type Deferred, deferred } from "../base/deferred.ts";
import type { Disposable } from "../base/dispose.ts";
import { asFailure, type Failure } from "../base/failure.ts";
import { isJsonObject } from "../base/json.ts";

/** How many pieces of one result may be sent before they are consumed, and how many bytes of them. */
export interface CreditWindow {
  readonly count: number;
  readonly bytes: number;
}

/**
 * What `initialize` agreed on for streaming results. With `streaming` on both sides the window counts for every request, in both
 * directions: the sender of pieces keeps to it, and whoever asked says with `$/credit` how many it has consumed.
 */
export class StreamAgreement {
  window: CreditWindow;
  agreed: boolean;

  constructor(window: CreditWindow, agreed: boolean) {
    this.window = window;
    this.agreed = agreed;
  }

  /** Looks at what the peer said in `initialize`: the host its params, the plugin its answer. */
  hear(said: unknown): void {
    if (!isJsonObject(said)) return;
    if (isJsonObject(said.capabilities) && said.capabilities.streaming === true) this.agreed = true;
    if (!isJsonObject(said.limits)) return;
    const { streamCount: count, streamBytes: bytes } = said.limits;
    this.window = { count: atLeastOne(count, this.window.count), bytes: atLeastOne(bytes, this.window.bytes) };
  }
}

function atLeastOne(given: unknown, otherwise: number): number {
  return typeof given === "number" && given >= 1 ? given : otherwise;
}

interface WaitingPiece<Piece> {
  readonly value: Piece;
  readonly sent: Deferred<void>;
}

/**
 * The sending side of one result's pieces: in order, none left out, and never more on their way than the window holds. A piece may
 * be sent while any credit is left, so that one that is larger than the whole window also passes. Without a window all is
 * sent at once.
 */
export class PieceSender<Piece> {
  readonly #window: CreditWindow | undefined;
  readonly #send: (piece: Piece) => number;
  readonly #waiting: WaitingPiece<Piece>[] = [];
  /** Bytes of each piece that was sent and not consumed, oldest first. */
  readonly #unconsumed: number[] = [];
  #bytes = 0;
  #consumed = 0;
  #drained: Deferred<void> | undefined;
  #ended: Failure | undefined;
  #lost: Failure | undefined;

  /** `send` answers how many bytes the piece took; what it throws ends the piece's promise. */
  constructor(window: CreditWindow | undefined, send: (piece: Piece) => number) {
    this.#window = window;
    this.#send = send;
  }

  /** Resolves when the piece has been sent. Nobody has to look at it: its failure is also the request's. */
  push(value: Piece): Promise<void> {
    const sent = deferred<void>();
    sent.promise.catch(() => {});
    this.#waiting.push({ value, sent });
    if (this.#ended) this.end(this.#ended);
    this.#pump();
    return sent.promise;
  }

  /** The other side has consumed so many pieces since the beginning. A number that cannot be changes nothing. */
  consumed(total: number): void {
    if (total > this.#consumed + this.#unconsumed.length) return;
    for (; this.#consumed < total; this.#consumed++) this.#bytes -= this.#unconsumed.shift() ?? 0;
    this.#pump();
  }

  /** Resolves when nothing waits any more; undefined where nothing does. */
  get drained(): Promise<void> | undefined {
    if (this.#waiting.length === 0) return undefined;
    this.#drained ??= deferred<void>();
    return this.#drained.promise;
  }

  /** Why pieces were dropped, if any were: a result without them is not whole. */
  get lost(): Failure | undefined {
    return this.#lost;
  }

  /** Nothing more can or need be sent: what waits is dropped, and whoever waits for it is told why. */
  end(why: Failure): void {
    this.#ended ??= why;
    if (this.#waiting.length > 0) this.#lost ??= why;
    for (const { sent } of this.#waiting.splice(0)) sent.reject(why);
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #pump(): void {
    for (let next = this.#waiting[0]; next && this.#hasCredit(); next = this.#waiting[0]) {
      try {
        const bytes = this.#send(next.value);
        if (this.#window) {
          this.#unconsumed.push(bytes);
          this.#bytes += bytes;
        }
      } catch (error) {
        this.end(asFailure(error, "A piece of the result"));
        return;
      }
      this.#waiting.shift();
      next.sent.resolve();
    }
    if (this.#waiting.length > 0) return;
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #hasCredit(): boolean {
    if (!this.#window) return true;
    return this.#unconsumed.length < this.#window.count && this.#bytes < this.#window.bytes;
  }
}

/** A sender counts its bytes in its own way, so that only twice the window is a breach of it. */
const bytesTolerance = 2;
/** What was consumed is told at the latest after so long, in milliseconds. */
const tellWithinMs = 50;

/** The consuming side: what has arrived and is not consumed, and what the sender has been told of it. */
export class PieceMeter implements Disposable {
  readonly #window: CreditWindow;
  readonly #clock: Clock;
  readonly #tell: ((consumed: number) => void) | undefined;
  #count = 0;
  #bytes = 0;
  #consumed = 0;
  #told = 0;
  #untoldBytes = 0;
  #timer: Disposable | undefined;
  #over = false;

  /** `tell` says to the sender how many pieces were consumed; missing where that was not agreed on. */
  constructor(window: CreditWindow, clock: Clock, tell: ((consumed: number) => void) | undefined) {
    this.#window = window;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Pieces that have arrived and are not consumed. */
  get unconsumed(): number {
    return this.#count;
  }

  /** Takes note of a piece and answers its bytes, or undefined where the sender had no credit for it. */
  arrived(piece: unknown): number | undefined {
    const { count, bytes } = this.#window;
    if (this.#count >= count || (this.#count > 0 && this.#bytes >= bytes * bytesTolerance)) return undefined;
    const size = JSON.stringify(piece)?.length ?? 0;
    this.#count++;
    this.#bytes += size;
    return size;
  }

  consumed(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
    this.#consumed++;
    this.#untoldBytes += bytes;
    if (!this.#tell || this.#over) return;
    const due = (this.#consumed - this.#told) * 4 >= this.#window.count || this.#untoldBytes * 4 >= this.#window.bytes;
    if (due) this.#tellNow();
    else this.#timer ??= this.#clock.after(tellWithinMs, () => this.#tellNow());
  }

  /** The request is settled: nothing is told any more. */
  dispose(): void {
    this.#over = true;
    this.#timer?.dispose();
  }

  #tellNow(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#over || this.#consumed === this.#told) return;
    this.#told = this.#consumed;
    this.#untoldBytes = 0;
    this.#tell?.(this.#consumed);
  }
}
