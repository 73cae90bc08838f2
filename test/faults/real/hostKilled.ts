/** kill −9 on the host itself, and on who looks after it. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type ProcessIdentity, startOf } from "../../../src/node/processIdentity.ts";
import { processesNaming } from "../../support/processes.ts";
import { putPackage, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { assertWorks } from "../host/rig.ts";
import type { Figures } from "./figures.ts";

/** SIGTERM, a second of grace, SIGKILL; what is above that is for a busy machine. */
const guardianMs = 5_000;
/** Ten plugins, and a child of each of three. */
const members = 13;

export function hostKilled(figures: Figures): void {
  describe("whose host is killed with kill -9", () => {
    let folder: string;
    let host: ChildProcess | undefined;
    let others: ProcessIdentity[] = [];

    beforeEach(() => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-killed-")));
      others = [];
    });

    afterEach(async () => {
      host?.kill("SIGKILL");
      for (const { pid } of [...plugins(), ...others]) killIfThere(pid);
      await until("nobody is left", () => plugins().length === 0);
      rmSync(folder, { recursive: true, force: true });
    });

    /** The live processes of the run but the host, which was told the folder by its arguments. */
    const plugins = () => processesNaming(folder).filter(({ pid }) => pid !== host?.pid);

    async function startHost(): Promise<ProcessIdentity> {
      host = spawn(process.execPath, [join(import.meta.dirname, "killedHost.ts"), folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      assert.ok(host.stdout);
      const [line] = await once(createInterface({ input: host.stdout }), "line");
      const { guardian } = JSON.parse(String(line)) as { guardian: number };
      const identity = { pid: guardian, started: (await startOf(guardian)) ?? "" };
      others.push(identity);
      assert.equal(plugins().length, members);
      return identity;
    }

    async function killHost(): Promise<void> {
      assert.ok(host);
      const gone = once(host, "exit");
      host.kill("SIGKILL");
      await gone;
    }

    const isThere = async ({ pid, started }: ProcessIdentity) => (await startOf(pid)) === started;

    it("leaves none of ten plugins and their children: the guardian ends them and itself", async () => {
      const guardian = await startHost();
      await killHost();
      const began = performance.now();
      await until("all are gone", () => plugins().length === 0, { timeoutMs: guardianMs });
      const ms = Math.round(performance.now() - began);
      await until("the guardian is gone", async () => !(await isThere(guardian)), { timeoutMs: guardianMs });
      figures.add(`host killed: ${members} processes ended`, ms, "", "", members, 0, "", `by the guardian in ${ms} ms`);
    });

    it("after its guardian was: the one that took its place ends them all the same", async () => {
      const first = await startHost();
      process.kill(first.pid, "SIGKILL");
      const second = await until("there is another guardian", guardianOfHost(first.pid));
      others.push(second);
      await killHost();
      const began = performance.now();
      await until("all are gone", () => plugins().length === 0, { timeoutMs: guardianMs });
      const ms = Math.round(performance.now() - began);
      await until("the guardian is gone", async () => !(await isThere(second)), { timeoutMs: guardianMs });
      figures.add("guardian killed, then the host", ms, "", "", members, 0, "", `by its replacement in ${ms} ms`);
    });

    it("together with its guardian: the next start ends what they left, and works", async () => {
      const guardian = await startHost();
      // The host must not see its guardian's end.
      host?.kill("SIGSTOP");
      process.kill(guardian.pid, "SIGKILL");
      await killHost();
      await until("the guardian is gone", async () => !(await isThere(guardian)));
      const orphans = plugins();
      assert.ok(orphans.length > 0, "the stubborn live on");
      const real = await realHost({ folder, packages: (plugins) => putPackage(plugins, "p0") });
      const began = performance.now();
      try {
        await assertWorks(real, "p0");
        const old = () =>
          plugins().filter(({ pid, started }) => orphans.some((one) => one.pid === pid && one.started === started));
        await until("the orphans are gone", () => old().length === 0, { timeoutMs: guardianMs });
        const ms = Math.round(performance.now() - began);
        figures.add(
          "guardian and host killed",
          ms,
          "",
          "",
          orphans.length,
          0,
          "",
          `by the next start's sweep in ${ms} ms`,
        );
      } finally {
        await real.stop();
      }
    });

    /** The host's child that is neither the guardian with this id nor a plugin, once it listens to nobody but its input. */
    function guardianOfHost(notThis: number): () => Promise<ProcessIdentity | undefined> {
      return async () => {
        const { readFileSync } = await import("node:fs");
        const children = readFileSync(`/proc/${host?.pid}/task/${host?.pid}/children`, "utf8")
          .trim()
          .split(/\s+/)
          .map(Number);
        for (const pid of children) {
          if (pid === notThis || !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("guardian.ts")) continue;
          const caught = /SigCgt:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
          const started = await startOf(pid);
          if ((BigInt(`0x${caught}`) & 1n) !== 0n && started !== undefined) return { pid, started };
        }
        return undefined;
      };
    }
  });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}
