import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { RawEnd, type RawMessage } from "./rawEnd.ts";
import { manifestText, type RealHost } from "./realHost.ts";

type Params = Record<string, unknown>;

/** What a puppet answers to a method of the host's; what is thrown is not answered at all. */
export type Answer = (params: Params, message: RawMessage) => unknown;

/** The answer that a puppet leaves to the test: with `answerTo`, later. */
export const unanswered = Symbol("unanswered");

/** A real plugin process of a real host that the test leads, byte by byte. Answers the host's housekeeping by itself. */
export class Puppet extends RawEnd {
  readonly name: string;
  /** By method; a test may change them. */
  readonly answers: Record<string, Answer> = {
    initialize: () => ({
      protocolVersion: 1,
      plugin: { name: this.name },
      capabilities: this.capabilities,
      ...this.declares,
    }),
    "$/ping": () => ({}),
    shutdown: () => null,
    deliver: () => null,
    intercept: () => ({ decision: "allow" }),
    call: ({ args }) => args,
  };
  readonly capabilities: Params = {
    progress: true,
    detachedCalls: true,
    intercepts: true,
    state: true,
    conversation: true,
  };
  /** Offers, subscriptions and intercepts of the answer to `initialize`. */
  declares: Params = {};
  readonly #server: Server;
  #socket: Socket | undefined;

  private constructor(name: string, server: Server) {
    super();
    this.name = name;
    this.#server = server;
    server.on("connection", (socket) => {
      this.#socket = socket;
      socket.on("data", (chunk: Buffer) => this.feed(chunk));
      socket.on("error", () => {});
    });
  }

  static async make(name: string): Promise<Puppet> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Puppet(name, server);
  }

  /** Puts its package into a folder of packages; `parley` is its part of the manifest. */
  pack(folder: string, parley: Params = {}): void {
    const root = join(folder, this.name);
    mkdirSync(root);
    copyFileSync(join(import.meta.dirname, "fixtures/puppet.mjs"), join(root, "puppet.mjs"));
    const { port } = this.#server.address() as { port: number };
    const run = { runtime: "node", entry: "./puppet.mjs", args: [String(port)] };
    writeFileSync(join(root, "plugin.json"), manifestText(this.name, { run, ...parley }));
  }

  /** Runs its process in a host that has its package. */
  async start({ host }: RealHost): Promise<this> {
    await host.supervisor.ensureRunning(this.name);
    return this;
  }

  override write(bytes: string | Buffer): void {
    this.#socket?.write(bytes);
  }

  /** Reads nothing more of what the host writes, until told otherwise. */
  reads(on: boolean): void {
    if (on) this.#socket?.resume();
    else this.#socket?.pause();
  }

  answerTo({ id }: RawMessage, result: unknown): void {
    this.send({ jsonrpc: "2.0", id, result });
  }

  /** The requests and notifications of a method that came. */
  came(method: string): RawMessage[] {
    return this.received.filter((message) => message.method === method);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  protected override heard(message: RawMessage): void {
    if (message.id === undefined) return;
    const answer = this.answers[message.method ?? ""];
    const result = answer?.(message.params ?? {}, message);
    if (answer && result !== unanswered) this.answerTo(message, result ?? null);
  }
}
