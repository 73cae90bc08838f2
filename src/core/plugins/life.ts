import { deferred } from "../../base/deferred.ts";
import { Scope } from "../../base/dispose.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { RunSpec } from "../../protocol/manifest.ts";
import type { ExitInfo, LaunchSpec, Peer, PluginMessageHandler, PluginProcess } from "../ports.ts";
import type { Ending } from "./ending.ts";
import { handshake } from "./handshake.ts";
import { homeOf, identityOf } from "./identity.ts";
import type { InstalledPlugin } from "./installed.ts";
import type { SupervisorOptions } from "./options.ts";
import type { PluginRun } from "./run.ts";
import type { SandboxState } from "./sandbox.ts";
import { Usage } from "./usage.ts";

/** How long a process whose channel closed or broke may take to end by itself, so that its own exit is what is told. */
const leaveGraceMs = { closed: 1_000, broken: 250 } as const;

/** What the supervisor hears of one process. */
export interface LifeEvents {
  /** The plugin answered, was attached and told `initialized`. */
  onRunning(run: PluginRun): void;
  /** The run takes no messages any more; its process may end by itself in a moment. */
  onClosed(): void;
  /** The run is over although the process is still there; it is being stopped. */
  onGivenUp(): void;
  onEnded(ending: Ending): void;
  onText(text: { stream: "stderr" | "stray"; text: string }): void;
}

/**
 * One process of a plugin from launch to exit: launches it, shakes hands, attaches the run, and sees it end. Each of
 * `onRunning`, `onClosed` and `onGivenUp` fires at most once, `onEnded` exactly once and last.
 */
export class Life {
  readonly usage: Usage;
  readonly #plugin: InstalledPlugin;
  readonly #epoch: number;
  readonly #options: SupervisorOptions;
  readonly #events: LifeEvents;
  readonly #scope: Scope;
  readonly #process: PluginProcess;
  readonly #abort = new AbortController();
  readonly #ended: Promise<void>;
  readonly #begun = deferred<void>();
  #handler: PluginMessageHandler | undefined;
  #running = false;
  #asked = false;
  #failure: Failure | undefined;
  #gone = false;
  #broken: string | undefined;
  #stray: string | undefined;

  constructor(plugin: InstalledPlugin, epoch: number, options: SupervisorOptions, events: LifeEvents) {
    this.#plugin = plugin;
    this.#epoch = epoch;
    this.#options = options;
    this.#events = events;
    this.#scope = new Scope(`run ${plugin.name}#${epoch}`);
    const run = plugin.parley?.run;
    if (!plugin.parley || !run) throw new Error(`${plugin.name} has nothing to run`);
    this.usage = new Usage(options.clock, plugin.parley);
    this.#process = options.launcher.launch(
      launchSpec(plugin, epoch, run, options),
      this.usage.handler((method, params, signal, progress) => this.#receive(method)(method, params, signal, progress)),
    );
    this.#process.onText((text) => {
      if (text.stream === "stray") this.#stray ??= text.text.slice(0, 200);
      events.onText(text);
    });
    this.#ended = this.#process.exited.then((exit) => this.#end(exit));
    void this.#process.peer.closed.then(({ kind, message }) => this.#channelClosed(kind === "broken", message));
    void this.#greet();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The channel itself, whose messages do not count as use. */
  get peer(): Peer {
    return this.#process.peer;
  }

  get sandbox(): SandboxState | undefined {
    return this.#process.sandbox;
  }

  /** Resolves when the process is gone and `onEnded` was fired. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Stops it for no fault of its own; `why` is a sentence for whoever waits for an answer of it. */
  stop(why?: string): void {
    this.#asked = true;
    this.#abort.abort();
    void this.#process.stop(why);
  }

  #receive(method: string): PluginMessageHandler {
    if (this.#handler) return this.#handler;
    throw new Failure("invalidRequest", `"${method}" came before "initialized".`, {
      todo: "Send nothing but the answer to initialize until initialized has come.",
    });
  }

  async #greet(): Promise<void> {
    const { name, version, root, dataDir } = this.#plugin;
    const { peer, runDir } = this.#process;
    try {
      const host = await this.#options.hostInfo(this.#plugin);
      const plugin = { id: name, name, version: version ?? "0.0.0", root, dataDir, runDir };
      const initialized = await handshake(peer, { ...host, plugin, epoch: this.#epoch }, this.#abort.signal);
      if (this.#over()) return;
      const run: PluginRun = {
        plugin: name,
        version: initialized.plugin.version ?? version,
        epoch: this.#epoch,
        pid: this.#process.pid,
        peer: this.#withoutEarlyEvents(this.usage.peer(peer)),
        scope: this.#scope,
        initialized,
        home: homeOf(this.#plugin),
      };
      this.usage.initialized(initialized);
      this.#handler = this.#options.messageHandler(run);
      const attaching = this.#options.attach(run, initialized);
      // Without a turn in between, in which something could be sent to what was just attached.
      if (attaching) await attaching;
      if (this.#over()) return;
      peer.notify("initialized", {});
      this.#running = true;
      this.#begun.resolve();
      this.#events.onRunning(run);
    } catch (error) {
      const failure = asFailure(error, `Starting ${name}`);
      if (failure.kind === "internal" && failure.cause !== undefined) {
        this.#options.logger.log("error", failure.message, { plugin: name, cause: String(failure.cause) });
      }
      if (failure.kind === "unavailable") this.#leaveInPeace(failure, leaveGraceMs.closed);
      else this.#giveUp(this.#withStray(failure));
    }
  }

  /** What is kept for its subscriptions waits until `initialized` was sent: that comes first. */
  #withoutEarlyEvents(peer: Peer): Peer {
    return { ...peer, roomForEvents: () => (this.#running ? peer.roomForEvents?.() : this.#begun.promise) };
  }

  /** A plugin that prints instead of answering is told so: its text is the likeliest reason. */
  #withStray(failure: Failure): Failure {
    if (failure.kind !== "timeout" || this.#stray === undefined) return failure;
    return new Failure(
      "timeout",
      `${failure.message} It wrote text on stdout that is not the protocol: ${JSON.stringify(this.#stray)}.`,
      { todo: "A plugin's stdout belongs to the protocol; print on stderr.", cause: failure },
    );
  }

  #over(): boolean {
    return this.#asked || this.#gone || this.#failure !== undefined;
  }

  #channelClosed(broken: boolean, message: string): void {
    if (this.#gone) return;
    if (broken) this.#broken = `Its channel broke: ${message}`;
    this.#closeScope();
    this.#events.onClosed();
    if (broken) this.#leaveInPeace(new Failure("unavailable", this.#broken ?? message), leaveGraceMs.broken);
    else
      this.#leaveInPeace(new Failure("unavailable", "It closed its channel and went on running."), leaveGraceMs.closed);
  }

  /** If the process ends soon, its own exit says why; else it is given up. */
  #leaveInPeace(failure: Failure, graceMs: number): void {
    if (this.#over()) return;
    const timer = this.#options.clock.after(graceMs, () => this.#giveUp(failure));
    void this.#ended.then(() => timer.dispose());
  }

  #giveUp(failure: Failure): void {
    if (this.#over()) return;
    this.#failure = failure;
    this.#abort.abort();
    this.#closeScope();
    this.#events.onGivenUp();
    if (failure.kind === "timeout") this.#process.kill();
    else void this.#process.stop();
  }

  #end(exit: ExitInfo): void {
    this.#gone = true;
    this.#abort.abort();
    this.#closeScope();
    this.#events.onEnded({
      exit,
      ran: this.#running,
      asked: this.#asked,
      failure: this.#failure,
      broken: this.#broken,
    });
  }

  #closeScope(): void {
    try {
      this.#scope.dispose();
    } catch (error) {
      this.#options.logger.log("error", `Closing a run of ${this.#plugin.name} failed in part.`, {
        error: String(error),
      });
    }
  }
}

/** What a launcher is told; what does not apply is left out. */
export function launchSpec(
  plugin: InstalledPlugin,
  epoch: number,
  run: RunSpec,
  options: SupervisorOptions,
): LaunchSpec {
  const { name, root, dataDir, contentHash, parley } = plugin;
  const sandbox = options.sandbox?.(plugin);
  const inspect = options.inspect?.(plugin);
  return {
    plugin: name,
    owner: identityOf(plugin),
    epoch,
    root,
    dataDir,
    run,
    env: {},
    ...(contentHash === undefined ? {} : { contentHash }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(inspect === undefined ? {} : { inspect }),
    ...(parley?.requirements === undefined ? {} : { requirements: parley.requirements }),
  };
}
