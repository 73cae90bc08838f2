import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../base/failure.ts";
import { isJsonObject, parseJson } from "../base/json.ts";
import { printable } from "../base/printable.ts";
import type { LaunchSpec } from "../core/ports.ts";
import type { Command } from "./command.ts";
import { containedPath } from "./contained.ts";
import { pluginEnvironment } from "./environment.ts";
import type { Python } from "./python.ts";

/** What goes with making a process ready: `say` puts a line into the plugin's log, the signal ends the work. */
export interface Preparing {
  readonly signal: AbortSignal;
  say(line: string): void;
}

export interface Installing extends Preparing {
  /** A command of the plugin's interpreter as it is run where the plugin is to be held: it may write below `folder` and no data. */
  hold(command: Command, folder: string): Promise<Command>;
}

/** Runs a program of ours to its end and answers its exit code (null: it was ended) and all that it printed. */
export type RunToEnd = (
  command: Command,
  options: { cwd: string; signal: AbortSignal },
) => Promise<{ code: number | null; output: string }>;

/** How long an installation may take. */
const longestMs = 15 * 60_000;

/** Where a person says which index pip is to use. */
export const pipSettings = [
  "/etc/pip.conf",
  "/etc/xdg/pip",
  "~/.config/pip",
  "~/.pip",
  "~/Library/Application Support/pip",
];

/** Isolated from the folder that it runs in: a `venv.py` or `pip.py` of the package's would be taken for Python's own. */
const isolated = ["-I", "-X", "utf8"];

/** What is installed may run code of its own while it is: it sees no more of the environment than a plugin does. */
const runToEnd: RunToEnd = ({ file, args, env }, { cwd, signal }) =>
  new Promise((resolve) => {
    const options = {
      cwd,
      signal,
      timeout: longestMs,
      windowsHide: true,
      maxBuffer: 32 * 1024 * 1024,
      env: { ...pluginEnvironment(process.env), ...env },
    };
    execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
      resolve({ code, output: `${stdout}${stderr}${code === null ? `\n${error?.message ?? ""}` : ""}` });
    });
  });

/**
 * Python environments for plugins that name packages in their manifest: one for each content of the requirements and each
 * version of Python, in the plugin's data folder. It is made at the first start after the person has let the plugin in; one
 * whose making was cut off is never used.
 */
export class PythonEnvironments {
  readonly #run: RunToEnd;

  constructor(run: RunToEnd = runToEnd) {
    this.#run = run;
  }

  /**
   * The interpreter with the packages of `spec.requirements`, made if need be.
   *
   * @throws Failure `unavailable` with the last words of what failed, `notFound` or `denied` for a file that is not there or
   * lies outside the package
   */
  async interpreter(spec: LaunchSpec, requirements: string, python: Python, preparing: Installing): Promise<Python> {
    const file = await containedPath(spec.root, requirements);
    const content = await readFile(file);
    const key = createHash("sha256").update(`${python.version}\0`).update(content).digest("hex").slice(0, 16);
    const record = join(spec.dataDir, `python-${key}.json`);
    const known = await readRecord(record);
    if (known !== undefined)
      return { command: interpreterIn(join(spec.dataDir, known)), args: [], version: python.version };
    await mkdir(spec.dataDir, { recursive: true });
    const name = `python-${key}-${randomBytes(4).toString("hex")}`;
    const folder = join(spec.dataDir, name);
    await mkdir(folder);
    try {
      preparing.say(`Parley: installing the Python packages of ${requirements}…`);
      await this.#make(folder, file, spec, python, preparing);
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
    // Never half a record; of two windows that made one at a time, the later wins, and both work.
    await writeFile(`${record}.${name}`, JSON.stringify({ folder: name }));
    await rename(`${record}.${name}`, record);
    preparing.say("Parley: the Python packages are installed.");
    return { command: interpreterIn(folder), args: [], version: python.version };
  }

  async #make(
    folder: string,
    file: string,
    spec: LaunchSpec,
    python: Python,
    { signal, say, hold }: Installing,
  ): Promise<void> {
    const base = [python.command, ...python.args];
    const run = async (interpreter: string, launcher: readonly string[], args: readonly string[]) => {
      const command = { file: interpreter, launcher, base, args: [...launcher, ...isolated, ...args], env: {} };
      return await this.#run(await hold(command, folder), { cwd: spec.root, signal });
    };
    const made = await run(python.command, python.args, ["-m", "venv", folder]);
    if (made.code !== 0) {
      throw failed("Its Python environment could not be made", made.output, signal, {
        todo: /ensurepip|venv/.test(made.output)
          ? "Install what Python needs for it (on Debian and Ubuntu: apt install python3-venv), then restart the plugin."
          : "See the plugin's log, then restart it.",
        say,
      });
    }
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", file];
    const installed = await run(interpreterIn(folder), [], pip);
    if (installed.code === 0) return;
    throw failed("Its Python packages could not be installed", installed.output, signal, {
      todo: /^WARNING: Location .* is ignored/m.test(installed.output)
        ? "It saw nothing in a folder that the requirements or your settings for pip name, as the plugin's log says: " +
          "a sandbox hides all but the plugin's own folder. Put the packages there, or have pip ask an index on the network."
        : "See pip's words in the plugin's log; check the network and the requirements file, then restart the plugin.",
      say,
    });
  }
}

function failed(
  what: string,
  output: string,
  signal: AbortSignal,
  { todo, say }: { todo: string; say(line: string): void },
) {
  if (signal.aborted) return new Failure("cancelled", "It was stopped while its Python packages were installed.");
  const lines = output.split("\n").map((line) => printable(line).trim());
  const said = lines.filter((line) => line !== "");
  for (const line of said.slice(-40)) say(line);
  const reason = said.findLast((line) => /error|ensurepip|no such/i.test(line)) ?? said.at(-1) ?? "nothing was said";
  return new Failure("unavailable", `${what}: ${reason.slice(0, 300).replace(/\.$/, "")}.`, { todo });
}

/** The name of the folder that is complete; undefined where there is none. */
async function readRecord(path: string): Promise<string | undefined> {
  const value = parseJson(await readFile(path, "utf8").catch(() => ""));
  const folder = isJsonObject(value) ? value.folder : undefined;
  return typeof folder === "string" && /^python-[0-9a-f]+-[0-9a-f]+$/.test(folder) ? folder : undefined;
}

function interpreterIn(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}
