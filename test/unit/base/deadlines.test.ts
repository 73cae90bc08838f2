import assert from "node:assert/strict";
import { type Clock, FakeClock } from "../../../src/base/clock.ts";
import { Deadlines } from "../../../src/base/deadlines.ts";

interface Item {
  readonly name: string;
  dueAt: number;
}

function waiting(...names: string[]) {
  const clock = new FakeClock(1_000);
  let timers = 0;
  let open = 0;
  const counting: Clock = {
    now: () => clock.now(),
    after(milliseconds, run) {
      timers++;
      open++;
      let over = false;
      const close = () => {
        if (!over) open--;
        over = true;
      };
      const timer = clock.after(milliseconds, () => {
        close();
        run();
      });
      return {
        dispose() {
          close();
          timer.dispose();
        },
      };
    },
  };
  const items = new Map(names.map((name): [string, Item] => [name, { name, dueAt: Number.POSITIVE_INFINITY }]));
  const expired: string[] = [];
  const deadlines = new Deadlines<Item>(
    counting,
    () => items.values(),
    ({ name }) => {
      expired.push(`${name} at ${clock.now()}`);
      items.delete(name);
    },
  );
  const start = (name: string, milliseconds: number) => deadlines.start(items.get(name) as Item, milliseconds);
  return { clock, items, deadlines, expired, start, timers: () => timers, open: () => open };
}

describe("the deadlines of a channel", () => {
  it("expire in time and in order, whatever order they were set in", () => {
    const { clock, expired, start } = waiting("a", "b", "c", "d");
    start("a", 300);
    start("b", 100);
    start("c", 200);
    start("d", 100);
    clock.advance(1_000);
    assert.deepEqual(expired, ["b at 1100", "d at 1100", "c at 1200", "a at 1300"]);
  });

  it("cost one timer for a thousand things that are done in time", () => {
    const { clock, items, expired, start, timers, open } = waiting("slow");
    start("slow", 60_000);
    for (let n = 0; n < 1_000; n++) {
      items.set("next", { name: "next", dueAt: 0 });
      start("next", 60_000);
      clock.advance(1);
      items.delete("next");
    }
    assert.equal(timers(), 1);
    clock.advance(60_000);
    assert.deepEqual(expired, ["slow at 61000"]);
    assert.equal(open(), 0);
  });

  it("are counted anew from each start, and can be stopped", () => {
    const { clock, items, deadlines, expired, start } = waiting("a", "b");
    start("a", 100);
    start("b", 100);
    clock.advance(90);
    start("a", 100);
    deadlines.stop(items.get("b") as Item);
    clock.advance(90);
    assert.deepEqual(expired, []);
    clock.advance(10);
    assert.deepEqual(expired, ["a at 1190"]);
  });

  it("may be none, and one that is over already expires in the next turn", () => {
    const { clock, expired, start, timers } = waiting("a", "b");
    start("a", Number.POSITIVE_INFINITY);
    start("a", 2 ** 31);
    assert.equal(timers(), 0);
    start("b", -5);
    assert.deepEqual(expired, []);
    clock.advance(0);
    assert.deepEqual(expired, ["b at 1000"]);
  });

  it("leave no timer behind at the end, and expiring may set new ones", () => {
    const { clock, items, deadlines, expired, start, open } = waiting("a", "b");
    start("a", 10);
    clock.advance(5);
    items.set("c", { name: "c", dueAt: 0 });
    start("c", 10);
    clock.advance(5);
    assert.deepEqual(expired, ["a at 1010"]);
    assert.equal(open(), 1);
    deadlines.dispose();
    assert.equal(open(), 0);
    clock.advance(100);
    assert.deepEqual(expired, ["a at 1010"]);
  });
});
