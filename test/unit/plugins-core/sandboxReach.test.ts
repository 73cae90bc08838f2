import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { processWishes, sandboxPlan } from "../../../src/core/plugins/sandbox.ts";
import type { LaunchSpec } from "../../../src/core/ports.ts";
import { placesOf, reachOf } from "../../../src/node/sandbox/reach.ts";
import { type RunSpec, sandboxWish } from "../../../src/protocol/manifest.ts";
import { workspaceName } from "../../../src/protocol/workspaceName.ts";

describe("what a sandboxed process may reach", () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-reach-")));
    for (const name of ["root", "data", "run", "ws", "real"]) mkdirSync(join(folder, name));
    symlinkSync(join(folder, "real"), join(folder, "link"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const spec = (sandbox: RunSpec["sandbox"], workspace: string[] = []): LaunchSpec => ({
    plugin: "p",
    epoch: 1,
    root: join(folder, "root"),
    dataDir: join(folder, "data"),
    run: { runtime: "node", entry: "./main.js", sandbox },
    env: {},
    sandbox: { demand: "on", workspace, tools: [join(folder, "tool")] },
  });
  const inFolder = (...names: string[]) => names.map((name) => join(folder, name));

  it("is its own folders, what it wishes, and where links lead; what does not exist, and a whole disk, are left out", async () => {
    writeFileSync(join(folder, "tool"), "");
    const wish = {
      reads: [workspaceName, join(folder, "link"), "/nowhere/at/all", "/"],
      writes: [join(folder, "ws/out")],
    };
    mkdirSync(join(folder, "ws/out"));
    const found = await reachOf(spec(wish, inFolder("ws")), join(folder, "run"), inFolder("real"));
    assert.deepEqual([...found.reads].sort(), inFolder("link", "real", "root", "tool", "ws"));
    assert.deepEqual([...found.writes].sort(), inFolder("data", "run", "ws/out"));
    assert.deepEqual([found.network, found.processes], [false, false]);
  });

  it("names no link that is seen with the folder that it is in: nothing can be put over a link", async () => {
    symlinkSync(join(folder, "real"), join(folder, "data/python"));
    const found = await reachOf(spec(undefined), join(folder, "run"), inFolder("data/python"));
    assert.deepEqual([...found.reads].sort(), inFolder("real", "root"));
  });

  it("is the network where a debugger has to come in", async () => {
    const found = await reachOf({ ...spec(undefined), inspect: 9229 }, join(folder, "run"), []);
    assert.equal(found.network, true);
    assert.equal((await reachOf(spec(undefined), join(folder, "run"), [])).network, false);
  });

  it("is not the workspace unless it is wished", async () => {
    const found = await reachOf(spec(undefined, inFolder("ws")), join(folder, "run"), []);
    assert.ok(!found.reads.includes(join(folder, "ws")));
  });

  it("is nothing that a link in the workspace leads to outside of it", async () => {
    symlinkSync(join(folder, "real"), join(folder, "ws/out"));
    symlinkSync(join(folder, "ws"), join(folder, "opened"));
    mkdirSync(join(folder, "ws/in"));
    const wish = { reads: [`${workspaceName}/in`], writes: [`${workspaceName}/out`] };
    const found = await reachOf(spec(wish, inFolder("opened")), join(folder, "run"), []);
    assert.deepEqual(
      found.writes.filter((path) => !["data", "run"].includes(path.slice(folder.length + 1))),
      [],
    );
    assert.ok(found.reads.includes(join(folder, "ws/in")));
  });

  it("is nothing that a link leads to which the plugin could have made itself", async () => {
    const hidden = join(folder, "hidden");
    mkdirSync(hidden);
    mkdirSync(join(folder, "mine/in"), { recursive: true });
    symlinkSync(join(folder, "mine"), join(folder, "person"));
    symlinkSync(hidden, join(folder, "data/out"));
    symlinkSync("../hidden", join(folder, "mine/out"));
    symlinkSync(join(folder, "data/out"), join(folder, "over"));
    symlinkSync("in", join(folder, "mine/within"));
    const ways = inFolder("data/out", "mine/out", "person/out", "over");
    for (const way of ways) {
      const reads = await reachOf(spec({ reads: [way], writes: inFolder("person") }), join(folder, "run"), []);
      assert.deepEqual(reads.reads, inFolder("root"), way);
      const writes = await reachOf(spec({ writes: [...inFolder("person"), way] }), join(folder, "run"), []);
      assert.deepEqual([...writes.writes].sort(), inFolder("data", "mine", "person", "run"), way);
    }
    const within = await reachOf(
      spec({ reads: inFolder("mine/within"), writes: inFolder("mine") }),
      join(folder, "run"),
      [],
    );
    assert.ok(within.reads.includes(join(folder, "mine/in")));
  });

  it("wishes name the home folder and the workspace's folders", () => {
    assert.deepEqual(placesOf("~/.gitconfig", []), [join(homedir(), ".gitconfig")]);
    assert.deepEqual(placesOf(`${workspaceName}/out`, ["/a", "/b"]), ["/a/out", "/b/out"]);
    assert.deepEqual(placesOf(workspaceName, []), []);
    assert.deepEqual(placesOf("/opt/x", ["/a"]), ["/opt/x"]);
  });

  it("wishes that lead upwards, or are relative, are refused by the manifest", () => {
    for (const path of ["..", "/a/../b", `${workspaceName}/../x`, "x/y", "~", "~root/x", "./x"]) {
      assert.equal(sandboxWish.safeParse({ reads: [path] }).success, false, path);
    }
    for (const path of ["/a", "~/.x", workspaceName, `${workspaceName}/..x`, "C:\\x"]) {
      assert.equal(sandboxWish.safeParse({ reads: [path] }).success, true, path);
    }
  });

  it("the person reads each wish in a line", () => {
    const run = { runtime: "node" as const, entry: "./main.js" };
    assert.deepEqual(processWishes({ run }), []);
    const sandbox = { reads: ["~/.x"], writes: [workspaceName], network: true, processes: true };
    assert.deepEqual(processWishes({ run: { ...run, sandbox }, requirements: "./r.txt" }), [
      "read ~/.x",
      `read and write ${workspaceName}`,
      "use the network",
      "start other programs",
      "have Python packages installed (./r.txt)",
    ]);
    assert.equal(sandboxPlan("off"), undefined);
    assert.deepEqual(sandboxPlan("on", [{ path: "/w" }], "/rg"), { demand: "on", workspace: ["/w"], tools: ["/rg"] });
  });
});
