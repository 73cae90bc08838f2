import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { deferred } from "../base/deferred.ts";
import { Emitter } from "../base/emitter.ts";
import { Failure } from "../base/failure.ts";
import type { Logger } from "../base/logger.ts";
import type {
  ExitInfo,
  LaunchSpec,
  Peer,
  PeerRequestOptions,
  PluginMessageHandler,
  PluginProcess,
} from "../core/ports.ts";
import { rates } from "../protocol/limits.ts";
import { type HostToPlugin, hostToPlugin, pluginToHost } from "../protocol/plugin/methods.ts";
import { createConnection } from "../rpc/connection.ts";
import type { CloseReason, Connection, Incoming } from "../rpc/types.ts";
import type { Command } from "./command.ts";
import { pluginEnvironment } from "./environment.ts";
import { Tail } from "./lines.ts";
import { PrintedLines } from "./printedLines.ts";
import { ownEnd, startErrorOf } from "./processEnds.ts";
import type { ProcessTree } from "./processTree.ts";
import type { Preparing } from "./pythonEnvironments.ts";
import type { Shut } from "./sandbox/sandboxes.ts";
import { stopLadder } from "./stopLadder.ts";
import { runVariable } from "./strays.ts";
import { endingAfter, failingAfter, sinkOf, sourceOf } from "./streams.ts";

/** How long the last output of a process is waited for after its exit; a grandchild may hold the pipe for ever. */
const drainMs = 250;

/** How long the end of a process's output waits for its exit, so that the exit is what is told to those who wait. */
const exitAfterEndMs = 500;

export interface PluginProcessOptions {
  readonly spec: LaunchSpec;
  readonly onMessage: PluginMessageHandler;
  readonly runDir: string;
  readonly tree: ProcessTree;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Makes the run's folder and says what to run and what holds it; a `Failure` becomes the `startError`. */
  prepare(preparing: Preparing): Promise<Shut>;
  onSpawned(pid: number): void;
  /** The process is gone; what it left running is ended, and what belongs to the run removed. `exited` waits for it. */
  onGone(): Promise<void>;
  /** How many characters at the end of a text may be the beginning of a secret: they are not parted from what it writes next. */
  readonly secretBegun?: ((text: string) => number) | undefined;
}

/** A plugin's process on this machine, speaking the channel on its stdin and stdout. */
export class NodePluginProcess implements PluginProcess {
  readonly runDir: string;
  readonly exited: Promise<ExitInfo>;
  readonly peer: Peer;
  readonly #options: PluginProcessOptions;
  readonly #exit = deferred<ExitInfo>();
  readonly #closed = deferred<CloseReason>();
  readonly #connected = deferred<Connection<HostToPlugin> | undefined>();
  readonly #text: Emitter<{ stream: "stderr" | "stray"; text: string }>;
  readonly #tail: Tail;
  /** Ends the making ready of a process that is not wanted any more. */
  readonly #unwanted = new AbortController();
  #shut: Shut | undefined;
  #child: ChildProcess | undefined;
  #connection: Connection<HostToPlugin> | undefined;
  #initialized = false;
  #stopping: Promise<ExitInfo> | undefined;

  constructor(options: PluginProcessOptions) {
    this.#options = options;
    this.#tail = new Tail(4_096, options.secretBegun);
    this.runDir = options.runDir;
    this.exited = this.#exit.promise;
    this.#text = new Emitter((error) => options.logger.log("error", "A listener failed.", { error: String(error) }));
    this.peer = this.#makePeer();
    void this.#begin();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get sandbox() {
    return this.#shut?.state;
  }

  get onText() {
    return this.#text.event;
  }

  stop(why = `Parley stopped the plugin "${this.#options.spec.plugin}".`): Promise<ExitInfo> {
    this.#unwanted.abort();
    this.#stopping ??= this.#climbDown(why);
    return this.#stopping;
  }

  kill(): void {
    this.#unwanted.abort();
    this.#stopping ??= this.exited;
    const pid = this.pid;
    if (pid !== undefined && this.#isThere()) this.#options.tree.kill(pid);
  }

  async #begin(): Promise<void> {
    const { spec, prepare, onSpawned } = this.#options;
    let command: Command;
    try {
      this.#shut = await prepare({
        signal: this.#unwanted.signal,
        say: (text) => this.#text.fire({ stream: "stderr", text }),
      });
      command = this.#shut.command;
      await mkdir(spec.dataDir, { recursive: true });
    } catch (error) {
      return this.#notStarted(startErrorOf(error, spec.root));
    }
    if (this.#stopping) return this.#notStarted(undefined);
    let child: ChildProcess;
    try {
      child = spawn(command.file, [...command.args], {
        cwd: spec.root,
        env: this.#environment(command),
        stdio: ["pipe", "pipe", "pipe"],
        detached: process.platform !== "win32",
        windowsHide: true,
      });
    } catch (error) {
      return this.#notStarted(startErrorOf(error, spec.root));
    }
    this.#child = child;
    if (child.pid === undefined) {
      child.once("error", (error) => void this.#notStarted(startErrorOf(error, spec.root, command.file)));
      return;
    }
    child.on("error", (error) => this.#options.logger.log("warn", `${spec.plugin}: ${error.message}`));
    onSpawned(child.pid);
    this.#connect(child);
  }

  #environment(command: Command): Record<string, string> {
    const { spec } = this.#options;
    return {
      ...pluginEnvironment(process.env),
      ...(command.runEnv ?? spec.run.env),
      ...spec.env,
      ...command.env,
      PLUGIN_ROOT: spec.root,
      PLUGIN_DATA: spec.dataDir,
      [runVariable]: this.runDir,
    };
  }

  #connect(child: ChildProcess): void {
    const { spec, clock, logger } = this.#options;
    const { stdin, stdout, stderr } = child;
    if (!stdin || !stdout || !stderr) throw new Error("A plugin's process has no pipes.");
    const printed = this.#lines("stderr", (line) => this.#tail.add(line));
    stderr.on("data", (chunk: Buffer) => printed.write(chunk));
    stderr.on("error", () => {});
    const stray = this.#lines("stray");
    const connection = createConnection({
      source: endingAfter(sourceOf(stdout), this.exited, clock, exitAfterEndMs),
      sink: failingAfter(sinkOf(stdin), this.exited, clock, exitAfterEndMs),
      local: pluginToHost,
      remote: hostToPlugin,
      handlers: this.#handlers(),
      clock,
      logger,
      // Who stands at a breakpoint answers nothing.
      mustAnswerCancels: spec.inspect === undefined,
      peer: `plugin "${spec.plugin}"`,
      onStray: (text) => stray.write(Buffer.from(text)),
      limits: spec.limits,
      development: spec.development,
      onUnknownField: ({ method, field, direction }) => {
        if (direction === "out") return;
        const consequence = spec.development ? "refused, because the plugin is in development" : "ignored";
        const text = `Parley: "${method}" has the field "${field}", which this version does not know; it is ${consequence}.`;
        this.#text.fire({ stream: "stderr", text });
      },
    });
    child.once("exit", (code, signal) => void this.#ended(child, connection, code, signal, [printed, stray]));
    this.#connection = connection;
    this.#connected.resolve(connection);
    void connection.closed.then(this.#closed.resolve);
  }

  /** One handler for every method that a plugin may send; the connection has checked the params. */
  #handlers(): Record<string, (params: never, incoming: Incoming) => unknown> {
    const handlers: Record<string, (params: never, incoming: Incoming) => unknown> = {};
    const own = ["$/ping", "$/cancelRequest", "$/progress", "$/credit"];
    for (const method of Object.keys(pluginToHost)) {
      if (own.includes(method)) continue;
      handlers[method] = (params: Record<string, unknown>, incoming) =>
        this.#options.onMessage(method, params, incoming.cancellation, (value) => incoming.progress(value));
    }
    return handlers;
  }

  #lines(stream: "stderr" | "stray", onLine?: (line: string) => void): PrintedLines {
    const { clock, spec, secretBegun } = this.#options;
    const rate = spec.logRate ?? rates.logs;
    return new PrintedLines({ clock, rate, secretBegun, onLine, log: (text) => this.#text.fire({ stream, text }) });
  }

  async #ended(
    child: ChildProcess,
    connection: Connection<HostToPlugin>,
    code: number | null,
    signal: string | null,
    texts: { end(): void }[],
  ): Promise<void> {
    const { spec, tree, clock, onGone } = this.#options;
    if (child.pid !== undefined) tree.reap(child.pid);
    await new Promise<void>((resolve) => {
      const timer = clock.after(drainMs, resolve);
      child.once("close", () => {
        timer.dispose();
        resolve();
      });
    });
    connection.close(
      `Plugin "${spec.plugin}" ${signal ? `was ended by ${signal}` : `exited with code ${code}`}.`,
      signal ? { reason: "exited", signal } : { reason: "exited", exitCode: code },
    );
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
    for (const text of texts) text.end();
    await onGone();
    this.#exit.resolve({ ...ownEnd(code, signal, this.#shut), stderr: this.#tail.text });
  }

  async #notStarted(startError: string | undefined): Promise<void> {
    this.#connected.resolve(undefined);
    this.#closed.resolve({ kind: "closed", message: this.#neverStarted().message });
    await this.#options.onGone();
    this.#exit.resolve({ code: null, signal: null, stderr: "", startError });
  }

  #isThere(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #climbDown(why: string): Promise<ExitInfo> {
    const connection = await this.#connected.promise;
    const child = this.#child;
    const { tree, clock } = this.#options;
    const pid = child?.pid;
    if (!connection || !child || pid === undefined) return this.exited;
    await stopLadder({
      clock,
      exited: this.exited,
      shutdown: () => (this.#initialized ? connection.request("shutdown", {}) : undefined),
      exit: () => {
        try {
          connection.notify("exit", {});
        } catch {
          // There is no room for it: the plugin does not read. The end of its input says the same.
        }
        connection.close(why);
        child.stdin?.end();
      },
      terminate: () => this.#isThere() && tree.terminate(pid),
      kill: () => this.#isThere() && tree.kill(pid),
    });
    return this.exited;
  }

  #neverStarted(): Failure {
    return new Failure("unavailable", `Plugin "${this.#options.spec.plugin}" was not started.`);
  }

  /** The channel as core sees it; what is asked before the process is there waits for it. */
  #makePeer(): Peer {
    const ask = async (method: string, params: Record<string, unknown>, options?: PeerRequestOptions) => {
      const connection = await this.#connected.promise;
      if (!connection) throw this.#neverStarted();
      const answer = await connection.request(method as "call", params as never, options);
      if (method === "initialize") this.#initialized = true;
      return answer;
    };
    return {
      request: (method, params, options) =>
        this.#connection && method !== "initialize"
          ? this.#connection.request(method as "call", params as never, options)
          : ask(method, params, options),
      notify: (method, params) => {
        if (this.#connection) this.#connection.notify(method as "exit", params as never);
        else void this.#connected.promise.then((connection) => connection?.notify(method as "exit", params as never));
      },
      notifyShared: (method, own, shared) => this.#connection?.notifyShared(method as "deliver", own, shared),
      roomForEvents: () => this.#connection?.roomForEvents(),
      closed: this.#closed.promise,
    };
  }
}
