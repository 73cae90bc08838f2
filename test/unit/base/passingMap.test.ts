import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { PassingMap } from "../../../src/base/passingMap.ts";

describe("a map for what comes and goes", () => {
  it("answers as a Map does, whatever is done to both", () => {
    const step = fc.tuple(fc.constantFrom("set", "delete", "clear", "get"), fc.nat(12), fc.nat());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const map = new Map<number, number>();
        const passing = new PassingMap<number, number>();
        for (const [what, key, value] of steps) {
          if (what === "set") passing.set(key, map.set(key, value).get(key) ?? 0);
          else if (what === "delete") assert.equal(passing.delete(key), map.delete(key));
          else if (what === "clear" && key === 0) {
            map.clear();
            passing.clear();
          }
          assert.equal(passing.get(key), map.get(key));
          assert.equal(passing.has(key), map.has(key));
          assert.equal(passing.size, map.size);
        }
        assert.deepEqual([...passing.values()], [...map.values()]);
      }),
    );
  });

  it("lets a value go when it is deleted, also where a table that it was in is still there", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const passing = new PassingMap<number, object>();
    for (let key = 0; key < 100; key++) passing.set(key, { key });
    // Whoever walks through a map holds the table of that time.
    const walking = passing.values();
    walking.next();
    const late = new WeakRef(passing.get(95) as object);
    for (let key = 1; key < 100; key++) passing.delete(key);
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      collect();
      assert.equal(late.deref(), undefined);
      assert.equal(walking.next().done, true);
    });
  });
});
