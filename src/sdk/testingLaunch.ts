/** The plugin's process as a test host starts it, and the first that is said to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { toDisposable } from "../base/dispose.ts";
import { Failure } from "../base/failure.ts";
import { limits } from "../protocol/limits.ts";
import type { InitializeParams } from "../protocol/plugin/lifecycle.ts";
import type { Offer } from "../protocol/plugin/offers.ts";
import { protocolVersion } from "../protocol/version.ts";
import type { ByteSink, ByteSource } from "../rpc/types.ts";

/** What of `plugin.json` a test host needs. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly extensions?: { readonly "dev.parley"?: Part };
}
interface Part {
  readonly run?: Run;
  readonly offers?: readonly Offer[];
  readonly config?: { readonly properties?: Readonly<Record<string, { readonly default?: unknown }>> };
}
interface Run {
  readonly runtime: "node" | "python" | "command";
  readonly entry?: string;
  readonly command?: string;
  readonly args?: string[];
  readonly env?: Record<string, string>;
}

/** What a host says first: the settings are those of the test, with the schema's defaults for the others. */
export function initializeParams(
  folder: string,
  manifest: Manifest,
  scratch: string,
  config: object = {},
): InitializeParams {
  const { name, version = "0.0.0" } = manifest;
  return {
    protocolVersion,
    host: { name: "parley-test", version: "0.0.0", tools: {} },
    processId: process.pid,
    plugin: { id: name, name, version, root: folder, dataDir: scratch, runDir: scratch },
    epoch: 1,
    workspaceFolders: [],
    capabilities: { progress: true, detachedCalls: true, intercepts: true, state: true, conversation: true },
    grants: [],
    limits: { ...limits },
    config: { ...defaultsOf(manifest), ...config },
    trace: "off" as const,
    locale: "en",
  };
}

function defaultsOf({ extensions }: Manifest): Record<string, unknown> {
  const properties = Object.entries(extensions?.["dev.parley"]?.config?.properties ?? {});
  return Object.fromEntries(properties.filter(([, one]) => "default" in one).map(([key, one]) => [key, one.default]));
}

/** With what a plugin's process is started: where the SDKs are, and the interpreter of plugins in Python. */
export interface Runtimes {
  readonly sdk: URL;
  readonly python?: string | undefined;
}

/**
 * Starts the plugin's process with the variables that Parley gives it; `${PLUGIN_ROOT}` and `${PLUGIN_DATA}` are filled
 * in as there.
 */
export function launch(
  folder: string,
  manifest: Manifest,
  scratch: string,
  { sdk, python = "python3" }: Runtimes,
): ChildProcess {
  const run = manifest.extensions?.["dev.parley"]?.run;
  if (!run) throw new Failure("invalidParams", `${folder}/plugin.json does not say how the plugin is run.`);
  const places: Record<string, string> = { PLUGIN_ROOT: folder, PLUGIN_DATA: scratch };
  const filled = (text: string) =>
    text.replace(/\$\{(PLUGIN_ROOT|PLUGIN_DATA)\}/g, (_, name: string) => places[name] ?? "");
  const args = (run.args ?? []).map(filled);
  const env = Object.fromEntries(Object.entries(run.env ?? {}).map(([name, value]) => [name, filled(value)]));
  const pythonPath = [fileURLToPath(new URL("python", sdk)), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  const [command, ...before] = {
    node: [process.execPath, "--import", new URL("resolve.mjs", sdk).href, run.entry ?? ""],
    python: [python, run.entry ?? ""],
    command: [run.command ?? ""],
  }[run.runtime];
  return spawn(command ?? "", [...before, ...args], {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: pythonPath, ...env, ...places, PARLEY_RUN_DIR: scratch },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** The channel of a plugin's process. */
export function streams({ stdin, stdout }: ChildProcess): { source: ByteSource; sink: ByteSink } {
  if (!stdin || !stdout) throw new Failure("internal", "The plugin's process has no stdin or no stdout.");
  const ignore = () => {};
  // A plugin that ends while it is written to is told by its exit.
  stdin.on("error", ignore);
  stdout.on("error", ignore);
  return {
    source: {
      onData: (listener) => listen(stdout, "data", listener),
      onEnd: (listener) => listen(stdout, "close", () => listener()),
      pause: () => void stdout.pause(),
      resume: () => void stdout.resume(),
      dispose: () => void stdout.destroy(),
    },
    sink: {
      write: (chunk) => stdin.write(chunk),
      onDrain: (listener) => listen(stdin, "drain", listener),
      onError: (listener) => listen(stdin, "error", listener),
      end: () => void stdin.end(),
      dispose: () => void stdin.destroy(),
    },
  };
}

function listen<Value>(emitter: NodeJS.EventEmitter, event: string, listener: (value: Value) => void) {
  emitter.on(event, listener);
  return toDisposable(() => void emitter.off(event, listener));
}
