/**
 * The first thing every command of the repository does. Written for Node 20.19, which may be all a fresh machine has:
 * it installs the libraries when they are missing or not the locked ones, then starts the given program again on the
 * Node 24 that came with them. Nothing here may import a library.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Runs `program` (a path relative to this folder) on Node 24 with this process's arguments; never returns. */
export async function runOnOwnNode(program) {
  installMissing();
  const file = join(dirname(fileURLToPath(import.meta.url)), program);
  const node = ownNode();
  process.env.PATH = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  process.env.npm_config_update_notifier = "false";
  if (node === process.execPath) {
    await import(pathToFileURL(file).href);
    return;
  }
  const child = spawn(node, [file, ...process.argv.slice(2)], { stdio: "inherit", cwd: process.cwd() });
  // A Ctrl+C reaches the whole foreground group; the parent only has to outlive the child's clearing up.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT") child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`Could not start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 130 : 1)));
}

/** Installs the locked libraries when some are missing or of another version; says so first. */
function installMissing() {
  const missing = firstDifference();
  if (!missing) return;
  console.log(`Installing Parley's libraries (${missing}) …`);
  // `ci` is exact but empties the folder first; an incremental install is kinder to a clone that is in use, and helps
  // where the registry lacks a package for some other platform.
  const fresh = !existsSync(join(root, "node_modules"));
  if (fresh && npm(["ci"])) return;
  if (npm(["install", "--no-save"])) return;
  fail("The libraries could not be installed. Is the npm registry reachable? What npm said is above.");
}

/** Runs npm for this repository; answers whether it succeeded. No library here needs an install script. */
function npm(command) {
  const options = [
    "--include=dev",
    "--include=optional",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const windows = process.platform === "win32";
  const result = spawnSync(windows ? "npm.cmd" : "npm", [...command, ...options], {
    cwd: root,
    stdio: "inherit",
    shell: windows,
  });
  return result.status === 0;
}

/** Compares what is installed with `package-lock.json`; answers the first difference in words, or undefined. */
function firstDifference() {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return "none are installed yet";
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  for (const [path, entry] of Object.entries(locked)) {
    if (path === "" || entry.link) continue;
    if (!installed[path]) {
      if (!entry.optional && !entry.peer) return `${path.replace(/^.*node_modules\//, "")} is missing`;
    } else if (installed[path].version !== entry.version) {
      return `${path.replace(/^.*node_modules\//, "")} has changed`;
    }
  }
  return undefined;
}

/** The executable of Node 24: this process's own when it is one, else the one among the libraries. */
function ownNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const file = process.platform === "win32" ? "node.exe" : "node";
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    const candidate = join(root, "node_modules", name, "bin", file);
    if (existsSync(candidate)) return candidate;
  }
  return fail(
    `Parley is built and tested on Node 24; this is ${process.version}, and there is no packaged Node 24 for ` +
      `${process.platform}-${process.arch}. Install Node 24 (https://nodejs.org), then run this again.`,
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
