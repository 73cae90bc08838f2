import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { silentLogger } from "../../../src/base/logger.ts";
import { linuxStartOf } from "../../../src/node/processIdentity.ts";
import { posixTree } from "../../../src/node/processTree.ts";
import { RunRecords } from "../../../src/node/runRecords.ts";
import { until } from "../../support/until.ts";
import { exists, leftIn } from "./rig.ts";

const program = join(import.meta.dirname, "host.ts");

describe("a host that is killed", () => {
  let folder: string;
  let host: ChildProcess | undefined;
  let left: number[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-host-"));
    left = [];
  });
  afterEach(() => {
    host?.kill("SIGKILL");
    for (const pid of left) posixTree.kill(pid);
    rmSync(folder, { recursive: true, force: true });
  });

  async function startHost(
    what: boolean | "between",
    ...faults: string[]
  ): Promise<{ pids: number[]; guardian: number }> {
    const word = what === "between" ? what : what ? "guardian" : "-";
    host = spawn(process.execPath, [program, folder, word, ...faults], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(host.stdout);
    const [line] = await once(createInterface({ input: host.stdout }), "line");
    const started = JSON.parse(String(line));
    left = [...started.pids];
    return started;
  }

  async function killHost(signal: NodeJS.Signals): Promise<void> {
    assert.ok(host);
    const gone = once(host, "exit");
    host.kill(signal);
    await gone;
  }

  it("by SIGKILL leaves nothing: the guardian ends the polite, the stubborn, and what they started", async () => {
    const { pids, guardian } = await startHost(true, "none", "stubborn", "parent");
    const grandchild = Number(readFileSync(join(folder, "data", "p2", "grandchild"), "utf8"));
    for (const pid of [...pids, guardian, grandchild]) assert.ok(await exists(pid));
    await killHost("SIGKILL");
    for (const pid of [...pids, grandchild, guardian]) {
      await until(`process ${pid} is gone`, async () => !(await exists(pid)), { timeoutMs: 5_000 });
    }
  });

  it("leaves the guardian no choice: it outlives a terminal's signals until its host is gone", async () => {
    const { pids, guardian } = await startHost(true, "stubborn");
    await until("the guardian has begun", () => isReady(guardian));
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.kill(guardian, signal);
    await killHost("SIGKILL");
    await until("the plugin is gone", async () => !(await exists(pids[0] ?? 0)), { timeoutMs: 5_000 });
    await until("the guardian is gone", async () => !(await exists(guardian)), { timeoutMs: 5_000 });
  });

  it("with a guardian that was killed before, has a new one", async () => {
    const { pids, guardian } = await startHost(true, "stubborn");
    process.kill(guardian, "SIGKILL");
    const replacement = await until("there is another guardian", () => {
      const children = readFileSync(`/proc/${host?.pid}/task/${host?.pid}/children`, "utf8")
        .trim()
        .split(/\s+/)
        .map(Number);
      return children.find((pid) => pid !== pids[0] && pid !== guardian && isReady(pid));
    });
    await killHost("SIGKILL");
    await until("the plugin is gone", async () => !(await exists(pids[0] ?? 0)), { timeoutMs: 5_000 });
    await until("the guardian is gone", async () => !(await exists(replacement)), { timeoutMs: 5_000 });
  });

  it("without a guardian leaves orphans, and the next start ends them and only them", async () => {
    const { pids } = await startHost(false, "stubborn", "stubborn");
    const records = new RunRecords(join(folder, "runs"), posixTree, silentLogger);
    assert.deepEqual(await records.sweep(), [], "their owner lives");
    for (const pid of pids) assert.ok(await exists(pid));
    await killHost("SIGKILL");
    const [first = 0, second = 0] = pids;
    assert.ok(await exists(first));
    // A record that names a process which began at another time is about one that is long gone.
    const names = (await leftIn(records.folder)).filter((name) => name.endsWith(".json"));
    const named = names.find((name) => readFileSync(join(records.folder, name), "utf8").includes(`"pid":${second}`));
    assert.ok(named);
    const { pid: stranger = 0 } = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    left.push(stranger);
    const path = join(records.folder, named);
    const record = readFileSync(path, "utf8").replace(`"pid":${second}`, `"pid":${stranger}`);
    writeFileSync(path, record.replace(linuxStartOf(second) ?? "?", "another boot/1"));
    assert.deepEqual(
      (await records.sweep()).sort(),
      [first, second].sort(),
      "the second by the folder that it was given",
    );
    for (const pid of pids) await until("the orphan is gone", async () => !(await exists(pid)));
    assert.ok(await exists(stranger), "the stranger lives");
    assert.deepEqual(await leftIn(records.folder), []);
  });

  it("between making a process and writing down which one, leaves what the next start ends all the same", async () => {
    const { pids } = await startHost("between", "stubborn");
    await until("the host is gone", () => host?.signalCode === "SIGKILL");
    const [orphan = 0] = pids;
    await until("the plugin has begun", () =>
      readFileSync(`/proc/${orphan}/environ`, "utf8").includes("PARLEY_RUN_DIR"),
    );
    const records = new RunRecords(join(folder, "runs"), posixTree, silentLogger);
    assert.deepEqual(await records.sweep(), [orphan]);
    await until("the orphan is gone", async () => !(await exists(orphan)));
    assert.deepEqual(await leftIn(records.folder), []);
  });
});

/** Whether a process is a guardian that has begun to run: no other Node program here handles SIGHUP. */
function isReady(pid: number): boolean {
  try {
    const caught = /SigCgt:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    return (BigInt(`0x${caught}`) & 1n) !== 0n;
  } catch {
    return false;
  }
}
