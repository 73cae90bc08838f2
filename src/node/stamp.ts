import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** What is in a plugin's folder and not of its author's making. */
const notOwn = new Set(["node_modules", "__pycache__", ".git", ".parley-sdk", ".venv"]);

/** The most files that are looked at; a change in the others is not seen. */
const mostFiles = 2_000;

/**
 * Tells one state of a folder's own files from another, by names, sizes and times alone: for a plugin that is being developed, which
 * is started anew when it was saved. It proves nothing about the content; see `contentHash` for that.
 */
export async function folderStamp(root: string): Promise<string> {
  const hash = createHash("sha256");
  let left = mostFiles;
  const add = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (notOwn.has(entry.name) || --left < 0) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await add(path);
      else {
        const { size = 0, mtimeMs = 0 } = (await stat(join(root, path)).catch(() => undefined)) ?? {};
        hash.update(`${JSON.stringify([path, size, mtimeMs])}\n`);
      }
    }
  };
  await add("");
  return hash.digest("hex");
}

/** Whether what an event of the file system names is the author's. */
export const isOwnFile = (name: string): boolean => !notOwn.has(name) && !name.endsWith(".pyc") && !name.endsWith("~");
