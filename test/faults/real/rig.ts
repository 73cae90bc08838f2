/** The whole host over real plugins, looked at after each test: nothing pending, nobody left, nothing kept. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { heapAfterGc } from "../../support/heap.ts";
import { Ledger } from "../../support/ledger.ts";
import { processesNaming } from "../../support/processes.ts";
import { type RealHost, type RealHostOptions, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { type Figures, mib } from "./figures.ts";

/** What the heap of a host that was stopped may hold more than before it was made; its code is compiled with the first. */
const mostKept = 16 * 1024 * 1024;
/** The protocol's bound on a stop, with what a busy machine adds. */
const stopMs = 4_000 + 1_000;

export interface WatchedHost extends RealHost {
  readonly ledger: Ledger;
}

export interface FaultRig {
  open(options?: RealHostOptions): Promise<WatchedHost>;
  /** Adds what a test measured to its row of the table. */
  note(text: string): void;
}

/**
 * Registers hooks around each test of the suite that this is called in. Before each the heap is measured. After each, with
 * the hosts still alive, every request that either side made must have settled; then the hosts are stopped, and no process,
 * no record of a run, no unhandled rejection and no heap to speak of may be left. Each test becomes a row of `figures`.
 */
export function faultRig(figures: Figures): FaultRig {
  const opened: WatchedHost[] = [];
  const notes: string[] = [];
  let problems: unknown[] = [];
  let heapBefore = 0;
  let began = 0;
  const onProblem = (problem: unknown) => problems.push(problem);

  beforeEach(async () => {
    problems = [];
    process.on("unhandledRejection", onProblem);
    process.on("uncaughtExceptionMonitor", onProblem);
    heapBefore = await heapAfterGc();
    began = performance.now();
  });

  afterEach(async function () {
    this.timeout(60_000);
    const ms = performance.now() - began;
    const hosts = opened.splice(0);
    const faults: string[] = [];
    for (const host of hosts) faults.push(...(await stopAndLook(host)));
    process.off("unhandledRejection", onProblem);
    process.off("uncaughtExceptionMonitor", onProblem);
    const sum = (pick: (ledger: Ledger) => number) => hosts.reduce((total, { ledger }) => total + pick(ledger), 0);
    const row = [sum((one) => one.started), sum((one) => one.settled), sum((one) => one.launched)] as const;
    hosts.length = 0;
    const kept = (await heapAfterGc()) - heapBefore;
    figures.add(
      this.currentTest?.title ?? "?",
      Math.round(ms),
      ...row,
      row[0] - row[1],
      mib(kept),
      notes.splice(0).join("; "),
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(problems, [], "nothing goes unhandled");
    assert.ok(kept < mostKept, `${mib(kept)} MiB were kept`);
  });

  return {
    async open(options = {}) {
      const ledger = new Ledger();
      const { launcher } = options;
      const real = await realHost({
        ...options,
        launcher: (inner, data) => ledger.watch(launcher?.(inner, data) ?? inner),
      });
      const watched = { ...real, ledger };
      opened.push(watched);
      return watched;
    },
    note: (text) => void notes.push(text),
  };
}

export const columns = ["test", "ms", "started", "settled", "processes", "pending", "kept MiB", ""] as const;

/** Stops a host, and answers what was not as it must be. */
async function stopAndLook(real: WatchedHost): Promise<string[]> {
  const { host, ledger, folder } = real;
  const faults: string[] = [];
  await until("all is settled", () => ledger.open.length === 0, { timeoutMs: 5_000 }).catch(() => {
    faults.push(`never settled: ${ledger.open.join(", ")}`);
  });
  const active = host.calls.active().map(({ plugin, name, status }) => `${plugin}/${name} ${status}`);
  if (active.length > 0) faults.push(`calls in progress: ${active.join(", ")}`);
  const runs = join(folder, "runs");
  const began = performance.now();
  await host.stop();
  const took = performance.now() - began;
  if (took > stopMs) faults.push(`stopping took ${Math.round(took)} ms`);
  if (ledger.open.length > 0) faults.push(`pending after the stop: ${ledger.open.join(", ")}`);
  await until("nobody is left", () => ledger.running === 0 && orphansOf(real).length === 0, { timeoutMs: 2_000 }).catch(
    () => faults.push(`${ledger.running} processes run, left: ${orphansOf(real).join(", ")}`),
  );
  const records = readdirSync(folder).includes("runs") ? readdirSync(runs) : [];
  if (records.length > 0) faults.push(`left of runs: ${records.join(", ")}`);
  await real.stop();
  return faults;
}

/** The live processes that were given a path of the host's folder, itself and its guardian left out. */
export function orphansOf({ folder, launcher }: Pick<RealHost, "folder" | "launcher">): string[] {
  return processesNaming(folder)
    .filter(({ pid }) => pid !== process.pid && pid !== launcher.guardianPid)
    .map(({ pid, started, command }) => `${pid} (${started}) ${command}`);
}
