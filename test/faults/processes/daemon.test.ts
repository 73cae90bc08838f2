import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { silentLogger } from "../../../src/base/logger.ts";
import { posixTree } from "../../../src/node/processTree.ts";
import { RunRecords } from "../../../src/node/runRecords.ts";
import type { RunSpec } from "../../../src/protocol/manifest.ts";
import { until } from "../../support/until.ts";
import { exists, installed, leftIn, makeRig, type Rig } from "./rig.ts";

const daemon = (...args: string[]): RunSpec => ({ runtime: "python", entry: "./daemon.py", args });

describe("a daemon that a plugin made, in a session of its own", function () {
  this.timeout(20_000);
  let folder: string;
  let rig: Rig | undefined;
  let host: ChildProcess | undefined;
  let left: number[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-daemon-"));
    left = [];
  });
  afterEach(async () => {
    await rig?.close();
    rig = undefined;
    host?.kill("SIGKILL");
    for (const pid of left) if (await exists(pid)) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the plugin and answers the daemon's process id, which leads a group that is not the plugin's. */
  async function startIn(made: Rig, ...args: string[]): Promise<{ pid: number; stray: number }> {
    rig = made;
    rig.supervisor.setInstalled([installed(rig, "p", daemon(...args))]);
    const { pid = 0 } = await rig.supervisor.ensureRunning("p");
    return { pid, stray: await strayOf(join(rig.folder, "data/p"), pid) };
  }

  async function strayOf(dataDir: string, pid: number): Promise<number> {
    const stray = Number(await until("the daemon has begun", () => readFileSync(join(dataDir, "daemon"), "utf8")));
    left.push(stray);
    const stat = readFileSync(`/proc/${stray}/stat`, "utf8");
    assert.notEqual(Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]), pid, "it left the plugin's group");
    return stray;
  }

  async function startHost(word: "guardian" | "-"): Promise<{ pids: number[]; stray: number }> {
    host = spawn(process.execPath, [join(import.meta.dirname, "host.ts"), folder, word, "daemon"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(host.stdout);
    const [line] = await once(createInterface({ input: host.stdout }), "line");
    const { pids } = JSON.parse(String(line));
    left.push(...pids);
    return { pids, stray: await strayOf(join(folder, "data/p0"), pids[0]) };
  }

  async function killHost(): Promise<void> {
    assert.ok(host);
    const gone = once(host, "exit");
    host.kill("SIGKILL");
    await gone;
  }

  for (const args of [[], ["holds"]]) {
    it(`is gone once the plugin is stopped${args.length > 0 ? ", also where it holds the plugin's pipes" : ""}`, async () => {
      const { stray } = await startIn(makeRig(), ...args);
      assert.ok(await exists(stray));
      await rig?.supervisor.stop("p");
      assert.ok(!(await exists(stray)));
      assert.deepEqual(await leftIn(rig?.runs ?? ""), []);
    });
  }

  it("may take leave", async () => {
    const { stray } = await startIn(makeRig(), "polite");
    await rig?.supervisor.stop("p");
    assert.ok(!(await exists(stray)));
    assert.equal(readFileSync(join(rig?.folder ?? "", "data/p/leave"), "utf8"), "taken");
  });

  it("is gone before the plugin is started again that crashed", async () => {
    const { stray } = await startIn(makeRig());
    const run = rig?.supervisor.running("p");
    await assert.rejects(async () => run?.peer.request("call", { to: { plugin: "p" }, name: "x", args: {} }));
    await rig?.supervisor.ensureRunning("p");
    assert.ok(!(await exists(stray)));
    await until("the next has begun", async () => exists(await strayOf(join(rig?.folder ?? "", "data/p"), 0)));
  });

  it("is ended by the guardian when the host is killed", async () => {
    const { pids, stray } = await startHost("guardian");
    await killHost();
    for (const pid of [...pids, stray]) {
      await until(`process ${pid} is gone`, async () => !(await exists(pid)), { timeoutMs: 5_000 });
    }
  });

  it("is ended by the next start where no guardian was, also when its plugin is gone", async () => {
    const { pids, stray } = await startHost("-");
    await killHost();
    const [plugin = 0] = pids;
    // Its input has ended with the host: it left by itself, and the daemon did not.
    await until("the plugin is gone", async () => !(await exists(plugin)));
    assert.ok(await exists(stray));
    const stranger = spawn("sleep", ["60"], { env: { PARLEY_RUN_DIR: join(folder, "runs/another") } });
    left.push(stranger.pid ?? 0);
    const records = new RunRecords(join(folder, "runs"), posixTree, silentLogger);
    assert.deepEqual(await records.sweep(), [stray]);
    await until("the daemon is gone", async () => !(await exists(stray)));
    assert.ok(await exists(stranger.pid ?? 0), "what belongs to another run lives");
    assert.deepEqual(await leftIn(records.folder), []);
  });

  it("of another window's run is left alone", async () => {
    const { stray } = await startIn(makeRig());
    const other = makeRig();
    other.supervisor.setInstalled([installed(other, "p", daemon())]);
    const { pid = 0 } = await other.supervisor.ensureRunning("p");
    await strayOf(join(other.folder, "data/p"), pid);
    await other.close();
    assert.ok(await exists(stray));
  });
});
