/**
 * A plugin without an SDK, written by hand with nothing but what the channel needs: what is left of a call's time is the
 * host's own. With an argument it calls that plugin, without one it answers.
 */
import { closedLoop, type TwoHopCell } from "../loop.ts";

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly name: string; readonly args: unknown };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const target = process.argv[3];
const waiting = new Map<number | string, { resolve(value: unknown): void; reject(error: Error): void }>();
let lastId = 0;
let outgoing: Buffer[] = [];

function send(message: object): void {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
  if (outgoing.length === 0) {
    setImmediate(() => {
      process.stdout.write(Buffer.concat(outgoing));
      outgoing = [];
    });
  }
  outgoing.push(Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body);
}

function call(args: unknown): Promise<unknown> {
  const id = ++lastId;
  send({ id, method: "call", params: { to: { plugin: target }, name: "echo", args } });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

/** A caller's calls are never more than the host takes; what is beyond waits here. */
const places = 60;
let taken = 0;
const queue: (() => void)[] = [];
async function callInTurn(args: unknown): Promise<unknown> {
  if (taken >= places) await new Promise<void>((resolve) => queue.push(resolve));
  else taken++;
  try {
    return await call(args);
  } finally {
    const next = queue.shift();
    if (next) next();
    else taken--;
  }
}

async function handle({ id, method, params, result, error }: Message): Promise<void> {
  if (method === undefined) {
    const one = waiting.get(id ?? "");
    waiting.delete(id ?? "");
    if (error) one?.reject(new Error(error.message));
    else one?.resolve(result);
    return;
  }
  if (method === "initialize") {
    const plugin = { name: target ? "bench-bare-caller" : "bench-bare-target", version: "1.0.0" };
    send({ id, result: { protocolVersion: 1, plugin, capabilities: {} } });
  } else if (method === "call") {
    send({
      id,
      result: params?.name === "run" ? await closedLoop(callInTurn, params.args as TwoHopCell) : params?.args,
    });
  } else if (method === "exit") process.exit(0);
  else if (id !== undefined) send({ id, result: {} });
}

let pending: Buffer = Buffer.alloc(0);
let parts: Buffer[] = [];
let have = 0;
let need = 0;
process.stdin.on("data", (chunk: Buffer) => {
  parts.push(chunk);
  have += chunk.length;
  if (have < need) return;
  pending = parts.length === 1 ? chunk : Buffer.concat(parts);
  let at = 0;
  need = 0;
  for (;;) {
    const end = pending.indexOf("\r\n\r\n", at);
    if (end < 0) break;
    const length = Number(pending.toString("latin1", at, end).slice("Content-Length: ".length));
    if (pending.length < end + 4 + length) {
      need = end + 4 + length - at;
      break;
    }
    void handle(JSON.parse(pending.toString("utf8", end + 4, end + 4 + length)) as Message);
    at = end + 4 + length;
  }
  parts = at < pending.length ? [pending.subarray(at)] : [];
  have = pending.length - at;
});
process.stdin.on("end", () => process.exit(0));
