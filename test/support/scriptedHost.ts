import { abortSignalOf, type CancelSignal } from "../../src/base/cancel.ts";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { deferred } from "../../src/base/deferred.ts";
import { Emitter } from "../../src/base/emitter.ts";
import { Failure } from "../../src/base/failure.ts";
import { countingIds, type IdSource } from "../../src/base/ids.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { createHost, type Host } from "../../src/core/host.ts";
import type { HostParts, HostSettings } from "../../src/core/hostParts.ts";
import type { Lease } from "../../src/core/journal/records.ts";
import type { InstalledPlugin } from "../../src/core/plugins/installed.ts";
import type {
  ExitInfo,
  LauncherPort,
  ModelRequest,
  PluginMessageHandler,
  PreviewPort,
  StorePort,
  WindowPort,
} from "../../src/core/ports.ts";
import { createValidator } from "../../src/node/validator.ts";
import { parleyManifest } from "../../src/protocol/manifest.ts";
import type { InitializeResult } from "../../src/protocol/plugin/lifecycle.ts";
import { MemoryStore } from "./memoryStore.ts";
import { type ModelScript, onlyModel, quietEditor, scriptedModel } from "./scriptedParts.ts";

type Params = Record<string, unknown>;

/** What a plugin may state that it can do. */
const everything = {
  progress: true,
  detachedCalls: true,
  intercepts: true,
  state: true,
  conversation: true,
  configApply: true,
};

/** A plugin played in the test's own process. `send` is what it sends to the host. */
export interface ScriptedPlugin {
  readonly manifest: Params;
  readonly initialize?: Partial<InitializeResult>;
  /** Sees what it is told in `initialize`. */
  onInitialize?(params: Params): void;
  onRequest?(
    method: string,
    params: Params,
    plugin: {
      send: (method: string, params: Params) => Promise<unknown>;
      progress: (value: Params) => void;
      signal: AbortSignal;
    },
  ): unknown;
  onNotify?(method: string, params: Params): void;
}

export interface ScriptedHost {
  readonly host: Host;
  readonly store: MemoryStore;
  /** Ends the process of a plugin as a crash would; `stderr` is what it printed last. */
  readonly crash: (plugin: string, code?: number, stderr?: string) => void;
  /** What the model was asked, step by step. */
  readonly requests: ModelRequest[];
}

/** The whole host with plugins and a model that play a script; nothing leaves the process. */
export async function scriptedHost({
  plugins = {},
  model = () => [],
  settings = {},
  store = new MemoryStore(),
  ids = countingIds(),
  clock = systemClock,
  alive = async () => false,
  source = "bundled",
  window,
  trusted = () => true,
  guided = false,
  preview = async () => undefined,
  config,
  databases,
}: {
  plugins?: Record<string, ScriptedPlugin>;
  model?: ModelScript;
  settings?: Partial<HostSettings>;
  store?: MemoryStore;
  /** Hosts that share a store need ids that never meet. */
  ids?: IdSource;
  clock?: Clock;
  /** Whether the process of another lease lives. */
  alive?: (lease: Lease) => Promise<boolean>;
  /** Without one, what plugins ask of the window is unavailable. */
  window?: WindowPort;
  /** Where all plugins come from. */
  source?: InstalledPlugin["source"];
  /** Whether the person trusts the folder. */
  trusted?: () => boolean;
  /** The offline guide answers, not the script. */
  guided?: boolean;
  /** What a change of files would do. */
  preview?: PreviewPort["preview"];
  /** Without it plugins have no secrets. */
  config?: HostParts["config"];
  /** Without it plugins have no databases. */
  databases?: HostParts["databases"];
}): Promise<ScriptedHost> {
  const requests: ModelRequest[] = [];
  const running = new Map<string, (code: number, stderr?: string) => void>();
  const scripted = scriptedModel(model, requests);
  const host = await createHost({
    store: store as StorePort,
    launcher: scriptedLauncher(plugins, running),
    validator: await createValidator(),
    editor: quietEditor({ uri: "file:///w", name: "w", path: "/w" }, trusted),
    preview: { preview },
    ...(window ? { window } : {}),
    ...(config ? { config } : {}),
    ...(databases ? { databases } : {}),
    models: (guide) => onlyModel(guided ? guide : scripted),
    settings: { stepLimit: () => 10, mode: () => "agent", pluginConfig: () => ({}), ...settings },
    clock,
    ids,
    logger: silentLogger,
    random: () => 0,
    about: { version: "0", lease: { pid: 1, started: "then" }, locale: "en", ripgrep: undefined },
    alive,
  });
  await host.setInstalled(Object.entries(plugins).map(([name, { manifest }]) => installed(name, manifest, source)));
  return { host, store, requests, crash: (plugin, code = 1, stderr) => running.get(plugin)?.(code, stderr) };
}

function installed(name: string, manifest: Params, source: InstalledPlugin["source"]): InstalledPlugin {
  const parley = parleyManifest.parse({ parley: "^1", run: { runtime: "node", entry: "./main.js" }, ...manifest });
  return {
    name,
    version: "1.0.0",
    description: undefined,
    source,
    root: `/plugins/${name}`,
    dataDir: `/data/${name}`,
    manifest: undefined,
    parley,
    warnings: [],
  };
}

function scriptedLauncher(
  plugins: Record<string, ScriptedPlugin>,
  running: Map<string, (code: number, stderr?: string) => void>,
): LauncherPort {
  return {
    launch({ plugin }, onMessage) {
      const script = plugins[plugin];
      const exited = deferred<ExitInfo>();
      const closed = deferred<{ message: string }>();
      const pending = new Set<(error: Failure) => void>();
      const end = (code: number, stderr = ""): ExitInfo => {
        const exit: ExitInfo = { code, signal: null, stderr };
        closed.resolve({ message: `${plugin} exited with code ${code}` });
        for (const fail of [...pending]) fail(new Failure("unavailable", `${plugin} exited with code ${code}.`));
        exited.resolve(exit);
        return exit;
      };
      running.set(plugin, end);
      return {
        pid: 1,
        runDir: "/run",
        exited: exited.promise,
        onText: new Emitter<{ stream: "stderr" | "stray"; text: string }>().event,
        stop: async () => end(0),
        kill: () => void end(137),
        peer: {
          closed: closed.promise,
          notify: (method, params) => script?.onNotify?.(method, params),
          request: (method, params, options) =>
            new Promise((resolve, reject) => {
              pending.add(reject);
              const settle =
                <T>(run: (value: T) => void) =>
                (value: T) => {
                  pending.delete(reject);
                  run(value);
                };
              answer(script, method, params, onMessage, options).then(settle(resolve), settle(reject));
            }),
        },
      };
    },
  };
}

async function answer(
  script: ScriptedPlugin | undefined,
  method: string,
  params: Params,
  onMessage: PluginMessageHandler,
  options?: { signal?: CancelSignal; onProgress?: (value: Params) => void },
): Promise<unknown> {
  if (method === "initialize") {
    script?.onInitialize?.(params);
    return { protocolVersion: 1, plugin: { name: "scripted" }, capabilities: everything, ...script?.initialize };
  }
  if (method === "shutdown" || method === "$/ping") return {};
  const send = async (own: string, more: Params) => await onMessage(own, more, new AbortController().signal, () => {});
  return await script?.onRequest?.(method, params, {
    send,
    progress: options?.onProgress ?? (() => {}),
    signal: options?.signal ? abortSignalOf(options.signal) : new AbortController().signal,
  });
}
