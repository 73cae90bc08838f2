import { execFile } from "node:child_process";
import { Failure } from "../base/failure.ts";

/** A Python interpreter: the command, and what goes before the script. */
export interface Python {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
}

/** Runs a command and answers what it printed; rejects when it cannot be run, fails or takes longer than 10 s. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
) => Promise<string>;

/** `env` is added to the host's own environment. */
export const runCommand: RunCommand = (command, args, env) =>
  new Promise((resolve, reject) => {
    const more = env === undefined ? {} : { env: { ...process.env, ...env } };
    execFile(command, [...args], { timeout: 10_000, windowsHide: true, encoding: "utf8", ...more }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });

const lowest = [3, 9] as const;
const printVersion = "import sys; print('%d.%d.%d' % sys.version_info[:3])";

/**
 * Finds the interpreter for Python plugins: the configured one and no other where one is configured, else `python3`,
 * `python`, `py -3`. What was found is remembered for as long as the setting stays; that none was found is not.
 */
export class PythonFinder {
  readonly #configured: () => string | undefined;
  readonly #run: RunCommand;
  #found: { configured: string | undefined; python: Promise<Python> } | undefined;

  constructor(configured: () => string | undefined, run: RunCommand = runCommand) {
    this.#configured = configured;
    this.#run = run;
  }

  /** @throws Failure `unavailable` that says what was tried and what to do */
  find(): Promise<Python> {
    const configured = this.#configured()?.trim() || undefined;
    if (this.#found?.configured === configured && this.#found) return this.#found.python;
    const python = this.#search(configured);
    const found = { configured, python };
    this.#found = found;
    python.catch(() => {
      if (this.#found === found) this.#found = undefined;
    });
    return python;
  }

  async #search(configured: string | undefined): Promise<Python> {
    const candidates: [string, ...string[]][] = configured ? [[configured]] : [["python3"], ["python"], ["py", "-3"]];
    const tried: string[] = [];
    for (const [command, ...args] of candidates) {
      const name = [command, ...args].join(" ");
      try {
        const version = (await this.#run(command, [...args, "-c", printVersion])).trim();
        if (isNewEnough(version)) return { command, args, version };
        tried.push(/^\d/.test(version) ? `${name} is ${version}` : `${name} is no Python 3`);
      } catch {
        tried.push(`${name} cannot be run`);
      }
    }
    throw new Failure(
      "unavailable",
      `It needs Python ${lowest.join(".")} or newer, and none was found: ${tried.join(", ")}.`,
      {
        todo: configured
          ? "Correct the setting parley.python.path."
          : "Install Python, or name an interpreter in the setting parley.python.path.",
      },
    );
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > lowest[0] || (major === lowest[0] && minor >= lowest[1]);
}
