/**
 * A host to be killed: `node killedHost.ts FOLDER` starts ten plugins in this folder, some of which nothing makes leave but SIGKILL, and some with
 * children of their own that ignore SIGTERM; prints the guardian's process id once all of them run and are recorded.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { putPackage, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const [folder = ""] = process.argv.slice(2);
const faults = ["none", "none", "none", "stubborn", "stubborn", "stubborn", "mute-later", "parent", "parent", "parent"];
const names = faults.map((_, index) => `p${index}`);
const real = await realHost({
  folder,
  guardian: true,
  packages: (plugins) => {
    for (const [index, fault] of faults.entries())
      putPackage(plugins, `p${index}`, { fault: [fault === "mute-later" ? "silentOnCall" : fault] });
  },
});
await Promise.all(names.map((name) => real.host.supervisor.ensureRunning(name)));
// One is in the midst of a call.
void real.host.calls.call({ caller: "person", to: { plugin: "p6" }, name: "go", args: {} }).catch(() => {});
const records = () => readdirSync(join(folder, "runs")).filter((name) => name.endsWith(".json"));
await until("all are recorded", () => records().length === names.length);
const grandchildren = () =>
  ["p7", "p8", "p9"].every((name) => readdirSync(join(folder, "data", name)).includes("grandchild"));
await until("their children run", grandchildren);
console.log(JSON.stringify({ guardian: real.launcher.guardianPid }));
