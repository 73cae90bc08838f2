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

/** How often a guardian that dies is replaced before that is given up. */
const mostReplacements = 5;

/** The host's side of the guardian process. It is started with the first group, and replaced if it dies. */
export class Guardian implements Disposable {
  readonly #options: GuardianOptions;
  readonly #groups = new Map<number, string>();
  #child: ChildProcess | undefined;
  #replacements = 0;
  #disposed = false;

  constructor(options: GuardianOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** From now on the group of this process is ended when this host vanishes. */
  watch(pid: number): void {
    if (this.#disposed) return;
    const started = linuxStartOf(pid) ?? "";
    this.#groups.set(pid, started);
    if (this.#child) this.#tell(`+${pid} ${started}`);
    else this.#start();
  }

  /** The group is gone. */
  forget(pid: number): void {
    if (this.#groups.delete(pid)) this.#tell(`-${pid}`);
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
    for (const [pid, started] of this.#groups) this.#tell(`+${pid} ${started}`);
  }

  #replace(): void {
    this.#child = undefined;
    if (this.#groups.size === 0) return;
    if (this.#replacements++ < mostReplacements) this.#start();
    else this.#options.logger.log("error", "The guardian process died too often and is not replaced any more.");
  }

  #tell(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}
