/** Real plugins under a real supervisor, in folders of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import type { SupervisorOptions } from "../../../src/core/plugins/options.ts";
import { PluginSupervisor } from "../../../src/core/plugins/supervisor.ts";
import { type LauncherOptions, NodeLauncher } from "../../../src/node/launcher.ts";
import { parleyManifest, type RunSpec } from "../../../src/protocol/manifest.ts";
import { hostInfo } from "../../support/initialize.ts";

export const fixtures = join(import.meta.dirname, "..", "fixtures");
export const guardianProgram = join(import.meta.dirname, "../../../src/node/guardian.ts");

export interface Rig {
  readonly folder: string;
  readonly runs: string;
  readonly launcher: NodeLauncher;
  readonly supervisor: PluginSupervisor;
  /** Every message of a plugin that reached its handler. */
  readonly messages: { plugin: string; method: string; params: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** A clock on which the 30 s for `initialize` are 300 ms; everything else takes its time. */
export const impatient: Clock = {
  now: () => systemClock.now(),
  // A moment may have passed since a deadline was set.
  after: (milliseconds, run) =>
    systemClock.after(milliseconds > 29_000 && milliseconds <= 30_000 ? 300 : milliseconds, run),
};

export interface RigOptions extends Partial<SupervisorOptions> {
  readonly guardian?: boolean;
  readonly sdkDir?: string;
  readonly sandboxes?: LauncherOptions["sandboxes"];
}

export function makeRig(options: RigOptions = {}): Rig {
  return makeRigIn(mkdtempSync(join(tmpdir(), "parley-faults-")), options.guardian, options);
}

export function makeRigIn(folder: string, guardian = false, options: RigOptions = {}): Rig {
  const runs = join(folder, "runs");
  const { clock = systemClock } = options;
  const launcher = new NodeLauncher({
    runsFolder: runs,
    sdkDir: options.sdkDir,
    ...(options.sandboxes ? { sandboxes: options.sandboxes } : {}),
    guardianProgram: guardian ? guardianProgram : undefined,
    pythonPath: () => undefined,
    logger: silentLogger,
    clock,
  });
  const messages: Rig["messages"] = [];
  const supervisor = new PluginSupervisor({
    launcher,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    hostInfo: () => hostInfo,
    messageHandler: (run) => (method, params) => {
      messages.push({ plugin: run.plugin, method, params });
      return method === "publish" ? { eventId: "e" } : {};
    },
    attach: () => {},
    ...options,
  });
  return {
    folder,
    runs,
    launcher,
    supervisor,
    messages,
    async close() {
      await supervisor.stopAll();
      launcher.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A package that runs the fixture plugin with one fault, or any other `run`. */
export function installed(rig: { folder: string }, name: string, run: string[] | RunSpec = ["none"]): InstalledPlugin {
  return {
    name,
    version: "1.0.0",
    description: undefined,
    source: "bundled",
    root: fixtures,
    dataDir: join(rig.folder, "data", name),
    manifest: undefined,
    parley: parleyManifest.parse({
      parley: "^1",
      run: Array.isArray(run) ? { runtime: "node", entry: "./plugin.mjs", args: run } : run,
    }),
    warnings: [],
  };
}

/** Whether a process exists; one that nobody waited for yet does not count. */
export async function exists(pid: number): Promise<boolean> {
  const { startOf } = await import("../../../src/node/processIdentity.ts");
  return (await startOf(pid)) !== undefined;
}

/** The names of what is left in a folder; none when it does not exist. */
export async function leftIn(folder: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises");
  return readdir(folder).catch(() => []);
}
