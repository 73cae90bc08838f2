import { Message } from "vscode-jsonrpc/node";
import { type Clock, systemClock } from "../base/clock.ts";
import { deferred } from "../base/deferred.ts";
import { Failure } from "../base/failure.ts";
import { type Logger, silentLogger } from "../base/logger.ts";
import { limits as defaults } from "../protocol/limits.ts";
import type { MethodTable } from "../protocol/plugin/methods.ts";
import type { Channel, ConnectionLimits } from "./channel.ts";
import { StreamAgreement } from "./credit.ts";
import { FieldWatch, type UnknownField } from "./fields.ts";
import { sharedFrame } from "./frame.ts";
import type { RequestId } from "./framing/envelope.ts";
import { FramingReader } from "./framing/reader.ts";
import { FramingWriter } from "./framing/writer.ts";
import { type Handler, Inbound } from "./inbound.ts";
import { Outbound } from "./outbound.ts";
import { type NextTurn, nextTurn } from "./turns.ts";
import type { ByteSink, ByteSource, CloseReason, Connection, Handlers } from "./types.ts";

export interface ConnectionOptions<Local extends MethodTable, Remote extends MethodTable> {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  /** What the peer may send to us. */
  readonly local: Local;
  /** What we may send to the peer. */
  readonly remote: Remote;
  readonly handlers: Handlers<Local>;
  readonly limits?: Partial<ConnectionLimits>;
  readonly clock?: Clock;
  readonly turn?: NextTurn;
  readonly logger?: Logger;
  /** How error messages name the other side, as in `plugin "hello"`; default `the peer`. */
  readonly peer?: string;
  /** Text between messages, in pieces of at most 8 KiB. */
  readonly onStray?: (text: string) => void;
  /** A field that a schema does not know; told once for each. */
  readonly onUnknownField?: (field: UnknownField) => void;
  /** Unknown fields are refused instead of ignored. */
  readonly development?: boolean;
  /** Whether `initialize` agreed on a method of the remote table; without it, all of the table is. */
  readonly negotiated?: (method: string) => boolean;
  /** A peer that does not answer a request after it was cancelled is given up: the channel breaks. */
  readonly mustAnswerCancels?: boolean;
  /** Whether credit for streaming results is agreed on before `initialize` says so. */
  readonly streaming?: boolean;
}

/**
 * A channel over bytes that listens from the start and owns both streams. The messages are vscode-jsonrpc's and so are the interfaces
 * of reader and writer; its connection is not used, because it queues what comes and hands on one message per turn of the event
 * loop, and makes several promises and a token for each.
 */
export function createConnection<Local extends MethodTable, Remote extends MethodTable>(
  options: ConnectionOptions<Local, Remote>,
): Connection<Remote> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const limits: ConnectionLimits = { ...defaults, ...options.limits };
  const peer = options.peer ?? "the peer";
  const subject = peer.charAt(0).toUpperCase() + peer.slice(1);
  const turn = options.turn ?? nextTurn;
  const closed = deferred<CloseReason>();
  let isClosed = false;

  const reader = new FramingReader({
    source: options.source,
    limits,
    clock,
    turn,
    onStray: options.onStray,
    onInvalid: (fault) => {
      if (fault.answers !== undefined)
        outbound.broken(fault.answers, `is no response: ${fault.message.replace(/\.$/, "")}`);
      inbound.invalid(fault);
    },
    onComplaint: (code, message) =>
      logger.log("warn", `${peer} could not read a message of ours: ${message.slice(0, 500)} (${code})`),
  });
  const writer = new FramingWriter({ sink: options.sink, limits, turn });

  const channel: Channel = {
    clock,
    limits,
    logger,
    peer,
    watch: new FieldWatch(options.development ?? false, options.onUnknownField ?? (() => {})),
    streams: new StreamAgreement({ count: limits.streamCount, bytes: limits.streamBytes }, options.streaming === true),
    send: (message, lane, tag) => {
      try {
        return writer.send(message, lane, tag);
      } catch (error) {
        if (lane === "control" && error instanceof Failure && error.kind === "overloaded") {
          // Even refusals find no room: this peer writes and never reads.
          close({ kind: "broken", message: `${subject} does not read what is sent to it.` });
        }
        throw error;
      }
    },
    sendShared: (method, own, shared) => writer.sendFrame(sharedFrame(method, own, shared, limits.bodyBytes), "events"),
  };
  const inbound = new Inbound({
    channel,
    table: options.local,
    handlers: options.handlers as Record<string, Handler | undefined>,
    hold: () => reader.hold(),
    onProgress: (params) => outbound.progress(params),
  });
  const outbound = new Outbound({
    channel,
    table: options.remote,
    withdraw: (lane, id) => writer.withdraw(lane, id),
    negotiated: options.negotiated,
    onOverdue: options.mustAnswerCancels
      ? (method) => close({ kind: "broken", message: `${subject} did not answer "${method}" after it was cancelled.` })
      : undefined,
  });
  const listening = reader.listen((message) => {
    if (Message.isRequest(message)) inbound.request(message as typeof message & { id: RequestId }, reader.lastBytes);
    else if (Message.isNotification(message)) inbound.notification(message);
    else if (Message.isResponse(message)) outbound.answered(message);
  });

  function close(reason: CloseReason, details?: Record<string, unknown>): void {
    if (isClosed) return;
    isClosed = true;
    outbound.close(reason.message, details);
    inbound.close(reason.message);
    writer.end();
    listening.dispose();
    options.source.dispose();
    closed.resolve(reason);
  }

  /** Not at once: what came before the end, and the answers to it, are settled first. */
  const closeSoon = (reason: CloseReason) => void turn(() => close(reason));
  reader.onClose(() => {
    const { failure } = reader;
    if (!failure) {
      closeSoon({ kind: "ended", message: `${subject} closed the channel.` });
      return;
    }
    if (failure.kind !== "unavailable") inbound.complain(failure);
    closeSoon({ kind: "broken", message: `${subject}: ${failure.message}` });
  });
  writer.onClose(() => closeSoon({ kind: "broken", message: `${subject} closed its input.` }));

  return {
    request: (method, params, requestOptions) => outbound.request(method, params, requestOptions) as never,
    notify: (method, params) => outbound.notify(method, params),
    notifyShared: (method, own, shared) => outbound.notifyShared(method, own, shared),
    roomForEvents: () => writer.roomForEvents(),
    closed: closed.promise,
    close: (message, details) => close({ kind: "closed", message }, details),
    get load() {
      return { outstanding: outbound.outstanding, queuedBytes: writer.queuedBytes };
    },
  };
}
