import assert from "node:assert/strict";
import * as promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileSystem, replaceFiles } from "../../../plugins/repoagent/replaceFiles.ts";

/** A file system whose n-th call of one operation fails with a code. */
function failing(operation: keyof FileSystem | "writeFile", nth: number, code: string): FileSystem {
  let count = 0;
  const fail = (): void => {
    if (++count === nth) throw Object.assign(new Error(code), { code });
  };
  const files = { ...promises } as unknown as Record<string, (...args: never[]) => Promise<unknown>>;
  if (operation === "writeFile") {
    const open = promises.open;
    files.open = async (...args: never[]) => {
      const handle = await open(...(args as unknown as Parameters<typeof open>));
      const write = handle.writeFile.bind(handle);
      handle.writeFile = async (...content) => {
        fail();
        return write(...content);
      };
      return handle;
    };
  } else {
    const original = files[operation] as (...args: never[]) => Promise<unknown>;
    files[operation] = async (...args) => {
      fail();
      return original(...args);
    };
  }
  return files as unknown as FileSystem;
}

describe("replacing several files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await promises.mkdtemp(join(tmpdir(), "parley-replace-"));
    await promises.writeFile(join(folder, "a"), "old a");
    await promises.writeFile(join(folder, "b"), "old b");
    await promises.writeFile(join(folder, "gone"), "old gone");
  });
  afterEach(() => promises.rm(folder, { recursive: true, force: true }));
  const text = (name: string): Promise<string> => promises.readFile(join(folder, name), "utf8");
  const all = () => [
    { absolute: join(folder, "a"), content: Buffer.from("new a") },
    { absolute: join(folder, "gone"), content: undefined },
    { absolute: join(folder, "x/y/made"), content: Buffer.from("made"), create: true },
    { absolute: join(folder, "b"), content: Buffer.from("new b") },
  ];
  const before = ["a", "b", "gone"];

  it("does all of it", async () => {
    await replaceFiles(all());
    assert.deepEqual([await text("a"), await text("b"), await text("x/y/made")], ["new a", "new b", "made"]);
    assert.deepEqual((await promises.readdir(folder)).sort(), ["a", "b", "x"]);
  });

  const faults: [keyof FileSystem | "writeFile", number, string][] = [
    ["writeFile", 1, "ENOSPC"],
    ["writeFile", 3, "ENOSPC"],
    ["rename", 1, "EACCES"],
    ["rename", 2, "EIO"],
    ["link", 3, "EEXIST"],
    ["unlink", 1, "EPERM"],
    ["mkdir", 3, "ENOSPC"],
  ];
  for (const [operation, nth, code] of faults) {
    it(`leaves everything as it was when ${operation} no. ${nth} fails with ${code}`, async () => {
      await assert.rejects(replaceFiles(all(), failing(operation, nth, code)), { code });
      assert.deepEqual(await Promise.all(before.map(text)), ["old a", "old b", "old gone"]);
      assert.deepEqual((await promises.readdir(folder)).sort(), before);
    });
  }
});
