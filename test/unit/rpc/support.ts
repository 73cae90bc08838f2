import { z } from "zod";
import { hostToPlugin, type MethodTable } from "../../../src/protocol/plugin/methods.ts";
import type { ConnectionOptions } from "../../../src/rpc/connection.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import { FrameScanner } from "../../../src/rpc/framing/scanner.ts";
import { type MemoryEnd, memoryPair } from "../../../src/rpc/memory.ts";
import type { Connection } from "../../../src/rpc/types.ts";
import { until } from "../../support/until.ts";

const {
  "$/ping": ping,
  "$/cancelRequest": cancelRequest,
  "$/progress": progress,
  "$/credit": credit,
  "$/setTrace": setTrace,
} = hostToPlugin;
const meta = z.object({ progressToken: z.union([z.string(), z.number()]).optional() }).optional();

/** A small table for tests: the channel's own messages, one echo, one that takes its time, one told only. */
export const table = {
  "$/ping": ping,
  "$/cancelRequest": cancelRequest,
  "$/progress": progress,
  "$/credit": credit,
  "$/setTrace": setTrace,
  echo: {
    kind: "request",
    params: z.object({ value: z.unknown(), nested: z.object({ a: z.number() }).optional(), _meta: meta }),
    result: z.unknown(),
  },
  work: { kind: "request", params: z.object({ _meta: meta }), result: z.object({ done: z.boolean() }) },
  tell: { kind: "notification", params: z.object({ text: z.string() }) },
  either: { kind: "request", params: z.object({ n: z.number() }), result: z.null(), orNotification: true },
} as const satisfies MethodTable;
export type Table = typeof table;

export type Options = Partial<ConnectionOptions<Table, Table>>;
export type WireMessage = {
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string; data?: Record<string, unknown> };
};

const encoder = new TextEncoder();

/** A message as bytes; a string is taken as the body as it stands. */
export function framed(message: unknown): Uint8Array {
  const body = encoder.encode(typeof message === "string" ? message : JSON.stringify(message));
  return joined([encoder.encode(`Content-Length: ${body.length}\r\n\r\n`), body]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The other end of a connection without any manners: it writes what it likes and notes what it is sent. */
export class RawPeer {
  readonly end: MemoryEnd;
  readonly received: WireMessage[] = [];
  ended = false;
  readonly #scanner = new FrameScanner({ headerBytes: 8_192, bodyBytes: 1 << 26 });

  constructor(end: MemoryEnd, reads = true) {
    this.end = end;
    if (!reads) return;
    end.source.onData((chunk) => {
      this.#scanner.push(chunk);
      for (let piece = this.#scanner.next(); piece; piece = this.#scanner.next()) {
        if (piece.kind !== "body") throw new Error(`The connection wrote something that is no frame: ${piece.kind}`);
        this.received.push(JSON.parse(new TextDecoder().decode(piece.bytes)));
      }
    });
    end.source.onEnd(() => {
      this.ended = true;
    });
  }

  send(...messages: unknown[]): void {
    this.end.sink.write(joined(messages.map(framed)));
  }

  write(data: string | Uint8Array): void {
    this.end.sink.write(typeof data === "string" ? bytes(data) : data);
  }

  /** Waits for a message that fits. */
  next(what: string, fits: (message: WireMessage) => boolean): Promise<WireMessage> {
    return until(what, () => this.received.find(fits), { everyMs: 1 });
  }

  /** Waits for the answer to this id. */
  answer(id: string | number | null): Promise<WireMessage> {
    return this.next(`there is an answer to ${id}`, (message) => message.id === id && !message.method);
  }
}

/** A connection of ours and a raw peer. `calls` are the params that reached a handler. */
export function withRawPeer(
  options: Options = {},
  reads = true,
): { peer: RawPeer; connection: Connection<Table>; calls: unknown[] } {
  const { left, right } = memoryPair();
  const calls: unknown[] = [];
  const connection = createConnection<Table, Table>({
    ...left,
    local: table,
    remote: table,
    handlers: {
      echo: (params) => {
        calls.push(params);
        return params.value;
      },
      tell: (params) => void calls.push(params),
      either: (params) => {
        calls.push(params);
        return null;
      },
    },
    ...options,
  });
  return { peer: new RawPeer(right, reads), connection, calls };
}

/** Two connections of ours. */
export function connected(left: Options = {}, right: Options = {}): { a: Connection<Table>; b: Connection<Table> } {
  const pair = memoryPair();
  const make = (end: MemoryEnd, options: Options) =>
    createConnection<Table, Table>({ ...end, local: table, remote: table, handlers: {}, ...options });
  return { a: make(pair.left, left), b: make(pair.right, right) };
}

/** Lets that many turns of the event loop go by, for what happens "not now" and has no state to wait for. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
