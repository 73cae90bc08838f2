import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { type Refusal, RefusalReports } from "../../../../src/core/services/refusalReports.ts";

describe("reports of refusals", () => {
  const made = () => {
    const clock = new FakeClock();
    const told: string[] = [];
    const reports = new RefusalReports(clock, ({ plugin, deed, times }) =>
      told.push(`${plugin} ${deed.target}${times ? ` ×${times}` : ""}`),
    );
    const refusal = (target: string, plugin = "p"): Refusal => ({
      plugin,
      deed: { verb: "publish", target },
      rule: "r",
      conversation: undefined,
    });
    return { clock, told, reports, refusal };
  };

  it("tell each different one at once, and repetitions in one report after ten seconds", () => {
    const { clock, told, reports, refusal } = made();
    for (let count = 0; count < 1_000; count++) reports.note(refusal("a"));
    reports.note(refusal("b"));
    reports.note(refusal("a", "q"));
    assert.deepEqual(told, ["p a", "p b", "q a"]);
    clock.advance(9_999);
    assert.equal(told.length, 3);
    clock.advance(1);
    assert.deepEqual(told.slice(3), ["p a ×999"], "q was refused once, and that was told");
    reports.note(refusal("a"));
    assert.deepEqual(told.slice(4), ["p a"], "a new ten seconds");
  });

  it("are bounded however many different things are asked for, and count exactly", () => {
    const { clock, told, reports, refusal } = made();
    for (let count = 0; count < 500; count++) reports.note(refusal(`t${count}`));
    assert.equal(told.length, 10);
    clock.advance(10_000);
    assert.deepEqual(told.slice(10), ["p t499 ×490"]);
  });

  it("count each of what was told by itself", () => {
    const { clock, told, reports, refusal } = made();
    for (const target of ["a", "b", "a", "b", "b"]) reports.note(refusal(target));
    for (let count = 0; count < 20; count++) reports.note(refusal(`t${count % 15}`));
    clock.advance(10_000);
    assert.deepEqual(told.slice(10), [
      "p a ×1",
      "p b ×2",
      "p t0 ×1",
      "p t1 ×1",
      "p t2 ×1",
      "p t3 ×1",
      "p t4 ×1",
      "p t14 ×7",
    ]);
  });

  it("tell what is untold when they end, and leave no timer", () => {
    const { clock, told, reports, refusal } = made();
    reports.note(refusal("a"));
    reports.note(refusal("a"));
    reports.dispose();
    assert.deepEqual(told, ["p a", "p a ×1"]);
    clock.advance(60_000);
    assert.equal(told.length, 2);
  });
});
