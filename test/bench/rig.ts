/** A program of the bench and how it is asked: a child with an IPC channel, where needed with pipes for the stack under test. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { treeCpuUs } from "./processCpu.ts";

interface Asked {
  readonly id: number;
  readonly command: string;
  readonly params: unknown;
}

interface Told {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A child program that answers commands. It ends with its parent, whose IPC channel it watches. */
export class Rig {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #lastId = 0;

  /** With `pipes` the child's stdin and stdout are the stack's channel; else they are this process's. */
  constructor(
    program: string,
    args: readonly string[] = [],
    { pipes = false, nodeArgs = [] as readonly string[] } = {},
  ) {
    this.#child = spawn(process.execPath, [...nodeArgs, program, ...args], {
      stdio: pipes ? ["pipe", "pipe", "inherit", "ipc"] : ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (told: Told) => {
      const waiting = this.#waiting.get(told.id);
      this.#waiting.delete(told.id);
      if (told.error === undefined) waiting?.resolve(told.value);
      else waiting?.reject(new Error(told.error));
    });
    this.#child.on("exit", (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`${program} ended (${signal ?? code}) before it answered.`));
      this.#waiting.clear();
    });
  }

  get input(): Writable {
    if (!this.#child.stdin) throw new Error("This program has no pipes.");
    return this.#child.stdin;
  }

  get output(): Readable {
    if (!this.#child.stdout) throw new Error("This program has no pipes.");
    return this.#child.stdout;
  }

  /** Microseconds that the program and its own children have worked so far, where the system tells. */
  cpuUs(): number | undefined {
    return this.#child.pid === undefined ? undefined : treeCpuUs(this.#child.pid);
  }

  ask<T>(command: string, params: unknown = {}): Promise<T> {
    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ id, command, params } satisfies Asked);
    });
  }

  /** Asks the program to clear up, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 8_000);
    this.#child.disconnect();
    await gone;
    clearTimeout(timer);
  }
}

/** What this process and its threads have worked so far, in microseconds. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The program's side: answers commands, and `cpu`, and when the parent lets go clears up and ends. */
export function serve(
  commands: Readonly<Record<string, (params: never) => unknown>>,
  clearUp: () => unknown = () => {},
): void {
  process.on("message", async ({ id, command, params }: Asked) => {
    try {
      const run = command === "cpu" ? cpuUs : commands[command];
      if (!run) throw new Error(`There is no command "${command}".`);
      process.send?.({ id, value: await run(params as never) } satisfies Told);
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on("disconnect", async () => {
    await clearUp();
    process.exit(0);
  });
}
