import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Disposable } from "../base/dispose.ts";
import { Failure } from "../base/failure.ts";
import type { Logger } from "../base/logger.ts";
import type { SandboxState } from "../core/plugins/sandbox.ts";
import type { LauncherPort, LaunchSpec, PluginMessageHandler, PluginProcess } from "../core/ports.ts";
import { type Command, commandFor, type Runtimes } from "./command.ts";
import { contentHash } from "./contentHash.ts";
import { claimDataFolder } from "./dataFolders.ts";
import { Guardian } from "./guardianClient.ts";
import { NodePluginProcess } from "./pluginProcess.ts";
import { type ProcessTree, systemTree } from "./processTree.ts";
import { PythonFinder } from "./python.ts";
import { PythonEnvironments, pipSettings } from "./pythonEnvironments.ts";
import { RunRecords } from "./runRecords.ts";
import { Sandboxes } from "./sandbox/sandboxes.ts";
import { runVariable, Strays } from "./strays.ts";

export interface LauncherOptions {
  /** A folder for the runs of all windows of this host; made when it is missing. */
  readonly runsFolder: string;
  /** The SDKs as they are shipped; without it plugins find none. */
  readonly sdkDir: string | undefined;
  /** The guardian's program; without it nothing ends the plugins of a host that is killed, but the next sweep. */
  readonly guardianProgram: string | undefined;
  /** The setting for Python, asked at each start. */
  readonly pythonPath: () => string | undefined;
  readonly logger: Logger;
  /** How many characters at the end of a text may be the beginning of a secret. */
  readonly secretBegun?: (text: string) => number;
  readonly clock?: Clock;
  readonly tree?: ProcessTree;
  /** What shuts processes in; without it what this machine has is found. */
  readonly sandboxes?: (runtimes: Runtimes) => Pick<Sandboxes, "shut" | "stateFor">;
}

/** Starts plugins as processes of this machine: Node, Python or any command, each in a process group of its own. */
export class NodeLauncher implements LauncherPort, Disposable {
  readonly #options: LauncherOptions;
  readonly #tree: ProcessTree;
  readonly #runtimes: Runtimes;
  readonly #records: RunRecords;
  readonly #guardian: Guardian | undefined;
  readonly #strays = new Strays();
  readonly #sandboxes: Pick<Sandboxes, "shut" | "stateFor">;
  #swept: Promise<number[]> | undefined;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#tree = options.tree ?? systemTree();
    this.#records = new RunRecords(options.runsFolder, this.#tree, options.logger);
    this.#runtimes = {
      node: process.execPath,
      electron: process.versions.electron !== undefined,
      sdkDir: options.sdkDir,
      python: new PythonFinder(options.pythonPath),
      environments: new PythonEnvironments(),
    };
    const { node, electron } = this.#runtimes;
    this.#sandboxes = options.sandboxes?.(this.#runtimes) ?? new Sandboxes({ runtimes: this.#runtimes });
    const { guardianProgram: program, logger } = options;
    this.#guardian = program === undefined ? undefined : new Guardian({ program, node, electron, logger });
  }

  /** The guardian's process id while it runs. */
  get guardianPid(): number | undefined {
    return this.#guardian?.pid;
  }

  launch(spec: LaunchSpec, onMessage: PluginMessageHandler): PluginProcess {
    // What an earlier host left behind is ended before anything new begins, once; it delays nobody.
    this.#swept ??= this.#records.sweep();
    const id = `${spec.plugin}-${spec.epoch}-${randomBytes(6).toString("hex")}`;
    const runDir = this.#records.runDir(id);
    let recorded: Promise<void> | undefined;
    return new NodePluginProcess({
      spec,
      onMessage,
      runDir,
      tree: this.#tree,
      clock: this.#options.clock ?? systemClock,
      logger: this.#options.logger,
      secretBegun: this.#options.secretBegun,
      prepare: async (preparing) => {
        // First of all: what was changed must not even have its packages installed.
        await Promise.all([unchanged(spec), this.#records.makeRunDir(id, spec.plugin)]);
        if (spec.owner !== undefined) await claimDataFolder(spec.dataDir, spec.owner);
        // What makes it ready belongs to the run as what it starts does.
        this.#guardian?.watch(runDir);
        const hold = (command: Command, folder: string) => this.#holdInstaller(spec, command, { folder, runDir });
        const endInstaller = () => void this.#strays.end(runDir);
        preparing.signal.addEventListener("abort", endInstaller);
        try {
          const command = await commandFor(spec, this.#runtimes, { ...preparing, hold });
          return await this.#sandboxes.shut(spec, command, runDir);
        } finally {
          preparing.signal.removeEventListener("abort", endInstaller);
        }
      },
      onSpawned: (pid) => {
        this.#guardian?.watch(runDir, pid);
        recorded = this.#records.write(id, spec.plugin, pid);
      },
      onGone: async () => {
        await this.#strays.end(runDir);
        this.#guardian?.forget(runDir);
        await recorded;
        await this.#records.remove(id);
      },
    });
  }

  /** What installs a plugin's packages may run code of theirs: it is held as the plugin is, but has the network and no data. */
  async #holdInstaller(
    spec: LaunchSpec,
    command: Command,
    { folder, runDir }: { folder: string; runDir: string },
  ): Promise<Command> {
    const run = { ...spec.run, env: {}, sandbox: { network: true, reads: pipSettings } };
    const held = await this.#sandboxes.shut({ ...spec, run, dataDir: folder }, command, runDir);
    // What it leaves half built goes with the run.
    const temporary = { TMPDIR: runDir, TEMP: runDir, TMP: runDir };
    return { ...held.command, env: { ...temporary, ...held.command.env, [runVariable]: runDir } };
  }

  sandboxFor(spec: LaunchSpec): Promise<SandboxState> {
    return this.#sandboxes.stateFor(spec);
  }

  /** Ends what hosts that died left running; the first launch does it too. Answers the process ids. */
  sweep(): Promise<number[]> {
    this.#swept ??= this.#records.sweep();
    return this.#swept;
  }

  /** Lets the guardian go. Stop the plugins before: the guardian ends those that are left. */
  dispose(): void {
    this.#guardian?.dispose();
  }
}

/** What a person let in may have been changed since it was last looked at, by a branch that was switched to, say. */
async function unchanged({ plugin, root, contentHash: expected }: LaunchSpec): Promise<void> {
  if (expected === undefined || (await contentHash(root)) === expected) return;
  throw new Failure("denied", `The files of ${plugin} are not those that were let in.`, {
    todo: "Review the plugin again: Parley: Review Plugin…",
  });
}
