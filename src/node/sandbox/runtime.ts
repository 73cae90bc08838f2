import { accessSync, constants, existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import { Failure } from "../../base/failure.ts";
import type { LaunchSpec } from "../../core/ports.ts";
import type { Command, Runtimes } from "../command.ts";
import type { RunCommand } from "../python.ts";

/** A program by its absolute path, with the folders and files that it needs to be read to run. */
export interface FoundProgram {
  readonly file: string;
  readonly reads: readonly string[];
}

const printPlaces =
  "import json, sys; print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]))";

/**
 * Where the program of a command lies, and what it needs: a sandbox shows it nothing else, and has no PATH of a person.
 *
 * @throws Failure `unavailable` when it is not found
 */
export async function foundProgram(
  { file, launcher = [], base }: Command,
  { run }: LaunchSpec,
  { sdkDir }: Runtimes,
  runProgram: RunCommand,
): Promise<FoundProgram> {
  const sdk = sdkDir === undefined ? [] : [sdkDir];
  if (run.runtime === "node") return { file, reads: [...nodeFolders(await realpath(file)), ...sdk] };
  if (run.runtime === "python") {
    // What the command leads to may be a script of a version manager, which needs more than Python does. Nothing holds what is
    // run here, so it is no interpreter that the plugin could have written, and it imports nothing from the folder it is in.
    const [interpreter = file, ...before] = base ?? [file, ...launcher];
    const [printed = file, ...prefixes]: string[] = JSON.parse(
      await runProgram(interpreter, [...before, "-I", "-c", printPlaces]),
    );
    const folders = prefixes.filter((prefix) => prefix !== "/usr" && prefix !== "/usr/local");
    const executable = interpreter === file ? printed : file;
    return { file: executable, reads: [...new Set([printed, executable]), ...folders, ...sdk] };
  }
  const found = file.includes("/") || file.includes("\\") ? file : programOnPath(file);
  if (found === undefined) {
    throw new Failure("unavailable", `It cannot be started: there is no program "${file}" on the PATH.`, {
      todo: "Install it, or correct the plugin's run command.",
    });
  }
  return { file: found, reads: [found] };
}

/** A Node by itself needs its own folder; an Electron all that lies around it. */
function nodeFolders(executable: string): string[] {
  const bundle = /^.*?\.app(?=\/)/.exec(executable)?.[0];
  if (bundle !== undefined) return [bundle];
  const folder = dirname(executable);
  const libraries = join(dirname(folder), "lib");
  return basename(folder) === "bin" && existsSync(libraries) ? [folder, libraries] : [folder];
}

/** Where a program lies, by the PATH of the host. A folder of the PATH that is relative would be the plugin's own. */
export function programOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
