import assert from "node:assert/strict";
import { execFileSync, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxPlan } from "../../../src/core/plugins/sandbox.ts";
import type { Runtimes } from "../../../src/node/command.ts";
import { runCommand } from "../../../src/node/python.ts";
import { bubblewrapArgs } from "../../../src/node/sandbox/bubblewrap.ts";
import { Sandboxes } from "../../../src/node/sandbox/sandboxes.ts";
import type { RunSpec } from "../../../src/protocol/manifest.ts";
import { workspaceName } from "../../../src/protocol/workspaceName.ts";
import { until } from "../../support/until.ts";
import { exists, fixtures, installed, makeRig, type Rig } from "./rig.ts";

const sdkDir = join(import.meta.dirname, "../../../dist/sdk");
const node: RunSpec = { runtime: "node", entry: "./shut/main.mjs" };
const python: RunSpec = { runtime: "python", entry: "./shut/main.py" };

/** Why bubblewrap cannot be used on this machine, with the command; undefined where it can. */
function bubblewrapProblem(): string | undefined {
  const args = bubblewrapArgs(["true"], "/", { reads: [], writes: [], network: false, processes: false });
  try {
    execFileSync("bwrap", args, { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `bwrap ${args.join(" ")}\n${(error as { stderr?: Buffer }).stderr?.toString() || String(error)}`;
  }
}

/** The processes that were told this data folder, whatever group they are in. */
function livingWith(data: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`PLUGIN_DATA=${data}\0`);
      } catch {
        return false;
      }
    });
}

/** As on a system that has no sandbox of its own: what is left is Node's permission model. */
const nodeOnly = (runtimes: Runtimes) => new Sandboxes({ runtimes, platform: "win32" });

describe("a plugin in a sandbox", () => {
  let rig: Rig;
  let outside: string;
  let server: Server;
  const problem = bubblewrapProblem();

  beforeEach(async () => {
    outside = realpathSync(mkdtempSync(join(tmpdir(), "parley-outside-")));
    writeFileSync(join(outside, "secret.txt"), "a secret");
    server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    await rig.close();
    rmSync(outside, { recursive: true, force: true });
    server.close();
  });

  async function start(run: RunSpec | string[], options: Partial<SandboxPlan> = {}, sandboxes?: typeof nodeOnly) {
    const plan: SandboxPlan = { demand: "required", workspace: [], tools: [], ...options };
    rig = makeRig({ sdkDir, guardian: true, sandbox: () => plan, ...(sandboxes ? { sandboxes } : {}) });
    rig.supervisor.setInstalled([installed(rig, "p", run)]);
    const { peer, pid } = await rig.supervisor.ensureRunning("p");
    const call = (name: string, args: object = {}) =>
      peer.request("call", { to: { plugin: "p" }, name, args: { ...args } });
    return { call, pid: pid ?? 0 };
  }

  const port = () => (server.address() as { port: number }).port;
  const secret = () => join(outside, "secret.txt");
  const state = () => rig.supervisor.view("p")?.sandbox;

  /** What holds for each kind and language: own folders work, nothing else is read or written. */
  async function holds(call: (name: string, args?: object) => Promise<unknown>): Promise<void> {
    const folders = (await call("folders")) as { data: string; run: string; temporary: string };
    assert.equal(folders.temporary, folders.run);
    assert.equal(await call("write", { path: join(folders.data, "own.txt") }), "done");
    assert.equal(await call("read", { path: join(folders.data, "own.txt") }), "done");
    assert.equal(await call("write", { path: join(folders.run, "own.txt") }), "done");
    assert.equal(await call("list", { path: fixtures }), "done");
    assert.notEqual(await call("write", { path: join(fixtures, "not-here.txt") }), "done");
    assert.notEqual(await call("read", { path: secret() }), "done");
    assert.notEqual(await call("read", { path: "/etc/passwd" }), "done");
    assert.notEqual(await call("list", { path: outside }), "done");
    assert.notEqual(await call("write", { path: join(outside, "new.txt") }), "done");
    assert.equal(existsSync(join(outside, "new.txt")), false);
    assert.equal(existsSync(join(fixtures, "not-here.txt")), false);
  }

  describe("of Node's permission model", () => {
    it("is refused what is outside its folders, and works inside", async () => {
      const { call } = await start(node, {}, nodeOnly);
      assert.equal(state()?.kind, "node");
      await holds(call);
      assert.equal(await call("read", { path: secret() }), "ERR_ACCESS_DENIED");
      assert.equal(await call("start", { path: process.execPath }), "ERR_ACCESS_DENIED");
      assert.match(state()?.text ?? "", /The network is open to it/);
      assert.equal(await call("connect", { port: port() }), "done");
    });

    it("has what its manifest wishes: the workspace, and other programs", async () => {
      const run: RunSpec = { ...node, sandbox: { reads: [workspaceName], processes: true } };
      const { call } = await start(run, { workspace: [outside] }, nodeOnly);
      assert.equal(await call("read", { path: secret() }), "done");
      assert.notEqual(await call("write", { path: secret() }), "done");
      assert.equal(await call("start", { path: "/bin/true" }), "done");
    });

    it("is not opened by a variable of its manifest's", async () => {
      const { call } = await start(
        { ...node, env: { NODE_OPTIONS: "--allow-fs-read=* --allow-child-process" } },
        {},
        nodeOnly,
      );
      await holds(call);
      assert.equal(await call("start", { path: process.execPath }), "ERR_ACCESS_DENIED");
    });

    it("does not hold a Python plugin: one that must be shut in is not started, and it is said why", async () => {
      rig = makeRig({ sdkDir, sandbox: () => ({ demand: "required", workspace: [], tools: [] }), sandboxes: nodeOnly });
      rig.supervisor.setInstalled([installed(rig, "p", python)]);
      await assert.rejects(rig.supervisor.ensureRunning("p"), /a sandbox is required and none works here.*python/s);
      const view = rig.supervisor.view("p");
      assert.equal(view?.process, "failed");
      assert.match(view?.problem ?? "", /Install bubblewrap.*parley\.plugins\.sandbox/s);
    });

    it("a Python plugin that need not be shut in is started, and it is said that nothing holds it", async () => {
      const { call } = await start(python, { demand: "on" }, nodeOnly);
      assert.equal(await call("read", { path: secret() }), "done");
      assert.equal(state()?.kind, "none");
      assert.match(state()?.text ?? "", /No sandbox is in force, because none works here/);
    });
  });

  describe("of bubblewrap", () => {
    if (problem !== undefined) {
      it("cannot be tried on this machine, which is said; its arguments are tested all the same", async () => {
        console.log(`bubblewrap does not work here:\n${problem}`);
        const { call } = await start(node, {}, undefined);
        assert.equal(state()?.kind, "node", "Node's permission model takes its place");
        await holds(call);
      });
      return;
    }

    for (const [language, run] of Object.entries({ TypeScript: node, Python: python })) {
      it(`is refused what is outside its folders, and works inside, in ${language}`, async () => {
        const { call } = await start(run);
        assert.equal(state()?.kind, "bubblewrap");
        await holds(call);
        assert.equal(await call("read", { path: secret() }), "ENOENT");
        assert.equal(await call("start", { path: "/bin/true" }), "done");
        assert.equal(await call("connect", { port: port() }), "ECONNREFUSED");
      });

      it(`sets nothing of the kernel, also for root, and loses nothing in folders of memory, in ${language}`, async () => {
        const { call } = await start(run);
        // Of the kernel's settings this one is the sandbox's own, so that nothing is hurt should it be written after all.
        const name = await call("write", { path: "/proc/sys/kernel/hostname" });
        assert.ok(name === "EROFS" || name === "EACCES", String(name));
        for (const path of ["/new.txt", "/etc/new.txt", "/usr/new.txt"])
          assert.equal(await call("write", { path }), "EROFS", path);
        assert.equal(await call("write", { path: "/tmp/new.txt" }), "done");
      });

      it(`has what its manifest wishes, in ${language}`, async () => {
        const wish: RunSpec = { ...run, sandbox: { writes: [workspaceName], network: true } };
        const { call } = await start(wish, { workspace: [outside] });
        assert.equal(await call("write", { path: join(outside, "new.txt") }), "done");
        assert.equal(await call("connect", { port: port() }), "done");
        assert.equal(readFileSync(join(outside, "new.txt"), "utf8"), "written");
        assert.match(state()?.text ?? "", /writes its data folder and the open folder\. It has the network\./);
      });
    }

    it("is not opened by a variable of its manifest's, which only what is inside sees", async () => {
      const escaped = join(outside, "escaped");
      const instead = `#!/bin/sh\necho > ${escaped}\nwhile [ "$1" != "--" ]; do shift; done\nshift\nexec "$@"\n`;
      writeFileSync(join(outside, "bwrap"), instead, { mode: 0o755 });
      const { call } = await start({ ...python, env: { PATH: outside, TMPDIR: outside, PLUGIN_DATA: outside } });
      assert.equal(state()?.kind, "bubblewrap");
      await holds(call);
      assert.ok(!existsSync(escaped));
    });

    it("can take leave at SIGTERM, which its sandbox does not die of", async () => {
      const { pid } = await start(["takesLeave"]);
      await rig.supervisor.stop("p");
      assert.equal(readFileSync(join(rig.folder, "data/p/leave"), "utf8"), "taken");
      assert.ok(!(await exists(pid)));
      assert.match(rig.supervisor.view("p")?.lastExit ?? "", /exited with code 0/);
    });

    it("that heeds nothing is ended in less than 4 s, and nothing is left of what it started", async () => {
      const { pid } = await start(["escapes"]);
      const data = join(rig.folder, "data/p");
      await until("its grandchild lives", () => existsSync(join(data, "alive")));
      assert.ok(livingWith(data).length > 1);
      const begun = performance.now();
      await rig.supervisor.stop("p");
      assert.ok(performance.now() - begun < 4_000);
      assert.ok(!(await exists(pid)));
      await until("all is gone, also what had left its group", () => livingWith(data).length === 0);
    });

    it("is gone with all that it started when its host is killed, also without a guardian", async () => {
      rig = makeRig();
      const program = join(import.meta.dirname, "host.ts");
      const stdio: StdioOptions = ["ignore", "pipe", "inherit"];
      const host = spawn(process.execPath, [program, rig.folder, "sandbox", "escapes", "stubborn"], { stdio });
      try {
        assert.ok(host.stdout);
        await once(host.stdout, "data");
        const folders = ["p0", "p1"].map((name) => join(rig.folder, "data", name));
        await until("its grandchild lives", () => existsSync(join(folders[0] ?? "", "alive")));
        assert.ok(folders.every((folder) => livingWith(folder).length > 0));
        host.kill("SIGKILL");
        await until("all is gone", () => folders.every((folder) => livingWith(folder).length === 0));
      } finally {
        host.kill("SIGKILL");
      }
    });

    it("that is killed from outside tells the signal", async () => {
      const { pid } = await start(["none"]);
      const inner = Number((await runCommand("pgrep", ["-g", String(pid), "-n"])).trim());
      process.kill(inner, "SIGKILL");
      await until("its end is known", () => rig.supervisor.view("p")?.lastExit);
      assert.match(rig.supervisor.view("p")?.lastExit ?? "", /was ended by SIGKILL/);
    });
  });
});
