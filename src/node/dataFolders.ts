import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failure } from "../base/failure.ts";

/**
 * The data folder of a plugin that has this identity. It has the plugin's name for the first that was started under the
 * name; any other of the name gets a folder of its own, beside it. No plugin's name has an `@`. Makes nothing.
 */
export async function dataFolderOf(dataFolder: string, name: string, identity: string): Promise<string> {
  // What cannot be read is somebody's.
  const owner = await ownerOf(dataFolder, name).catch(() => "");
  if (owner === undefined || owner === identity) return join(dataFolder, name);
  return join(dataFolder, `${name}@${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`);
}

/**
 * Writes down whose a data folder is, before it is used, where it has a plugin's name. What was there before anybody
 * wrote that down is the first one's.
 * @throws Failure `conflict` when it is another's by now
 */
export async function claimDataFolder(dataDir: string, identity: string): Promise<void> {
  const [dataFolder, name] = [dirname(dataDir), basename(dataDir)];
  if (name.includes("@")) return;
  await mkdir(dataFolder, { recursive: true });
  try {
    await writeFile(claimOf(dataFolder, name), identity, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if ((await ownerOf(dataFolder, name)) === identity) return;
    throw new Failure("conflict", `The data folder of ${name} belongs to another plugin of that name.`, {
      todo: "Start it again: it then gets a folder of its own.",
    });
  }
}

async function ownerOf(dataFolder: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(claimOf(dataFolder, name), "utf8")) || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function claimOf(dataFolder: string, name: string): string {
  return join(dataFolder, `${name}@owner`);
}
