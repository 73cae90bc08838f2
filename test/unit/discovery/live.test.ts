import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { FakeClock, systemClock } from "../../../src/base/clock.ts";
import { deferred } from "../../../src/base/deferred.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { Settled } from "../../../src/base/settled.ts";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import { Discovery } from "../../../src/node/discovery.ts";
import { until } from "../../support/until.ts";
import { makePlaces, type Places } from "./places.ts";

describe("changes that are followed", () => {
  it("are followed once it was quiet, never twice at a time, and once more where one came meanwhile", async () => {
    const clock = new FakeClock();
    const works: ReturnType<typeof deferred<void>>[] = [];
    const settled = new Settled(clock, 100, () => {
      const work = deferred<void>();
      works.push(work);
      return work.promise;
    });
    settled.ask();
    clock.advance(99);
    settled.ask();
    clock.advance(99);
    assert.equal(works.length, 0);
    clock.advance(1);
    assert.equal(works.length, 1);
    const [second, third] = [settled.now(), settled.now()];
    assert.equal(works.length, 1, "the first is not done");
    works[0]?.resolve();
    await until("the second began", () => works.length === 2);
    works[1]?.resolve();
    await Promise.all([second, third]);
    assert.equal(works.length, 2, "one for both");
    settled.ask();
    settled.dispose();
    clock.advance(1_000);
    assert.equal(works.length, 2);
  });

  it("are followed although it is never quiet, in the end", async () => {
    const clock = new FakeClock();
    let works = 0;
    const settled = new Settled(clock, 100, async () => void works++, 250);
    for (let round = 0; round < 6; round++) {
      settled.ask();
      clock.advance(50);
    }
    assert.equal(works, 1, "after 250, and not again at once");
    // What was done is seen to be done.
    await undefined;
    await undefined;
    settled.ask();
    clock.advance(99);
    assert.equal(works, 1);
    clock.advance(1);
    assert.equal(works, 2);
    settled.dispose();
  });

  describe("on disk", () => {
    let places: Places;
    let discovery: Discovery;
    let found: InstalledPlugin[];
    beforeEach(async () => {
      places = makePlaces();
      found = [];
      discovery = new Discovery({
        bundled: places.at("bundled"),
        dataFolder: places.at("data"),
        user: () => places.at("home/.parley/plugins"),
        development: () => [places.at("own")],
        workspace: () => [],
        contributions: () => [
          { id: "pub.ext", version: "1.0.0", folder: places.at("extensions/pub.ext-1.0.0"), entries: ["./p"] },
        ],
        trusted: () => true,
        clock: systemClock,
        logger: silentLogger,
        onFound: async (all) => {
          found = all;
        },
      });
      places.put("extensions/pub.ext-1.0.0/p", "p");
      mkdirSync(places.at("home"));
      places.put("own", "own");
      await discovery.look();
    });
    afterEach(() => {
      discovery.dispose();
      places.remove();
    });
    const named = (name: string) => found.find((plugin) => plugin.name === name);

    it("the user's folder is seen when it comes, and what comes and goes in it", async () => {
      assert.deepEqual(found.map(({ name }) => name).sort(), ["own", "p"]);
      places.put("home/.parley/plugins/mine", "mine");
      await until("mine is found", () => named("mine")?.source === "user");
      places.put("home/.parley/plugins/second", "second");
      await until("the second is found", () => named("second"));
      const offers = [{ name: "go", description: "Goes.", action: "read" }];
      places.put("home/.parley/plugins/second", "second", { offers });
      await until("its offer is there", () => named("second")?.parley?.offers.length === 1);
      rmSync(places.at("home/.parley/plugins/mine"), { recursive: true });
      await until("mine is gone", () => !named("mine") && named("second"));
      rmSync(places.at("home/.parley"), { recursive: true });
      await until("all are gone", () => !named("second"));
      places.put("home/.parley/plugins/mine", "mine");
      await until("mine is found again", () => named("mine"));
    });

    it("a manifest that is written is seen, in place or by renaming", async () => {
      places.put("own", "own", { offers: [{ name: "go", description: "Goes.", action: "read" }] });
      await until("the offer is there", () => named("own")?.parley?.offers.length === 1);
      places.put("draft", "own");
      renameSync(places.at("draft/plugin.json"), places.at("own/plugin.json"));
      await until("the offer is gone", () => named("own")?.parley?.offers.length === 0);
    });

    it("an update of an extension that lands beside it is seen", async () => {
      const manifest = { publisher: "pub", name: "ext", version: "1.0.1" };
      places.write("staging/package.json", JSON.stringify(manifest));
      renameSync(places.at("staging"), places.at("extensions/pub.ext-1.0.1"));
      await until("it is told", () => named("p")?.reload?.startsWith("Version 1.0.1 of pub.ext is installed"));
    });
  });
});
