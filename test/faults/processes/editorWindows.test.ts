import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { endStrays } from "../../../src/node/strays.ts";
import { until } from "../../support/until.ts";
import { exists } from "./rig.ts";

const run = `/nowhere/runs/p-1-${process.pid}`;

/**
 * Starts what VS Code starts for a window that was opened with the environment of a plugin: its extension host, which starts a
 * program itself, and a terminal with a program in it, for which VS Code takes its own variables out. Prints their process ids.
 */
const editor = `
VSCODE_PID=$$ PARLEY_RUN_DIR=${run} sh -c 'sleep 60 & echo $$ $!; wait' &
VSCODE_PID=$$ sh -c 'env -u VSCODE_PID PARLEY_RUN_DIR=${run} sh -c "sleep 60 & echo \\$\\$ \\$!; wait" & wait' &
wait
`;

describe("what a plugin's run left, beside a window that the plugin opened", function () {
  this.timeout(20_000);
  let started: ChildProcess[] = [];
  let window: number[] = [];
  afterEach(async () => {
    for (const child of started) child.kill("SIGKILL");
    for (const pid of window) if (await exists(pid)) process.kill(pid, "SIGKILL");
    started = [];
    window = [];
  });

  it("is ended, and the window's programs, which have the plugin's environment too, are left alone", async () => {
    const opened = spawn("sh", ["-c", editor], { stdio: ["ignore", "pipe", "ignore"] });
    started.push(opened);
    const said: string[] = [];
    createInterface({ input: opened.stdout }).on("line", (line) => said.push(line));
    await until("the window is there", () => said.length === 2);
    window = said.flatMap((line) => line.split(" ").map(Number));
    const left = spawn("sleep", ["60"], { env: { PATH: process.env.PATH, PARLEY_RUN_DIR: run }, stdio: "ignore" });
    started.push(left);
    await once(left, "spawn");
    assert.deepEqual(await endStrays([run]), [left.pid]);
    for (const pid of window) assert.ok(await exists(pid), `${pid} of ${said.join(", ")} lives`);
  });
});
