import { type ChildProcess, spawn } from "node:child_process";
import { until } from "./until.ts";

/** A message as it came, unchecked. */
export interface RawMessage {
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string };
}

/** A process at the other end of plain bytes: for what a well-behaved connection would never send. */
export class RawPeer {
  readonly received: RawMessage[] = [];
  readonly child: ChildProcess;
  /** Ends with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  stderr = "";
  #bytes = Buffer.alloc(0);
  #id = 1_000;

  constructor(command: readonly string[], env: Record<string, string | undefined>) {
    this.child = spawn(command[0] as string, command.slice(1), { stdio: ["pipe", "pipe", "pipe"], env });
    this.child.stdin?.on("error", () => {});
    this.child.stdout?.on("data", (chunk: Buffer) => this.#read(chunk));
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.exited = new Promise((resolve) =>
      this.child.once("exit", (code, signal) => resolve(code ?? signal ?? "gone")),
    );
  }

  write(bytes: string | Buffer): void {
    this.child.stdin?.write(bytes);
  }

  send(message: unknown): void {
    const body = JSON.stringify(message);
    this.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /** Sends a request and waits for the message that answers it. */
  request(method: string, params: unknown): Promise<RawMessage> {
    this.#id += 1;
    const id = this.#id;
    this.send({ jsonrpc: "2.0", id, method, params });
    return until(`an answer to ${method}`, () =>
      this.received.find((message) => message.id === id && message.method === undefined),
    );
  }

  end(): void {
    this.child.stdin?.end();
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#bytes.subarray(0, 64).toString("latin1"));
      if (!header) return;
      const end = header[0].length + Number(header[1]);
      if (this.#bytes.length < end) return;
      this.received.push(JSON.parse(this.#bytes.subarray(header[0].length, end).toString("utf8")) as RawMessage);
      this.#bytes = this.#bytes.subarray(end);
    }
  }
}
