import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LaunchSpec } from "../core/ports.ts";
import { containedPath } from "./contained.ts";
import type { PythonFinder } from "./python.ts";
import type { Installing, PythonEnvironments } from "./pythonEnvironments.ts";

/** What is spawned: no shell is involved. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The first of the arguments where they only find the interpreter, as the `-3` of `py -3`. */
  readonly launcher?: readonly string[];
  /** A Python's own interpreter, where `file` is one in the plugin's data folder, which the plugin may have replaced. */
  readonly base?: readonly string[];
  /** What is left of the manifest's variables for the process itself; without it all of them. */
  readonly runEnv?: Readonly<Record<string, string>>;
  /** The process is a wrapper's, which tells by a code above 128 that the plugin's own was ended by a signal. */
  readonly wrapped?: boolean;
}

/** What turns a plugin's `run` into a command. */
export interface Runtimes {
  /** The Node that runs Node plugins: the extension host's own executable. */
  readonly node: string;
  /** Whether that executable is Electron, which is Node only when told so. */
  readonly electron: boolean;
  /** Where the SDKs are: `resolve.mjs`, which makes `@parley/sdk` known, and `python/`. Without it they are not there. */
  readonly sdkDir: string | undefined;
  readonly python: PythonFinder;
  /** Makes the environments of Python plugins that need packages. */
  readonly environments: Pick<PythonEnvironments, "interpreter">;
}

/** @throws Failure that says why the plugin cannot be started and what to do */
export async function commandFor(spec: LaunchSpec, runtimes: Runtimes, installing: Installing): Promise<Command> {
  const { run, root } = spec;
  const args = run.args ?? [];
  switch (run.runtime) {
    case "node": {
      const entry = await containedPath(root, run.entry);
      const sdk = runtimes.sdkDir ? ["--import", pathToFileURL(join(runtimes.sdkDir, "resolve.mjs")).href] : [];
      const env: Record<string, string> = runtimes.electron ? { ELECTRON_RUN_AS_NODE: "1" } : {};
      const debugged = spec.inspect === undefined ? [] : [`--inspect=127.0.0.1:${spec.inspect}`];
      return { file: runtimes.node, args: [...debugged, ...sdk, entry, ...args], env };
    }
    case "python": {
      const entry = await containedPath(root, run.entry);
      const found = await runtimes.python.find();
      const python =
        spec.requirements === undefined
          ? found
          : await runtimes.environments.interpreter(spec, spec.requirements, found, installing);
      const env: Record<string, string> = {
        PYTHONUNBUFFERED: "1",
        PYTHONIOENCODING: "utf-8",
        PYTHONPYCACHEPREFIX: join(spec.dataDir, "pycache"),
      };
      if (runtimes.sdkDir) env.PYTHONPATH = join(runtimes.sdkDir, "python");
      const base = [found.command, ...found.args];
      return { file: python.command, args: [...python.args, "-u", entry, ...args], env, launcher: python.args, base };
    }
    case "command": {
      const file = run.command.startsWith("./") ? await containedPath(root, run.command) : run.command;
      return { file, args, env: {} };
    }
  }
}
