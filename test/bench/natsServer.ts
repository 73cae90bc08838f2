/** Where a NATS server and its client come from; the bench does without them where they cannot be had. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { cacheFolder } from "../tools/paths.ts";

const here = import.meta.dirname;
const packageName = "@nats-io/transport-node";

export type Nats = { readonly server: string; readonly client: string } | { readonly missing: string };

/**
 * Finds a server on the PATH, or unpacks Debian's package into the cache folder, without installing it; installs the
 * client into the bench's own folder. Answers why where either cannot be had.
 */
export function findNats(): Nats {
  const server = onPath("nats-server") ?? unpacked();
  if (!server)
    return { missing: "there is no nats-server on the PATH, and no Debian package of it could be downloaded" };
  if (!existsSync(join(here, "node_modules", packageName))) {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status } = spawnSync(npm, options, { cwd: here, stdio: "inherit", shell: process.platform === "win32" });
    if (status !== 0) return { missing: `the package ${packageName} could not be installed` };
  }
  return { server, client: createRequire(join(here, "bench.mjs")).resolve(packageName) };
}

function onPath(program: string): string | undefined {
  const file = process.platform === "win32" ? `${program}.exe` : program;
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
}

function unpacked(): string | undefined {
  if (process.platform !== "linux" || !onPath("apt-get") || !onPath("dpkg-deb")) return undefined;
  const folder = join(cacheFolder(), "parley", "nats-server");
  const server = join(folder, "usr", "sbin", "nats-server");
  if (existsSync(server)) return server;
  mkdirSync(folder, { recursive: true });
  spawnSync("apt-get", ["download", "nats-server"], { cwd: folder, stdio: "ignore" });
  const file = readdirSync(folder).find((name) => name.endsWith(".deb"));
  if (file) spawnSync("dpkg-deb", ["-x", join(folder, file), folder], { stdio: "ignore" });
  return existsSync(server) ? server : undefined;
}
