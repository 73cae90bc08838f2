/** What is kept until it is acknowledged, and what is counted until it is told, when the host does not live that long. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { PluginEvent } from "../../../src/protocol/plugin/events.ts";
import { processesNaming } from "../../support/processes.ts";
import { Puppet } from "../../support/puppet.ts";
import { realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const program = join(import.meta.dirname, "keptHost.ts");

describe("what the next host finds", function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-kept-")));
  });
  afterEach(async () => {
    await until("nobody is left", () => processesNaming(folder).length === 0);
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the publisher was answered by a host that is gone by now. */
  async function hostThatEnds(how: "kill" | "close" | "count"): Promise<Record<string, unknown>> {
    const host = spawn(process.execPath, [program, folder, how], { stdio: ["ignore", "pipe", "inherit"] });
    const gone = once(host, "exit");
    assert.ok(host.stdout);
    const [line] = await once(createInterface({ input: host.stdout }), "line");
    if (how !== "close") host.kill("SIGKILL");
    await gone;
    return JSON.parse(String(line)) as Record<string, unknown>;
  }

  /** The next host of the folder, in which nobody asks for the hearer: what it hears in a run of its own. */
  async function nextHost(expected: number): Promise<PluginEvent[]> {
    const hearer = await Puppet.make("hearer");
    const topics = ["bell.>", "inbox", "clock.>"];
    const subscriptions = topics.map((topic) => ({ topic, whenSlow: "ack" }));
    const wants = topics.map((target) => ({ verb: "subscribe", target, why: "to hear" }));
    hearer.declares = { subscriptions: subscriptions.map((one, index) => ({ ...one, handle: `s${index}` })) };
    rmSync(join(folder, "plugins"), { recursive: true, force: true });
    const real = await realHost({ folder, packages: (plugins) => hearer.pack(plugins, { subscriptions, wants }) });
    const heard = () => hearer.came("deliver").flatMap(({ params }) => params?.events as PluginEvent[]);
    try {
      if (expected > 0) await until("it was started and heard", () => heard().length >= expected);
      else await hearer.start(real);
      real.host.bus.publish({ type: "bell.over", source: "tower", data: null });
      await until("it heard the last", () => heard().at(-1)?.type === "bell.over");
    } finally {
      await real.host.stop();
      real.launcher.dispose();
      await real.store.close();
      hearer.close();
    }
    return heard().slice(0, -1);
  }

  for (const how of ["kill", "close"] as const) {
    it(`an event that is kept outlives ${how === "kill" ? "kill -9 of the host" : "a reload"} between its publication and its acknowledgement`, async () => {
      const { ids } = await hostThatEnds(how);
      assert.ok((ids as unknown[]).every((id) => typeof id === "string"));
      const heard = await nextHost(5);
      assert.deepEqual(
        heard.map(({ type, source, data }) => [type, source, data]).sort(),
        [
          ["bell.rings", "talker", 1],
          ["bell.rings", "talker", 2],
          ["bell.rings", "talker", 3],
          ["clock.state", "talker", "the last"],
          ["inbox", "talker", "for hearer"],
        ],
        "who waits for it is started for it",
      );
      const again = await nextHost(0);
      assert.deepEqual(
        again.map(({ data }) => data),
        ["the last"],
        "what was acknowledged comes no more",
      );
    });
  }

  it("an event that is kept is refused where the disk is full: its publisher reads why, nobody hears it, and all else goes on", async () => {
    // The shell's limit on the size of files stands for the disk; in blocks of 512 bytes.
    const args = ["-c", `ulimit -f 6000; exec "$0" "$@"`, process.execPath, program, folder, "fill"];
    const { stdout } = await promisify(execFile)("sh", args, { timeout: 50_000 });
    const { count, refused, after, heard } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    assert.ok(count > 3 && count < 200, stdout);
    assert.match(refused.message, /cannot be saved: the disk is full/);
    assert.equal(refused.code, -33005);
    assert.match(refused.data.todo, /then try again/);
    assert.ok(after.result.eventId);
    assert.equal(heard, count, "all that were answered, and what is not kept");
  });

  it("uses of rights that were counted before kill -9 of the host are in the journal after it, once and exactly", async () => {
    const { found, uses } = await hostThatEnds("count");
    assert.equal(found, "draft", "on disk before the second is over");
    for (const times of [1, 2]) {
      const real = await realHost({ folder });
      const rows = await real.host.journal.search({ types: ["permission.decided"], text: '"verb":"state"' });
      await real.host.stop();
      real.launcher.dispose();
      await real.store.close();
      assert.ok(rows.every(({ rule }) => rule !== undefined));
      assert.equal(
        rows.reduce((sum, { data }) => sum + (data as { times: number }).times, 0),
        uses,
        `in start ${times}`,
      );
    }
  });
});
