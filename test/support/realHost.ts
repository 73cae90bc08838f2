/** The whole host over real processes and a real database, in a folder of its own; only the window and the model are played. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { randomIds } from "../../src/base/ids.ts";
import { type Logger, silentLogger } from "../../src/base/logger.ts";
import { Secrets } from "../../src/core/config/secrets.ts";
import { createHost, type Host } from "../../src/core/host.ts";
import type { HostParts, HostSettings } from "../../src/core/hostParts.ts";
import type { InstalledPlugin } from "../../src/core/plugins/installed.ts";
import type { LauncherPort, ModelRequest, WindowPort } from "../../src/core/ports.ts";
import { PluginDatabases } from "../../src/node/database/pluginDatabases.ts";
import { NodeLauncher } from "../../src/node/launcher.ts";
import { findPackages } from "../../src/node/packages.ts";
import { isAlive, startOf } from "../../src/node/processIdentity.ts";
import { SqliteStore } from "../../src/node/store/sqliteStore.ts";
import { createValidator } from "../../src/node/validator.ts";
import { manifestSchemaId } from "../../src/protocol/manifest.ts";
import { type ModelScript, onlyModel, quietEditor, scriptedModel } from "./scriptedParts.ts";

const source = join(import.meta.dirname, "../../src");
const bundled = join(import.meta.dirname, "../../plugins");
const fixtures = join(import.meta.dirname, "../faults/fixtures");

export interface RealHost {
  readonly host: Host;
  readonly store: SqliteStore;
  /** What was found and taken in. */
  readonly found: readonly InstalledPlugin[];
  /** The folder of the run; `plugins/`, `workspace/`, `data/` and `parley.db` are in it. */
  readonly folder: string;
  /** The path of a file in the open folder, whose folder is made. */
  readonly file: (path: string) => string;
  /** What the model was asked, step by step. */
  readonly requests: ModelRequest[];
  /** What the window would show outside the panel, in order: the store's notices and what could not be written. */
  readonly said: string[];
  /** What makes the plugins' processes. */
  readonly launcher: NodeLauncher;
  /** Ends turns, plugins and the store, and removes the folder. */
  readonly stop: () => Promise<void>;
}

export interface RealHostOptions {
  /** Fills the folder of packages before they are looked for; see `putPackage`. */
  readonly packages?: (folder: string) => void;
  /** Bundled plugins that run too, from their source. */
  readonly bundled?: readonly string[];
  readonly model?: ModelScript;
  readonly settings?: Partial<HostSettings>;
  /** Without it plugins have no secrets, and what they run with is written nowhere. */
  readonly config?: HostParts["config"];
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Stands between the host and what makes processes; `data` is the folder of plugins' data. */
  readonly launcher?: (inner: LauncherPort, data: string) => LauncherPort;
  /** Without one, what plugins ask of the window is unavailable. */
  readonly window?: WindowPort;
  /** Prepares the database's file before the store opens it. */
  readonly database?: (path: string) => void | Promise<void>;
  /** Starts the guardian with the first plugin; without it nothing ends the plugins of a host that is killed. */
  readonly guardian?: boolean;
  /** The folder of the run, where it is not to be a new one: what another host left there is found. */
  readonly folder?: string;
}

/** Makes the host and takes in the packages that are found. The person has granted all that they want. */
export async function realHost(options: RealHostOptions = {}): Promise<RealHost> {
  const folder = realpathSync(options.folder ?? mkdtempSync(join(tmpdir(), "parley-host-")));
  const [plugins, workspace, data, path] = ["plugins", "workspace", "data", "parley.db"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  for (const made of [plugins, workspace, data]) mkdirSync(made, { recursive: true });
  options.packages?.(plugins);
  await options.database?.(path);
  const { clock = systemClock, logger = silentLogger } = options;
  const said: string[] = [];
  const requests: ModelRequest[] = [];
  const secrets = new Secrets();
  const store = new SqliteStore({ path, workerProgram: join(source, "node/storeWorker.ts"), logger });
  store.onNotice((text) => said.push(text));
  const launcher = new NodeLauncher({
    runsFolder: join(folder, "runs"),
    sdkDir: join(source, "sdk"),
    guardianProgram: options.guardian ? join(source, "node/guardian.ts") : undefined,
    pythonPath: () => undefined,
    secretBegun: (text) => secrets.begun(text),
    logger,
    clock,
  });
  const databases = new PluginDatabases({ program: join(source, "node/databaseProgram.ts"), logger });
  const model = scriptedModel(options.model ?? (() => []), requests);
  const host = await createHost({
    store,
    launcher: options.launcher?.(launcher, data) ?? launcher,
    validator: await createValidator(),
    editor: quietEditor({ uri: `file://${workspace}`, name: "workspace", path: workspace }),
    preview: { preview: async () => undefined },
    databases,
    ...(options.window ? { window: options.window } : {}),
    models: () => onlyModel(model),
    settings: { stepLimit: () => 10, mode: () => "agent", pluginConfig: () => ({}), ...options.settings },
    ...(options.config ? { config: options.config } : {}),
    secrets,
    clock,
    ids: randomIds,
    logger,
    random: () => 0.5,
    about: {
      version: "0",
      lease: { pid: process.pid, started: (await startOf(process.pid)) ?? "" },
      locale: "en",
      ripgrep: undefined,
    },
    alive: isAlive,
  });
  host.onWriteFailed((text) => said.push(text));
  const packages = await findPackages([{ folder: plugins, source: "bundled" }], data);
  const found = [...packages, ...(await Promise.all((options.bundled ?? []).map((name) => fromSource(name, data))))];
  await host.setInstalled(found);
  return {
    host,
    store,
    found,
    folder,
    requests,
    said,
    launcher,
    file(name) {
      const whole = join(workspace, name);
      mkdirSync(dirname(whole), { recursive: true });
      return whole;
    },
    async stop() {
      await host.stop();
      databases.dispose();
      launcher.dispose();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A bundled plugin as its package will be once it is built, running from its source. */
async function fromSource(name: string, data: string): Promise<InstalledPlugin> {
  const found = await findPackages([{ folder: join(bundled, name), source: "bundled", single: true }], data);
  const [plugin] = found;
  const run = plugin?.parley?.run;
  if (!plugin?.parley || !run || run.runtime !== "node") throw new Error(`${name} is no plugin that Node runs.`);
  return {
    ...plugin,
    problem: undefined,
    parley: { ...plugin.parley, run: { ...run, entry: run.entry.replace(/\.js$/, ".ts") } },
  };
}

/** What a package's `plugin.json` says, with Parley's part as given. */
export function manifestText(
  name: string,
  parley: Record<string, unknown>,
  more: Record<string, unknown> = {},
): string {
  const whole = { parley: "^1", run: { runtime: "node", entry: "./plugin.mjs" }, ...parley };
  return JSON.stringify(
    { $schema: manifestSchemaId, name, version: "1.0.0", ...more, extensions: { "dev.parley": whole } },
    null,
    2,
  );
}

/** The offer that the fixture plugins answer to, as a tool of the agent. */
export const goOffer = { name: "go", description: "Goes.", action: "read", facets: { agent: true } } as const;

/**
 * Puts a package of its own into a folder of packages: the fixture plugin with the fault that `fault` names, or with the
 * manifest's text as it is given.
 */
export function putPackage(
  folder: string,
  name: string,
  { fault = ["none"], parley = {}, text }: { fault?: string[]; parley?: Record<string, unknown>; text?: string } = {},
): string {
  const root = join(folder, name);
  cpSync(fixtures, root, { recursive: true });
  const run = { runtime: "node", entry: "./plugin.mjs", args: fault };
  writeFileSync(join(root, "plugin.json"), text ?? manifestText(name, { run, offers: [goOffer], ...parley }));
  return root;
}
