import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../base/failure.ts";
import { containedPath } from "./contained.ts";

/** How large a package may be whose content is hashed. */
const contentLimits = { files: 2_000, bytes: 50 * 1024 * 1024 } as const;

/**
 * The SHA-256, in hex, over all that a package holds: every file's path, its content and whether its owner may run it, every
 * link's path and target, every empty folder. It is another one after any change that could change what runs. Nothing is left
 * out, also no hidden file: what is left out could be changed unseen.
 *
 * @throws Failure `tooLarge` above `contentLimits`, `denied` for a link that leads out of the package, `invalidParams`
 * for what is neither file, folder nor link, `unavailable` where something cannot be read
 */
export async function contentHash(root: string, limits: { files: number; bytes: number } = contentLimits) {
  const hash = createHash("sha256");
  const left = { ...limits };
  try {
    await addFolder(await realpath(root), "", hash, left, limits);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure("unavailable", `The package cannot be read whole (${code ?? String(error)})`, { cause: error });
  }
  return hash.digest("hex");
}

type Left = { files: number; bytes: number };

async function addFolder(root: string, folder: string, hash: Hash, left: Left, limits: Left): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  mark(hash, "folder", folder, entries.length);
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    // Folders and links count too: an endless number of them would keep the host busy just as well.
    if (--left.files < 0) {
      throw new Failure("tooLarge", `The package has more than ${limits.files} files`, { todo: smaller });
    }
    if (entry.isDirectory()) await addFolder(root, path, hash, left, limits);
    else if (entry.isSymbolicLink()) {
      await containedPath(root, path);
      mark(hash, "link", path, await readlink(join(root, path)));
    } else if (entry.isFile()) await addFile(join(root, path), path, hash, left, limits);
    else throw new Failure("invalidParams", `"${path}" is neither a file, a folder nor a link`);
  }
}

async function addFile(file: string, path: string, hash: Hash, left: Left, limits: Left): Promise<void> {
  const content = createHash("sha256");
  let runs = false;
  // It was a file a moment ago; what took its place meanwhile is neither followed nor waited for.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const { mode } = await handle.stat();
    runs = (mode & constants.S_IXUSR) !== 0;
    const buffer = Buffer.allocUnsafe(64 * 1024);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      left.bytes -= bytesRead;
      if (left.bytes < 0) {
        throw new Failure("tooLarge", `The package has more than ${limits.bytes / 1024 / 1024} MiB`, { todo: smaller });
      }
      content.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
  mark(hash, runs ? "program" : "file", path, content.digest("hex"));
}

/** As JSON, so that no name can look like two entries. */
function mark(hash: Hash, kind: "file" | "program" | "folder" | "link", path: string, content: string | number): void {
  hash.update(`${JSON.stringify([kind, path, content])}\n`);
}

const smaller = "Build it into fewer files, or put it into your own plugin folder, which is not hashed.";
