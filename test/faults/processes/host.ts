/**
 * An extension host in small, to be killed: `node host.ts RUNS guardian|sandbox|between|- FAULT…` starts a plugin for each fault and prints
 * their ids. With `between` it is killed by itself when it has made the first process, before it has written down which one.
 */
import { writeSync } from "node:fs";
import { RunRecords } from "../../../src/node/runRecords.ts";
import { installed, leftIn, makeRigIn } from "./rig.ts";

const [folder = "", what, ...faults] = process.argv.slice(2);
const plan = what === "sandbox" ? ({ demand: "required", workspace: [], tools: [] } as const) : undefined;
if (what === "between") {
  const { write } = RunRecords.prototype;
  RunRecords.prototype.write = async function (this: RunRecords, id, plugin, pid) {
    if (pid === undefined) return await write.call(this, id, plugin);
    writeSync(1, `${JSON.stringify({ pids: [pid] })}\n`);
    process.kill(process.pid, "SIGKILL");
  };
}
const rig = makeRigIn(folder, what === "guardian", { sandbox: () => plan });
rig.supervisor.setInstalled(
  faults.map((fault, index) =>
    installed(rig, `p${index}`, fault === "daemon" ? { runtime: "python", entry: "./daemon.py" } : [fault]),
  ),
);
const runs = await Promise.all(faults.map((_, index) => rig.supervisor.ensureRunning(`p${index}`)));
// The records are written beside the start; a host that is killed has usually lived longer than this.
while ((await leftIn(rig.runs)).filter((name) => name.endsWith(".json")).length < faults.length) {
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ pids: runs.map((run) => run.pid), guardian: rig.launcher.guardianPid }));
setInterval(() => {}, 1_000);
