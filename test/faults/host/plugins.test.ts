import assert from "node:assert/strict";
import { failureOf } from "../../support/failures.ts";
import { goOffer, putPackage } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { impatient } from "../processes/rig.ts";
import { assertWorks, call, errorsOf, hosts } from "./rig.ts";

describe("a plugin that does what it must not", () => {
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  const withFault = (fault: string[], parley: Record<string, unknown> = {}) =>
    open({
      clock: impatient,
      packages: (folder) => {
        putPackage(folder, "good");
        putPackage(folder, "bad", { fault, parley: { offers: [{ ...goOffer, timeout: 20_000 }], ...parley } });
      },
    });

  const hopeless: [string, string[], RegExp][] = [
    [
      "printing garbage instead of speaking",
      ["prints"],
      /text on stdout that is not the protocol: "Hello, I am a plugin!"/,
    ],
    ["never answering initialize", ["mute"], /It did not answer initialize within 30 s/],
    ["speaking another protocol version", ["otherVersion"], /speaks protocol version 99; this Parley speaks version 1/],
    [
      "exiting at once with 0",
      ["exitsAtOnce", "0"],
      /exited with code 0 before it answered initialize.*I do not like it here/,
    ],
    [
      "exiting at once with 3",
      ["exitsAtOnce", "3"],
      /exited with code 3 before it answered initialize.*I do not like it here/,
    ],
  ];
  for (const [what, fault, expected] of hopeless) {
    it(`${what}: the caller, the plugin list and the activity say the same, and others work`, async () => {
      const real = await withFault(fault);
      const failure = await failureOf(call(real, "bad"));
      assert.equal(failure.kind, "unavailable");
      assert.match(failure.message, /^Plugin "bad" /);
      assert.match(failure.message, expected);
      const view = real.host.supervisor.view("bad");
      assert.match(view?.problem ?? "", expected);
      assert.match(errorsOf(real, "bad")[0] ?? "", expected);
      assert.equal(real.host.calls.active().length, 0);
      await assertWorks(real);
    });
  }

  it("sending 16 MiB + 1: the call says that it was too large, and it is started anew", async () => {
    const real = await withFault(["tooLarge"]);
    const failure = await failureOf(call(real, "bad"));
    assert.match(failure.message, /16 ?MiB|16777216|too large|more than/i);
    await assertWorks(real);
    await until("it is back", () => real.host.supervisor.running("bad")?.epoch === 2);
    assert.equal(errorsOf(real, "bad").length, 1);
  });

  for (const [what, wants] of [
    ["with the right to publish", [{ verb: "publish", target: "flood.>", why: "to flood" }]],
    ["without any right", []],
  ] as const) {
    it(`sending 10,000 messages a second ${what}: others answer at once, and people are not flooded`, async () => {
      const real = await withFault(["floods"], { wants });
      await real.host.supervisor.ensureRunning("bad");
      await real.host.supervisor.ensureRunning("good");
      const until3s = Date.now() + 3_000;
      const times: number[] = [];
      let arrived = 0;
      real.host.bus.on("flood.>", () => arrived++);
      while (Date.now() < until3s) {
        const begun = performance.now();
        await assertWorks(real);
        times.push(performance.now() - begun);
      }
      if (wants.length > 0) assert.ok(arrived > 15_000, `only ${arrived} messages came in 3 s`);
      times.sort((a, b) => a - b);
      const median = times[Math.floor(times.length / 2)] ?? 0;
      assert.ok(median < 250, `${median} ms`);
      const lines = real.host.activity
        .entries()
        .filter(({ text, source }) => source === "bad" || text.includes("bad may not"));
      assert.ok(lines.length <= 20, `${lines.length} lines of the activity are about it`);
    });
  }
});
