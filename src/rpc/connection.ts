import {
  CancellationReceiverStrategy,
  createMessageConnection,
  type DataCallback,
  Message,
  type MessageReader,
  type MessageWriter,
  ParameterStructures,
  RequestType,
  ResponseError,
} from "vscode-jsonrpc/node";
import { type Clock, systemClock } from "../base/clock.ts";
import { deferred } from "../base/deferred.ts";
import { Failure } from "../base/failure.ts";
import { type Logger, silentLogger } from "../base/logger.ts";
import { errorCodes } from "../protocol/codes.ts";
import { limits as defaults } from "../protocol/limits.ts";
import type { MethodTable } from "../protocol/plugin/methods.ts";
import type { Channel, ConnectionLimits } from "./channel.ts";
import { StreamAgreement } from "./credit.ts";
import { FieldWatch, type UnknownField } from "./fields.ts";
import type { RequestId } from "./framing/envelope.ts";
import { FramingReader } from "./framing/reader.ts";
import { FramingWriter, isControl, laneOf } from "./framing/writer.ts";
import { type Handler, Inbound } from "./inbound.ts";
import { type Correlator, forgottenResponse, Outbound } from "./outbound.ts";
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
  /** Whether credit for streaming results is agreed on before `initialize` says so. */
  readonly streaming?: boolean;
}

/**
 * A channel over bytes that listens from the start and owns both streams. Requests, their ids and the matching of answers are
 * vscode-jsonrpc's. What comes in is routed before its queue, which would hand on one message per turn of the event loop
 * and so make every batch of answers one message long.
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
      if (fault.answers !== undefined) outbound.broken(fault.answers, `is no response: ${fault.message}`);
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
    streams: new StreamAgreement(
      { count: limits.streamCount, bytes: limits.streamBytes },
      options.streaming === true,
    ),
    send: (message, lane) => {
      try {
        return writer.send(message, lane);
      } catch (error) {
        if (lane === "control" && error instanceof Failure && error.kind === "overloaded") {
          // Even refusals find no room: this peer writes and never reads.
          close({ kind: "broken", message: `${subject} does not read what is sent to it.` });
        }
        throw error;
      }
    },
  };
  const inbound = new Inbound({
    channel,
    table: options.local,
    handlers: options.handlers as Record<string, Handler | undefined>,
    hold: () => reader.hold(),
    onProgress: (params) => outbound.progress(params),
  });
  const { correlator, dispose } = correlate(reader, writer, (message) => {
    if (Message.isRequest(message)) inbound.request(message as typeof message & { id: RequestId });
    else if (Message.isNotification(message)) inbound.notification(message);
    return Message.isResponse(message);
  });
  const outbound = new Outbound({ channel, table: options.remote, correlator, negotiated: options.negotiated });

  function close(reason: CloseReason): void {
    if (isClosed) return;
    isClosed = true;
    outbound.close(reason.message);
    inbound.close(reason.message);
    writer.end();
    dispose();
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
    closed: closed.promise,
    close: (message) => close({ kind: "closed", message }),
    get load() {
      return { outstanding: outbound.outstanding, queuedBytes: writer.queuedBytes };
    },
  };
}

/**
 * vscode-jsonrpc's connection behind what `Outbound` needs. `route` sees every message first; those for which it answers
 * true, the responses, go on to the library, which ignores those that answer nothing.
 */
function correlate(
  reader: FramingReader,
  writer: FramingWriter,
  route: (message: Message) => boolean,
): { correlator: Correlator; dispose(): void } {
  const types = new Map<string, RequestType<object, unknown, unknown>>();
  let toLibrary: DataCallback = () => {};
  let sentId: RequestId = -1;
  let refusal: unknown;
  /** The library turns every failed write into one error of its own; ours says more. */
  const keeping: MessageWriter = {
    onError: writer.onError,
    onClose: writer.onClose,
    write: (message) => {
      try {
        writer.send(message, laneOf(message), Message.isRequest(message) ? message.id : undefined);
        return Promise.resolve();
      } catch (error) {
        refusal = error;
        return Promise.reject(error);
      }
    },
    end: () => writer.end(),
    dispose: () => writer.dispose(),
  };
  const gate: MessageReader = {
    onError: reader.onError,
    onClose: reader.onClose,
    onPartialMessage: reader.onPartialMessage,
    dispose: () => reader.dispose(),
    listen: (callback) => {
      toLibrary = callback;
      return reader.listen((message) => void (route(message) && callback(message)));
    },
  };
  const connection = createMessageConnection(gate, keeping, undefined, {
    // With any bound set, the library settles responses as they come instead of queueing them.
    maxParallelism: Number.MAX_SAFE_INTEGER,
    cancellationStrategy: {
      receiver: CancellationReceiverStrategy.Message,
      sender: {
        enableCancellation: (request) => {
          sentId = request.id as RequestId;
        },
        sendCancellation: () => Promise.resolve(),
        cleanup: () => {},
      },
    },
  });
  connection.onError(() => {});
  /** The library throws its own error once the stream is over, which is a turn before we close. */
  const sendRequest = (type: RequestType<object, unknown, unknown>, params: object) => {
    try {
      return connection.sendRequest(type, params);
    } catch (error) {
      throw new Failure("unavailable", "The channel is closed.", { cause: error });
    }
  };
  connection.listen();
  return {
    dispose: () => connection.dispose(),
    correlator: {
      request(method, params, onResult, onError) {
        let type = types.get(method);
        if (!type) {
          type = new RequestType(method, ParameterStructures.byName);
          types.set(method, type);
        }
        refusal = undefined;
        const answer = sendRequest(type, params);
        if (refusal) {
          answer.catch(() => {});
          throw refusal;
        }
        answer.then(onResult, (error) => onError(asWireError(error)));
        return sentId;
      },
      forget: (id) => toLibrary(forgottenResponse(id)),
      withdraw: (id, method) => writer.withdraw(isControl(method) ? "control" : "requests", id),
    },
  };
}

function asWireError(error: unknown): { code: number; message: string; data?: unknown } {
  if (error instanceof ResponseError) return { code: error.code, message: error.message, data: error.data };
  return { code: errorCodes.internal, message: "The request could not be sent." };
}
