import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { type FSWatcher, mkdirSync, mkdtempSync, rmSync, type watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "../../../src/base/clock.ts";
import { RuleSignal } from "../../../src/node/store/ruleSignal.ts";
import { unwatchedMs, watchPackages } from "../../../src/node/watchPackages.ts";
import { until } from "../../support/until.ts";

/** What `fs.watch` does where the system watches no more files. */
const noMore = (() => {
  throw Object.assign(new Error("no space left on device, watch"), { code: "ENOSPC" });
}) as unknown as typeof watch;

describe("where the system watches no more files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-watching-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("plugins are looked for every few seconds, and not any more once that is over", () => {
    const clock = new FakeClock();
    let looks = 0;
    const places = { packages: [folder], parents: [] };
    const watching = watchPackages(places, () => looks++, clock, noMore);
    clock.advance(unwatchedMs - 1);
    assert.equal(looks, 0);
    clock.advance(1);
    assert.equal(looks, 1);
    watching.dispose();
    watchPackages(places, () => looks++, clock, noMore).dispose();
    watchPackages(places, () => looks++, clock).dispose();
    clock.advance(10 * unwatchedMs);
    assert.equal(looks, 1);
  });

  it("nothing is looked for on a suspicion where all can be watched, also with a folder that has just gone", () => {
    const clock = new FakeClock();
    mkdirSync(join(folder, "gone"));
    const gone = ((path: string) => {
      if (path.endsWith("gone")) throw Object.assign(new Error("no such folder"), { code: "ENOENT" });
      return Object.assign(new EventEmitter(), { close() {} });
    }) as unknown as typeof watch;
    const watching = watchPackages({ packages: [folder], parents: [] }, () => assert.fail("a look"), clock, gone);
    clock.advance(unwatchedMs);
    watching.dispose();
  });

  it("a window learns all the same that another changed the rules, from the start or from when it fails", async () => {
    const path = join(folder, "rules");
    const failing = Object.assign(new EventEmitter(), { close() {} }) as unknown as FSWatcher;
    const later = (() => failing) as unknown as typeof watch;
    const windows = [noMore, later].map((begin) => new RuleSignal(path, { begin, pollMs: 20 }));
    const told = new Map<RuleSignal, number>();
    for (const window of windows) window.onTold(() => told.set(window, (told.get(window) ?? 0) + 1));
    failing.emit("error", new Error("too many open files"));
    const other = new RuleSignal(path);
    try {
      await until("both have learnt of it", async () => {
        await other.tell();
        return told.size === 2;
      });
    } finally {
      for (const window of [...windows, other]) window.dispose();
    }
  });
});
