import { AbstractMessageReader, type DataCallback, type Disposable, type MessageReader } from "vscode-jsonrpc/node";
import { type Clock, systemClock } from "../../base/clock.ts";
import { toDisposable } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import { limits as defaults } from "../../protocol/limits.ts";
import { type NextTurn, nextTurn } from "../turns.ts";
import type { ByteSource } from "../types.ts";
import { type InvalidMessage, readEnvelope } from "./envelope.ts";
import { FrameScanner, type Piece } from "./scanner.ts";

export interface ReaderLimits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  readonly bodyTimeoutMs: number;
  readonly undispatchedMessages: number;
}

export interface ReaderOptions {
  readonly source: ByteSource;
  readonly limits?: Partial<ReaderLimits>;
  readonly clock?: Clock;
  readonly turn?: NextTurn;
  /** Text between messages, in pieces of at most `headerBytes`. */
  readonly onStray?: (text: string) => void;
  /** A body or header that is no message; the owner may answer it. */
  readonly onInvalid?: (fault: InvalidMessage) => void;
  /** An error response without an id: the peer could not read something of ours. */
  readonly onComplaint?: (code: number, message: string) => void;
}

/** Bodies from this size on are parsed at most one per turn, so that no peer holds the event loop. */
const largeBody = 32 * 1024;
/** Messages handed on in one turn. */
const messagesPerTurn = 128;
/** Bytes of whole messages that may wait here before the source is paused. */
const readyBytes = 4 * 1024 * 1024;

/**
 * Reads messages from bytes, for peers that are not trusted. Implements vscode-jsonrpc's `MessageReader`; the callback gets
 * requests, notifications and responses in order, each checked and written anew. A message that is none goes to `onInvalid`
 * and reading goes on; only an oversized body, a body that never ends and the stream's own end are final: then `onError`
 * (where there is something to say, see `failure`) and `onClose` fire once. The source is paused while 1,024 messages, or
 * 4 MiB, wait. Disposing stops the reading and leaves the source to its owner.
 */
export class FramingReader extends AbstractMessageReader implements MessageReader {
  readonly #source: ByteSource;
  readonly #limits: ReaderLimits;
  readonly #clock: Clock;
  readonly #nextTurn: NextTurn;
  readonly #options: ReaderOptions;
  readonly #scanner: FrameScanner;
  readonly #owned: { dispose(): void }[] = [];
  #callback: DataCallback | undefined;
  #ready: Piece[] = [];
  #readyBytes = 0;
  #held = 0;
  #paused = false;
  #turn: { dispose(): void } | undefined;
  #bodyTimer: { dispose(): void } | undefined;
  #lastByteAt = 0;
  #ended: { error: Error | undefined } | undefined;
  #over = false;
  #pumping = false;
  #failure: Failure | undefined;
  #lastBytes = 0;

  constructor(options: ReaderOptions) {
    super();
    this.#options = options;
    this.#source = options.source;
    this.#limits = { ...defaults, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    this.#nextTurn = options.turn ?? nextTurn;
    this.#scanner = new FrameScanner(this.#limits);
  }

  /** Why the reading ended, where it did not end well. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The size of the message that is being handed on, or was last, in bytes of its body. */
  get lastBytes(): number {
    return this.#lastBytes;
  }

  /** Messages that were read and are not handed on, and those handed on that are held. */
  get undispatched(): number {
    return this.#ready.length + this.#held;
  }

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    this.#owned.push(this.#source.onData((chunk) => this.#receive(chunk)));
    this.#owned.push(this.#source.onEnd((error) => this.#end(error)));
    return toDisposable(() => this.#stop());
  }

  /** Counts one more message as undispatched until the function that is returned is called: its handler still works. */
  hold(): () => void {
    this.#held++;
    return toDisposable(() => {
      this.#held--;
      if (this.#paused) this.#pump();
    }).dispose;
  }

  override dispose(): void {
    this.#stop();
    super.dispose();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#scanner.push(chunk);
    this.#pump();
    if (this.#scanner.unfinished) {
      this.#lastByteAt = this.#clock.now();
      this.#watchBody();
    }
  }

  #end(error: Error | undefined): void {
    this.#ended ??= { error };
    this.#pump();
  }

  /** Hands on what is ready, as far as this turn allows, and sees to the flow of bytes. */
  #pump(): void {
    if (this.#pumping || this.#over) return;
    this.#pumping = true;
    try {
      for (let count = 0; this.#mayHandOn(); count++) {
        if (count === messagesPerTurn) {
          this.#continueNextTurn();
          break;
        }
        const piece = this.#next();
        if (!piece) break;
        this.#handOn(piece);
      }
      if (this.#over) return;
      this.#fill();
    } finally {
      this.#pumping = false;
    }
    if (this.#ended && this.#ready.length === 0 && !this.#turn) this.#finish(this.#ended.error);
    else this.#adjustFlow();
  }

  #mayHandOn(): boolean {
    const held = this.#held >= this.#limits.undispatchedMessages && !this.#ended;
    return !this.#turn && !this.#over && !held;
  }

  #next(): Piece | undefined {
    const piece = this.#ready.shift();
    if (!piece) return this.#scanner.next();
    if (piece.kind === "body") this.#readyBytes -= piece.bytes.length;
    return piece;
  }

  /** Cuts the bytes that wait into pieces, to know how many messages they are, until enough are ready. */
  #fill(): void {
    while (!this.#isFull()) {
      const piece = this.#scanner.next();
      if (!piece) return;
      this.#ready.push(piece);
      if (piece.kind === "body") this.#readyBytes += piece.bytes.length;
    }
  }

  #handOn(piece: Piece): void {
    switch (piece.kind) {
      case "stray":
        this.#options.onStray?.(piece.text);
        return;
      case "badHeader":
        this.#options.onInvalid?.({ kind: "parseError", message: piece.message, id: null });
        return;
      case "tooLarge": {
        const details = { limit: this.#limits.bodyBytes };
        const what = `A message of ${piece.announced} bytes was announced; the limit is ${this.#limits.bodyBytes}.`;
        this.#fail(new Failure("tooLarge", what, { details, todo: "Send large values in pieces or as references." }));
        return;
      }
      case "body":
        if (piece.bytes.length >= largeBody) this.#continueNextTurn();
        this.#handOnBody(piece.bytes);
        return;
    }
  }

  #handOnBody(bytes: Uint8Array): void {
    this.#lastBytes = bytes.length;
    const envelope = readEnvelope(bytes);
    if (envelope.kind === "invalid") this.#options.onInvalid?.(envelope.fault);
    else if (envelope.kind === "complaint") this.#options.onComplaint?.(envelope.code, envelope.message);
    else this.#callback?.(envelope.message);
  }

  /** Nothing more is handed on in this turn. */
  #continueNextTurn(): void {
    this.#turn ??= this.#nextTurn(() => {
      this.#turn = undefined;
      this.#pump();
    });
  }

  #isFull(): boolean {
    const count = this.#ready.length + (this.#ended ? 0 : this.#held);
    return count >= this.#limits.undispatchedMessages || this.#readyBytes >= readyBytes;
  }

  #adjustFlow(): void {
    if (!this.#paused && this.#isFull()) {
      this.#paused = true;
      this.#source.pause();
    } else if (
      this.#paused &&
      this.undispatched <= this.#limits.undispatchedMessages / 2 &&
      this.#readyBytes < readyBytes
    ) {
      this.#paused = false;
      this.#lastByteAt = this.#clock.now();
      this.#source.resume();
    }
  }

  /** Waits for an announced body. Time in which we did not read does not count. */
  #watchBody(wait = this.#limits.bodyTimeoutMs): void {
    this.#bodyTimer ??= this.#clock.after(wait, () => {
      this.#bodyTimer = undefined;
      const { unfinished } = this.#scanner;
      if (!unfinished || this.#over) return;
      const idle = this.#paused || this.#turn ? 0 : this.#clock.now() - this.#lastByteAt;
      if (idle < this.#limits.bodyTimeoutMs) return this.#watchBody(this.#limits.bodyTimeoutMs - idle);
      const what = `A message of ${unfinished.announced} bytes was announced, ${unfinished.received} came, then nothing for ${idle} ms.`;
      this.#fail(
        new Failure("timeout", what, { todo: "Content-Length counts the bytes of the body; write all of them." }),
      );
    });
  }

  #finish(error: Error | undefined): void {
    const { unfinished } = this.#scanner;
    const rest = this.#scanner.finish();
    if (rest?.kind === "stray") this.#options.onStray?.(rest.text);
    if (error) {
      this.#fail(new Failure("unavailable", "Reading failed.", { cause: error }));
      return;
    }
    if (unfinished) {
      const what = `The stream ended in the middle of a message: ${unfinished.received} of ${unfinished.announced} bytes.`;
      this.#fail(new Failure("unavailable", what));
      return;
    }
    this.#stop();
    this.fireClose();
  }

  #fail(failure: Failure): void {
    if (this.#over) return;
    this.#failure = failure;
    this.#stop();
    this.fireError(failure);
    this.fireClose();
  }

  #stop(): void {
    if (this.#over) return;
    this.#over = true;
    for (const owned of this.#owned.splice(0)) owned.dispose();
    this.#turn?.dispose();
    this.#bodyTimer?.dispose();
    this.#ready = [];
    this.#readyBytes = 0;
  }
}
