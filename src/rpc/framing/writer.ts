import { AbstractMessageWriter, Message, type MessageWriter } from "vscode-jsonrpc/node";
import { type Deferred, deferred } from "../../base/deferred.ts";
import { Failure } from "../../base/failure.ts";
import { limits as defaults } from "../../protocol/limits.ts";
import { type Frame, textFrame } from "../frame.ts";
import { type NextTurn, nextTurn } from "../turns.ts";
import type { ByteSink } from "../types.ts";
import { type Content, type Lane, type LaneLimits, Lanes, type Waiting } from "./lanes.ts";

export interface WriterLimits extends LaneLimits {
  readonly bodyBytes: number;
}

export interface WriterOptions {
  readonly sink: ByteSink;
  readonly limits?: Partial<WriterLimits>;
  readonly turn?: NextTurn;
}

/** Methods that go first, whatever else waits, and that no count of requests holds back. */
const controlMethods: ReadonlySet<string> = new Set([
  "initialize",
  "initialized",
  "shutdown",
  "exit",
  "$/ping",
  "$/cancelRequest",
  "$/credit",
  "$/setTrace",
]);

/** Bodies from this size on are handed over as they are; smaller ones are copied together. */
const largeBody = 128 * 1024;
/** Up to this size header and body become one text, and such texts become bytes together. */
const smallMessage = 2 * 1024;
/** A write's size, about: small enough that what is urgent does not wait long behind it. */
const batchBytes = 256 * 1024;
/**
 * So many messages, or bytes, leave before the turn is over. The peer then works on them while the next ones are made here;
 * were a whole turn's to leave at once, the processes of a chain would work one after the other.
 */
const earlyCount = 16;
const earlyBytes = 64 * 1024;

/** So many bytes may wait before events are told to; there is room again when half of them have left. */
const eventsWaitAt = 1024 * 1024;

const encoder = new TextEncoder();

export function isControl(method: string): boolean {
  return controlMethods.has(method);
}

/** Whether a request counts among those that may be outstanding. Deliveries of events have a credit of their own. */
export function isCounted(method: string): boolean {
  return !isControl(method) && method !== "deliver";
}

/**
 * Writes messages as bytes: what was sent in one turn of the event loop leaves together at its end, or in batches where
 * it is much, urgent lanes first. Implements vscode-jsonrpc's `MessageWriter`. While the sink is slow messages wait in
 * bounded lanes. The sink's first error is final and told once; after it, and after `end`, nothing is written and
 * `send` throws `unavailable`.
 */
export class FramingWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #sink: ByteSink;
  readonly #limits: WriterLimits;
  readonly #nextTurn: NextTurn;
  readonly #lanes: Lanes;
  readonly #owned: { dispose(): void }[];
  #turn: { dispose(): void } | undefined;
  #blocked = false;
  /** Bytes of the last write that the sink has not let go. */
  #leaving = 0;
  #over = false;
  #room: Deferred<void> | undefined;

  constructor(options: WriterOptions) {
    super();
    this.#sink = options.sink;
    this.#limits = { ...defaults, ...options.limits };
    this.#nextTurn = options.turn ?? nextTurn;
    this.#lanes = new Lanes(this.#limits);
    this.#owned = [this.#sink.onDrain(() => this.#drained()), this.#sink.onError((error) => this.#broken(error))];
  }

  /** Bytes that wait to leave. */
  get queuedBytes(): number {
    return this.#lanes.bytes + this.#leaving;
  }

  /** Undefined while there is room for events; else it resolves when there is, or nothing is written any more. */
  roomForEvents(): Promise<void> | undefined {
    if (this.#over || this.queuedBytes < this.#eventsWaitAt) return undefined;
    this.#room ??= deferred();
    return this.#room.promise;
  }

  get #eventsWaitAt(): number {
    return Math.min(eventsWaitAt, this.#limits.eventQueueBytes / 4);
  }

  #giveRoom(): void {
    const room = this.#room;
    this.#room = undefined;
    room?.resolve();
  }

  /** For vscode-jsonrpc: resolves as soon as the message is accepted. */
  write(message: Message): Promise<void> {
    try {
      this.send(message, laneOf(message), Message.isRequest(message) ? message.id : undefined);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Answers the bytes that it takes. Throws `overloaded` when the lanes are full, `tooLarge`, `unavailable` after the end. */
  send(message: object, lane: Lane, tag?: unknown): number {
    this.#assertOpen();
    const { header, body, size } = textFrame(message, this.#limits.bodyBytes);
    this.#add(size <= smallMessage ? header + body : { header, body }, size, lane, tag);
    return size;
  }

  /** The same for a frame that others may send too. */
  sendFrame(frame: Frame, lane: Lane, tag?: unknown): void {
    this.#assertOpen();
    this.#add(frame, frame.size, lane, tag);
  }

  /** Takes back a request that has not left; answers whether it could. */
  withdraw(lane: Lane, id: unknown): boolean {
    return this.#lanes.withdraw(lane, id);
  }

  /** Writes now what the sink will take. */
  flush(): void {
    this.#turn?.dispose();
    this.#turn = undefined;
    while (!this.#over && !this.#blocked && this.#lanes.bytes > 0) {
      const { joined, last } = this.#batch();
      this.#leaving = joined.length + (last?.length ?? 0);
      const flows = joined.length === 0 || this.#sink.write(joined);
      const lastFlows = !last || this.#over || this.#sink.write(last);
      if (flows && lastFlows) this.#leaving = 0;
      else this.#blocked = true;
    }
    if (this.#room && this.queuedBytes <= this.#eventsWaitAt / 2) this.#giveRoom();
  }

  /** Writes what may leave at once, closes the sink and drops the rest. A peer that does not read is not waited for. */
  end(): void {
    if (this.#over) return;
    this.flush();
    const stuck = this.#blocked;
    this.#stop();
    if (stuck) this.#sink.dispose();
    else this.#sink.end();
  }

  override dispose(): void {
    this.#stop();
    super.dispose();
  }

  #add(content: Content, size: number, lane: Lane, tag: unknown): void {
    this.#lanes.add(lane, content, size, tag, this.#leaving);
    if (this.#blocked) return;
    if (this.#lanes.count >= earlyCount || this.#lanes.bytes >= earlyBytes) this.flush();
    else this.#turn ??= this.#nextTurn(() => this.flush());
  }

  /** Messages in order of their lanes: small ones joined, a large body by itself at the end. */
  #batch(): { joined: Uint8Array; last: Uint8Array | undefined } {
    const joined: Waiting[] = [];
    let size = 0;
    while (size < batchBytes) {
      const next = this.#lanes.take();
      if (!next) break;
      if (next.size >= largeBody && typeof next.content === "object") {
        const { header, body } = next.content;
        const last = typeof body === "string" ? encoder.encode(body) : body;
        const rest = next.size - last.length;
        joined.push({ content: header, size: rest, tag: undefined });
        return { joined: joinedOf(joined, size + rest), last };
      }
      joined.push(next);
      size += next.size;
    }
    return { joined: joinedOf(joined, size), last: undefined };
  }

  #drained(): void {
    if (!this.#blocked || this.#over) return;
    this.#blocked = false;
    this.#leaving = 0;
    this.flush();
  }

  #broken(error: Error): void {
    if (this.#over) return;
    this.#stop();
    this.fireError(error, undefined, 1);
    this.fireClose();
  }

  #assertOpen(): void {
    if (this.#over) throw new Failure("unavailable", "The channel is closed.");
  }

  #stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#turn?.dispose();
    this.#turn = undefined;
    this.#lanes.clear();
    this.#leaving = 0;
    this.#giveRoom();
    // The listener for errors stays: a sink that fails again after its end has to find someone who listens.
    this.#owned[0]?.dispose();
  }
}

/** The bytes of messages one behind the other, `size` in all. */
function joinedOf(messages: readonly Waiting[], size: number): Uint8Array {
  const joined = Buffer.allocUnsafe(size);
  let at = 0;
  let text = "";
  let bytes = 0;
  const write = () => {
    // As many characters as bytes: then each is one byte, which is written several times faster.
    at += joined.write(text, at, text.length === bytes ? "latin1" : "utf8");
    text = "";
    bytes = 0;
  };
  for (const { content, size } of messages) {
    if (typeof content === "string") {
      text += content;
      bytes += size;
      continue;
    }
    const { header, body } = content;
    const bodyBytes = typeof body === "string" ? size - header.length : body.length;
    text += header;
    bytes += size - bodyBytes;
    write();
    if (typeof body === "string") {
      text = body;
      bytes = bodyBytes;
    } else {
      joined.set(body, at);
      at += body.length;
    }
  }
  write();
  return joined;
}

/** The lane that a message belongs to by its form. Progress goes with answers, so that an answer never overtakes it. */
export function laneOf(message: Message): Lane {
  if (Message.isResponse(message)) return "responses";
  if (Message.isRequest(message)) return isControl(message.method) ? "control" : "requests";
  if (!Message.isNotification(message)) return "responses";
  if (isControl(message.method)) return "control";
  return message.method === "$/progress" ? "responses" : "events";
}
