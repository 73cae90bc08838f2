import type { RawData, WebSocket } from "ws";
import type { Clock } from "../../base/clock.ts";
import { deferred } from "../../base/deferred.ts";
import { toDisposable } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import { limits } from "../../protocol/limits.ts";

/** Bytes that may wait in the socket before a writer is told to wait. */
const highWater = 1024 * 1024;
/** How long a peer may take to answer our close before the socket is destroyed. */
const closeGraceMs = 1_000;

/** The close codes of attached plugins; those below 4000 are WebSocket's own. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  notText: 1003,
  badMessage: 4400,
  wrongToken: 4401,
  refused: 4403,
  tooLate: 4408,
  nameTaken: 4409,
  notRead: 4410,
} as const;

/** How a socket ended. `error` where it did not end by a close of either side. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  readonly error: Error | undefined;
}

/**
 * A WebSocket as text frames. What comes before somebody listens, or while it is paused, waits here: the socket itself is
 * paused then, so that is little. A binary frame closes the socket.
 */
export class FrameSocket {
  readonly closed: Promise<SocketEnd>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #drained = new Emitter<void>();
  readonly onDrain = this.#drained.event;
  #listener: ((body: Buffer) => void) | undefined;
  #waiting: Buffer[] = [];
  #paused = false;
  #ended = false;
  #closing = false;
  #full = false;
  #spoke = false;
  #binary: Error | undefined;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    const end = deferred<SocketEnd>();
    this.closed = end.promise;
    let failed: Error | undefined;
    socket.on("error", (error) => {
      failed ??= error;
    });
    socket.on("close", (code, reason) => {
      this.#paused = false;
      this.#hand();
      this.#ended = true;
      end.resolve({ code, reason: reason.toString(), error: failed ?? this.#binary });
    });
    socket.on("message", (data, isBinary) => {
      if (!isBinary) this.#take(bufferOf(data));
      else {
        this.#binary ??= new Error("A binary frame came; messages are text frames.");
        this.close(closeCodes.notText, "Messages are text frames with JSON.");
      }
    });
    socket.pause();
  }

  /** Whoever listens last gets what comes from now on, and what has been waiting. */
  listen(listener: (body: Buffer) => void): void {
    this.#listener = listener;
    this.resume();
  }

  /** Keeps what comes next until somebody listens again. */
  hold(): void {
    this.#listener = undefined;
    this.#socket.pause();
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#hand();
    if (!this.#paused && this.#listener) this.#socket.resume();
  }

  /** Answers false when the peer is slow; then wait for `onDrain`. What is sent after the end is dropped. */
  send(body: string | Uint8Array): boolean {
    if (this.#ended || this.#socket.readyState !== this.#socket.OPEN) return true;
    this.#socket.send(body, { binary: false }, () => {
      if (!this.#full || this.#socket.bufferedAmount >= highWater / 2) return;
      this.#full = false;
      this.#drained.fire();
    });
    if (this.#socket.bufferedAmount >= highWater) this.#full = true;
    return !this.#full;
  }

  /** Whether anything came at all. */
  get spoke(): boolean {
    return this.#spoke;
  }

  /** Bytes that wait to leave. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Closes with a code and a reason, of which 123 bytes are sent. What comes after that is dropped. */
  close(code: number, reason: string): void {
    if (this.#ended || this.#closing) return;
    this.#closing = true;
    this.#socket.close(code, shorten(reason));
    // A paused socket would not read the peer's answer to the close.
    this.#socket.resume();
    const timer = this.#clock.after(closeGraceMs, () => this.terminate());
    void this.closed.then(() => timer.dispose());
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #take(body: Buffer): void {
    if (this.#ended || this.#closing) return;
    this.#spoke = true;
    this.#waiting.push(body);
    this.#hand();
  }

  #hand(): void {
    while (this.#listener && !this.#paused) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#listener(next);
    }
  }
}

/** The end of a socket as what a reader is told: nothing where the peer closed it in order. */
export function errorOfEnd({ code, error }: SocketEnd): Error | undefined {
  if (error) {
    const { code: kind } = error as NodeJS.ErrnoException;
    if (kind !== "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return error;
    return new Failure("tooLarge", `A message was larger than ${limits.bodyBytes} bytes.`, {
      details: { limit: limits.bodyBytes },
    });
  }
  return code === 1002 || code === 1007 || code === 1009 ? new Error(`The socket was closed with ${code}.`) : undefined;
}

/** Waits for the end of a socket in a form that can be given up. */
export function onEnd(frames: FrameSocket, listener: (error?: Error) => void) {
  let dropped = false;
  void frames.closed.then((end) => {
    if (!dropped) listener(errorOfEnd(end));
  });
  return toDisposable(() => {
    dropped = true;
  });
}

function bufferOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function shorten(reason: string): string {
  let text = reason.slice(0, 123);
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}
