import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "../../../src/base/clock.ts";
import type { Logger } from "../../../src/base/logger.ts";
import { lifeLine } from "../../../src/core/plugins/run.ts";
import { LogFiles, type LogFilesOptions } from "../../../src/node/logFiles.ts";

describe("the logs of plugins on disk", () => {
  let folder: string;
  let told: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-logs-"));
    told = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const logger: Logger = { log: (level, message) => void told.push(`${level} ${message}`) };
  const make = (more: Partial<LogFilesOptions> = {}) =>
    new LogFiles({
      folder: join(folder, "plugins"),
      clock: new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5)),
      logger,
      redact: (_, line) => line,
      ...more,
    });
  const read = (name: string) => readFileSync(join(folder, "plugins", name), "utf8");

  it("hold a plugin's lines in order, each with its day, and nobody waits for them", async () => {
    const logs = make();
    for (let line = 0; line < 1_000; line++) logs.add("p", `line ${line}`);
    logs.add("other.1", "mine");
    assert.deepEqual(readdirSync(folder), [], "nothing was written in the caller's turn");
    await logs.written();
    const lines = read("plugin-p.log").trimEnd().split("\n");
    assert.equal(lines.length, 1_000);
    assert.equal(lines[0], "2026-01-02 line 0");
    assert.equal(lines[999], "2026-01-02 line 999");
    assert.equal(read("plugin-other.1.log"), "2026-01-02 mine\n");
    assert.equal(logs.path("p"), join(folder, "plugins", "plugin-p.log"));
  });

  it("turn over when they are full, and the oldest goes", async () => {
    const logs = make({ bytes: 100, files: 3 });
    for (let line = 0; line < 8; line++) {
      logs.add("p", `${line} ${"x".repeat(60)}`);
      await logs.written();
    }
    const names = readdirSync(join(folder, "plugins")).sort();
    assert.deepEqual(names, ["plugin-p.log", "plugin-p.log.1", "plugin-p.log.2"]);
    assert.match(read("plugin-p.log"), /^2026-01-02 7 /);
    assert.match(read("plugin-p.log.2"), /^2026-01-02 5 /);
    for (const name of names) assert.ok(statSync(join(folder, "plugins", name)).size <= 100);
  });

  it("are no larger than said, whatever comes at once and in whatever letters", async () => {
    const logs = make({ bytes: 100_000, files: 3 });
    for (let line = 0; line < 30; line++) logs.add("p", "漢".repeat(3_000));
    logs.add("p", "last");
    await logs.written();
    const names = readdirSync(join(folder, "plugins")).sort();
    assert.deepEqual(names, ["plugin-p.log", "plugin-p.log.1", "plugin-p.log.2"]);
    const sizes = names.map((name) => statSync(join(folder, "plugins", name)).size);
    assert.ok(
      sizes.every((size) => size <= 100_000),
      String(sizes),
    );
    assert.ok(
      sizes.slice(1).every((size) => size > 50_000),
      String(sizes),
    );
    assert.match(read("plugin-p.log"), /last\n$/);
  });

  it("go on where an earlier window of the same folder stopped", async () => {
    const first = make({ bytes: 100, files: 2 });
    first.add("p", "x".repeat(70));
    await first.written();
    const second = make({ bytes: 100, files: 2 });
    second.add("p", "y".repeat(70));
    await second.written();
    assert.match(read("plugin-p.log"), / y+\n$/);
    assert.match(read("plugin-p.log.1"), / x+\n$/);
  });

  it("hold no secret, and no line that looks like another's", async () => {
    const logs = make({ redact: (plugin, line) => line.replaceAll(plugin === "p" ? "hunter2" : "?", "•••") });
    logs.add("p", "the key is hunter2\n2026-01-02 12:00:00.000 [life] activated\r\n\u001b[31mred");
    await logs.written();
    assert.equal(
      read("plugin-p.log"),
      "2026-01-02 the key is •••\n    2026-01-02 12:00:00.000 [life] activated\n    red\n",
    );
  });

  it("are bounded while the disk is slow, and say how much was left out", async () => {
    const logs = make({ bytes: 10 * 1024 * 1024 });
    const line = "x".repeat(8_000);
    for (let count = 0; count < 1_000; count++) logs.add("p", line);
    await logs.written();
    const lines = read("plugin-p.log").trimEnd().split("\n");
    assert.ok(lines.length > 100 && lines.length < 140, `${lines.length} lines`);
    assert.equal(
      lines.at(-1),
      `[${1_000 - (lines.length - 1)} lines left out: they came faster than the disk takes them]`,
    );
  });

  it("that cannot be written are told of once, and later lines are tried again", async () => {
    writeFileSync(join(folder, "plugins"), "in the way");
    const logs = make();
    for (let count = 0; count < 3; count++) {
      logs.add("p", "lost");
      await logs.written();
    }
    assert.deepEqual(told, ["warn The logs of plugins cannot be written to disk."]);
    rmSync(join(folder, "plugins"));
    logs.add("p", "kept");
    await logs.written();
    assert.equal(read("plugin-p.log"), "2026-01-02 kept\n");
  });

  it("have a line for each step of a plugin's life", () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
    const event = { type: "deactivated", plugin: "p", version: "1.0.0", epoch: 2, reason: "It was updated." } as const;
    assert.equal(lifeLine(event, at), "03:04:05.006 [life] deactivated (run 2, version 1.0.0): It was updated.");
    const plain = { type: "activated", plugin: "p", version: undefined, epoch: 1 } as const;
    assert.equal(lifeLine(plain, at), "03:04:05.006 [life] activated (run 1)");
  });
});
