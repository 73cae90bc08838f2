/** A running VS Code server: started, asked about its processes, and ended with everything it started. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../support/until.ts";
import type { InstalledServer } from "./install.ts";
import { descendants, isAlive } from "./processes.ts";

/** How a server is to run. */
export interface ServerOptions {
  installed: InstalledServer;
  /** Its profile; created when missing. */
  dataDir: string;
  extensionsDir: string;
  /** `false` leaves Workspace Trust to ask; the suites that are not about trust run without it. */
  trustEverything?: boolean;
  /** Lets the workbench hand over the result of a test run; it also keeps notifications from being shown. */
  testDriver?: boolean;
  /** Settings of the server's machine, merged over quiet defaults. */
  settings?: Record<string, unknown>;
  /** Leaves the settings of a profile that has some: they are a person's. */
  keepSettings?: boolean;
  /** Without one any page on this machine could use the server; tests do without. */
  connectionToken?: string;
  env?: Record<string, string | undefined>;
  /** Gets what the server prints. */
  onOutput?(text: string): void;
}

/** A started server. */
export interface RunningServer {
  port: number;
  /** "http://127.0.0.1:PORT" */
  origin: string;
  pid: number;
  /** The extension hosts that are alive now, one for each open window. */
  extensionHosts(): number[];
  /** Ends the server and all that it started; resolves to the command lines of those that had to be killed. */
  stop(): Promise<string[]>;
}

/** Starts a server on a port of the system's choice and resolves once it listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  prepareSettings(options);
  mkdirSync(options.extensionsDir, { recursive: true });

  const tether = join(dirname(fileURLToPath(import.meta.url)), "tether.mjs");
  const child = spawn(
    process.execPath,
    [
      ...[tether, options.installed.node, options.installed.main],
      ...["--host", "127.0.0.1", "--port", "0", "--accept-server-license-terms", "--telemetry-level", "off"],
      ...["--server-data-dir", options.dataDir, "--extensions-dir", options.extensionsDir],
      ...(options.connectionToken ? ["--connection-token", options.connectionToken] : ["--without-connection-token"]),
      ...(options.testDriver ? ["--enable-smoke-test-driver"] : []),
      ...(options.trustEverything === false ? [] : ["--disable-workspace-trust"]),
    ],
    { stdio: ["pipe", "pipe", "pipe"], env: serverEnvironment(options.env) },
  );
  let output = "";
  const listen = (data: Buffer) => {
    if (output.length < 100_000) output += String(data);
    options.onOutput?.(String(data));
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));

  const stop = async () => {
    const family = descendants(child.pid ?? -1);
    child.stdin.end();
    await ended;
    const alive = () => family.filter((each) => isAlive(each.pid));
    await until("the server's processes have ended", () => alive().length === 0, { timeoutMs: 8_000 }).catch(() => {});
    const left = alive();
    for (const each of left) killQuietly(each.pid);
    return left.map((each) => each.command);
  };
  try {
    const port = await until(
      "the VS Code server listens",
      () => {
        if (child.exitCode !== null) return -1;
        return Number(/agent listening on (\d+)/.exec(output)?.[1] ?? 0);
      },
      { timeoutMs: 60_000 },
    );
    if (port < 0) throw new Error("It ended at once.");
    return {
      port,
      origin: `http://127.0.0.1:${port}`,
      pid: descendants(child.pid ?? -1)[0]?.pid ?? -1,
      extensionHosts: () =>
        descendants(child.pid ?? -1)
          .filter((each) => each.command.includes("--type=extensionHost"))
          .map((each) => each.pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`The VS Code server did not start: ${(error as Error).message}\n${output.slice(-4_000)}`, {
      cause: error,
    });
  }
}

/** Writes the settings of the server's machine, unless a person's are there and to be kept. */
export function prepareSettings(options: Pick<ServerOptions, "dataDir" | "settings" | "keepSettings">): void {
  const file = join(options.dataDir, "data", "Machine", "settings.json");
  if (options.keepSettings && existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...quietSettings, ...options.settings }, null, 2));
}

/** What keeps a first window quiet: no welcome page, no updates, no questions that have nothing to do with Parley. */
const quietSettings = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "chat.agentHost.enabled": false,
  "git.openRepositoryInParentFolders": "never",
  "security.workspace.trust.startupPrompt": "always",
};

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself after all.
  }
}

/** The environment without what another VS Code, npm or a coverage run left in it for others. */
function serverEnvironment(extra: Record<string, string | undefined> = {}): Record<string, string> {
  const env = { ...process.env, ...extra };
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_V8_COVERAGE$|npm_)/.test(entry[0]),
    ),
  );
}
