import assert from "node:assert/strict";
import {
  type Actual,
  type Desired,
  type Effect,
  type EndingKind,
  type ProcessState,
  reconcile,
} from "../../../src/core/plugins/reconcile.ts";

const now = 1_000_000;
const states: ProcessState[] = ["stopped", "starting", "running", "stopping", "backoff", "failed"];
const desired = (more: Partial<Desired> = {}): Desired => ({ eligible: true, wanted: true, renew: false, ...more });
const actual = (process: ProcessState, more: Partial<Actual> = {}): Actual => ({
  process,
  since: now,
  crashes: [],
  ...more,
});
const decide = (wish: Partial<Desired>, is: Actual, random = 0.5, at = now): Effect[] =>
  reconcile(desired(wish), is, at, () => random);
const ago = (...seconds: number[]) => seconds.map((second) => now - second * 1_000);

describe("reconcile", () => {
  const stop: Effect[] = [{ type: "stop" }];
  const start: Effect[] = [{ type: "start" }];
  const anew: Effect[] = [{ type: "forgive" }, { type: "start" }];
  const rest = (wanted: boolean): Effect[] => [{ type: "rest", wanted }];

  const updated: Effect[] = [{ type: "stop", because: "updated" }];
  const idle: Effect[] = [{ type: "stop", because: "idle" }];
  const look = (milliseconds: number): Effect[] => [{ type: "lookAgain", at: now + milliseconds }];

  /** One row per wish, one column per state, in the order of `states`. */
  const table: [string, Partial<Desired>, Effect[][]][] = [
    ["wanted", {}, [start, [], [], [], start, []]],
    ["not wanted", { wanted: false }, [[], stop, stop, [], rest(false), []]],
    ["not eligible", { eligible: false }, [[], stop, stop, [], rest(true), rest(true)]],
    ["wanted anew", { renew: true }, [start, stop, stop, [], anew, anew]],
    ["wanted anew, but not eligible", { renew: true, eligible: false }, [[], stop, stop, [], rest(true), rest(true)]],
    ["renewed, but not wanted", { renew: true, wanted: false }, [[], stop, stop, [], rest(false), []]],
    ["updated", { updatedAt: now }, [start, stop, updated, [], anew, anew]],
    ["updated, but not eligible", { updatedAt: now, eligible: false }, [[], stop, stop, [], rest(true), rest(true)]],
  ];
  for (const [what, wish, row] of table) {
    for (const [column, state] of states.entries()) {
      it(`${what}, ${state}`, () => assert.deepEqual(decide(wish, actual(state)), row[column]));
    }
  }

  describe("after the end of a process", () => {
    const fail = (crashes: number[]): Effect[] => [{ type: "fail", crashes }];
    const wait = (milliseconds: number, crashes: number[]): Effect[] => [
      { type: "wait", until: now + milliseconds, crashes },
    ];
    const rows: [string, Partial<Desired>, EndingKind, number[], Effect[]][] = [
      ["asked for, and wanted again", {}, "asked", [], start],
      ["asked for", { wanted: false }, "asked", [], rest(false)],
      ["asked for, as it may not run", { eligible: false }, "asked", [], rest(true)],
      ["finished", {}, "finished", [], rest(false)],
      ["finished, and wanted anew", { renew: true }, "finished", [], anew],
      ["refused", {}, "refused", [], fail([])],
      ["refused, and wanted anew", { renew: true }, "refused", [], anew],
      ["asked for, as it was updated", { updatedAt: now }, "asked", [], anew],
      ["crashed while it finished for an update", { updatedAt: now }, "crashed", ago(1), anew],
      ["refused while it was not wanted", { wanted: false }, "refused", [], rest(false)],
      ["crashed for the first time", {}, "crashed", [], wait(250, [now])],
      ["crashed while it was not wanted", { wanted: false }, "crashed", [], rest(false)],
      ["crashed, and wanted anew", { renew: true }, "crashed", ago(1), anew],
      ["crashed for the second time", {}, "crashed", ago(10), wait(500, [...ago(10), now])],
      ["crashed for the fourth time", {}, "crashed", ago(30, 20, 10), wait(2_000, [...ago(30, 20, 10), now])],
      [
        "crashed for the fifth time in 3 min",
        {},
        "crashed",
        ago(179, 30, 20, 10),
        fail([...ago(179, 30, 20, 10), now]),
      ],
      [
        "crashed for the fifth time in more",
        {},
        "crashed",
        ago(180, 30, 20, 10),
        wait(4_000, [...ago(180, 30, 20, 10), now]),
      ],
      [
        "crashed for the tenth time, slowly",
        {},
        "crashed",
        ago(900, 800, 700, 600, 500, 400, 300, 200, 100),
        wait(30_000, [...ago(900, 800, 700, 600, 500, 400, 300, 200, 100), now]),
      ],
    ];
    for (const [what, wish, ended, crashes, expected] of rows) {
      it(what, () => assert.deepEqual(decide(wish, actual("running", { ended, crashes })), expected));
    }

    it("the pause is anywhere between nothing and its ceiling", () => {
      const first = (random: number) => decide({}, actual("running", { ended: "crashed" }), random)[0];
      assert.deepEqual(first(0), { type: "wait", until: now, crashes: [now] });
      assert.deepEqual(first(0.999_999), { type: "wait", until: now + 499, crashes: [now] });
    });

    it("two minutes of health are forgiven, also when nobody looked in between", () => {
      const healthy = actual("running", { ended: "crashed", crashes: ago(170, 165, 160, 155), since: now - 120_000 });
      assert.deepEqual(decide({}, healthy), wait(250, [now]));
      const almost = { ...healthy, since: now - 119_999 };
      assert.equal(decide({}, almost)[0]?.type, "fail");
    });
  });

  /** What follows for a process that runs: the wish, what is known of it, and the effects. */
  const running: [string, Partial<Desired>, Partial<Actual>, Effect[]][] = [
    ["updated, and it works on something", { updatedAt: now }, { working: true }, look(30_000)],
    ["updated, and it has finished", { updatedAt: now - 1 }, { working: false }, updated],
    ["updated, and it does not finish in time", { updatedAt: now - 30_000 }, { working: true }, updated],
    ["updated, and somebody wants it anew at once", { updatedAt: now, renew: true }, { working: true }, stop],
    ["used a moment ago", { idleAfterMs: 60_000 }, { usedAt: now - 1 }, look(59_999)],
    ["not used for long", { idleAfterMs: 60_000 }, { usedAt: now - 60_000 }, idle],
    ["not used for long, but at work", { idleAfterMs: 60_000 }, { usedAt: now - 90_000, working: true }, look(60_000)],
    ["never used since it runs", { idleAfterMs: 60_000 }, { since: now - 60_000 }, idle],
    ["not used for long, and that does not matter", { idleAfterMs: 0 }, { usedAt: 0 }, []],
    [
      "not used for long, and updated",
      { idleAfterMs: 60_000, updatedAt: now },
      { usedAt: 0, working: true },
      look(30_000),
    ],
    [
      "used a moment ago, and not healthy for long",
      { idleAfterMs: 600_000 },
      { usedAt: now, crashes: ago(5) },
      look(120_000),
    ],
  ];
  for (const [what, wish, is, expected] of running) {
    it(`running: ${what}`, () => assert.deepEqual(decide(wish, actual("running", is)), expected));
  }

  it("a pause ends at its time", () => {
    const pausing = actual("backoff", { retryAt: now + 700, crashes: [now] });
    assert.deepEqual(decide({}, pausing), [{ type: "lookAgain", at: now + 700 }]);
    assert.deepEqual(decide({}, pausing, 0.5, now + 699), [{ type: "lookAgain", at: now + 700 }]);
    assert.deepEqual(decide({}, pausing, 0.5, now + 700), start);
  });

  it("health resets after two minutes", () => {
    const running = actual("running", { crashes: ago(5) });
    assert.deepEqual(decide({}, running), [{ type: "lookAgain", at: now + 120_000 }]);
    assert.deepEqual(decide({}, running, 0.5, now + 120_000), [{ type: "forgive" }]);
    assert.deepEqual(decide({}, actual("running")), []);
  });
});
