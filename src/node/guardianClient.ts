import { type ChildProcess, spawn } from "node:child_process";
import type { Disposable } from "../base/dispose.ts";
import type { Logger } from "../base/logger.ts";
import { pluginEnvironment } from "./environment.ts";
import { linuxStartOf } from "./processIdentity.ts";

export interface GuardianOptions {
  /** The guardian's program, a file of its own. */
  readonly program: string;
  /** The Node that runs it, and whether that is Electron. */
  readonly node: string;
  readonly electron: boolean;
  readonly logger: Logger;
}

/** A run to be ended if the host vanishes; `pid` leads its group, and began at `started` where that can be told. */
export interface WatchedRun {
  readonly runDir: string;
  readonly pid?: number;
  readonly started?: string | undefined;
}

/** A line that the guardian is sent. */
export type GuardianWord = WatchedRun | { readonly gone: string };

/** How often a guardian that dies is replaced before that is given up. */
const mostReplacements = 5;

/** The host's side of the guardian process. It is started with the first run, and replaced if it dies. */
export class Guardian implements Disposable {
  readonly #options: GuardianOptions;
  readonly #runs = new Map<string, WatchedRun>();
  #child: ChildProcess | undefined;
  #replacements = 0;
  #disposed = false;

  constructor(options: GuardianOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** From now on all of this run is ended when this host vanishes: the group of its process, once it has one, and its strays. */
  watch(runDir: string, pid?: number): void {
    if (this.#disposed) return;
    const run: WatchedRun = pid === undefined ? { runDir } : { runDir, pid, started: linuxStartOf(pid) };
    this.#runs.set(runDir, run);
    if (this.#child) this.#tell(run);
    else this.#start();
  }

  /** Nothing is left of the run. */
  forget(runDir: string): void {
    if (this.#runs.delete(runDir)) this.#tell({ gone: runDir });
  }

  /** Lets the guardian go; it ends what is still watched. */
  dispose(): void {
    this.#disposed = true;
    this.#child?.stdin?.end();
    this.#child = undefined;
  }

  #start(): void {
    const { program, node, electron, logger } = this.#options;
    const env = { ...pluginEnvironment(process.env), ...(electron ? { ELECTRON_RUN_AS_NODE: "1" } : {}) };
    const child = spawn(node, [program], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      windowsHide: true,
      env,
    });
    this.#child = child;
    child.stdin?.on("error", () => {});
    child.on("error", (error) =>
      logger.log("error", "The guardian process cannot be started.", { error: String(error) }),
    );
    child.on("exit", () => {
      if (this.#child === child) this.#replace();
    });
    // It is there for the host's sake and must not keep the host from ending.
    child.unref();
    if (child.stdin && "unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
    for (const run of this.#runs.values()) this.#tell(run);
  }

  #replace(): void {
    this.#child = undefined;
    if (this.#runs.size === 0) return;
    if (this.#replacements++ < mostReplacements) this.#start();
    else this.#options.logger.log("error", "The guardian process died too often and is not replaced any more.");
  }

  #tell(word: GuardianWord): void {
    this.#child?.stdin?.write(`${JSON.stringify(word)}\n`);
  }
}
