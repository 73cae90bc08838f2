import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import type { InitializeParams, InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import type { LauncherPort, PluginMessageHandler } from "../ports.ts";
import type { Ineligible, InstalledPlugin } from "./installed.ts";
import type { PluginRun } from "./run.ts";
import type { SandboxPlan } from "./sandbox.ts";

/** What `initialize` tells a plugin beside its own name, paths and epoch, which the supervisor fills in. */
export type HostInfo = Omit<InitializeParams, "protocolVersion" | "plugin" | "epoch" | "_meta">;

/** What the supervisor needs from the rest of the host. */
export interface SupervisorOptions {
  readonly launcher: LauncherPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 ≤ r < 1; the jitter of restarts. */
  readonly random: () => number;
  /** Asked anew for every process; may wait, for example for the secret storage. */
  hostInfo(plugin: InstalledPlugin): HostInfo | Promise<HostInfo>;
  /** Makes what answers the messages of one run. Nothing reaches it before the run was attached. */
  messageHandler(run: PluginRun): PluginMessageHandler;
  /**
   * Takes in what the plugin offers, subscribes to and intercepts, before it is told `initialized`. A `Failure` that it
   * throws ends the process: `denied` and `invalidParams` for good, any other as a crash.
   */
  attach(run: PluginRun, initialized: InitializeResult): void | Promise<void>;
  /** What else keeps a plugin from running: trust, consent, configuration. Call `reconsider` when its answers change. */
  ineligible?(plugin: InstalledPlugin): Ineligible | undefined;
  /** How its process is to be shut in; undefined: not at all. Call `reconsider` when the answer changes. */
  sandbox?(plugin: InstalledPlugin): SandboxPlan | undefined;
  /**
   * What `initialize` tells of the window that may change while a process runs: one that was told otherwise is started
   * anew, in a moment in which it works on nothing. Call `reconsider` when the answer changes.
   */
  surroundings?(): string;
  /** After how many milliseconds without use its process is ended; 0: never. */
  idleAfterMs?(plugin: InstalledPlugin): number;
  /** Takes secrets out of a sentence about how a process ended: it may quote what the plugin printed. */
  redact?(text: string): string;
  /** The port at which a debugger waits for its process; undefined: none does. */
  inspect?(plugin: InstalledPlugin): number | undefined;
}
