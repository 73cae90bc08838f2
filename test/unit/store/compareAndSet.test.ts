/** Compare-and-set on a real database, from two windows at the same time. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure } from "../../../src/base/failure.ts";
import type { SqliteStore } from "../../../src/node/store/sqliteStore.ts";
import { makeFolder, makeStore } from "./rig.ts";

const conflict = Symbol("conflict");

/** The answer, or that it was a conflict. */
async function outcome<T>(promise: Promise<T>): Promise<T | typeof conflict> {
  return await promise.catch((error: unknown) => {
    if (error instanceof Failure && error.kind === "conflict") return conflict;
    throw error;
  });
}

interface Step {
  readonly window: number;
  readonly owner: string;
  readonly key: string;
  readonly does: "set" | "delete";
  /** What the writer believes the revision to be: the true one, none, or one so far from it. */
  readonly belief: "none" | number;
}

describe("compare and set", function () {
  this.timeout(20_000);
  const place = makeFolder();
  let windows: SqliteStore[];
  let round = 0;
  before(() => {
    windows = [makeStore(place.path), makeStore(place.path)];
  });
  after(async () => {
    await Promise.all(windows.map((window) => window.close()));
    place.remove();
  });

  const step: fc.Arbitrary<Step> = fc.record({
    window: fc.nat({ max: 1 }),
    owner: fc.constantFrom("p", "shared:p"),
    key: fc.constantFrom("a", "A", "a "),
    does: fc.constantFrom("set" as const, "set" as const, "delete" as const),
    belief: fc.oneof(fc.constant("none" as const), fc.integer({ min: -1, max: 1 })),
  });

  it("takes a write exactly where its revision is the one that stands, whichever window it comes from", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        round += 1;
        const scope = `round-${round}`;
        const standing = new Map<string, number>();
        const highest = new Map<string, number>();
        for (const [index, { window, owner, key, does, belief }] of steps.entries()) {
          const store = windows[window] as SqliteStore;
          const name = `${owner} ${key}`;
          const rev = standing.get(name) ?? 0;
          const ifRev = belief === "none" ? undefined : Math.max(0, rev + belief);
          const fits = ifRev === undefined || ifRev === rev;
          if (does === "set") {
            const answer = await outcome(store.setState(owner, scope, key, String(index), ifRev));
            assert.equal(answer === conflict, !fits);
            if (answer === conflict) continue;
            assert.ok(answer > (highest.get(name) ?? 0), "a revision never comes again");
            standing.set(name, answer);
            highest.set(name, answer);
          } else {
            const answer = await outcome(store.deleteState(owner, scope, key, ifRev));
            assert.equal(answer === conflict, !fits);
            if (answer === conflict) continue;
            assert.equal(answer, rev > 0);
            standing.delete(name);
          }
          const other = windows[1 - window] as SqliteStore;
          assert.equal((await other.getState(owner, scope, key))?.rev ?? 0, standing.get(name) ?? 0);
        }
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it("loses no increment of a counter that many count up at once", async () => {
    const increment = async (store: SqliteStore): Promise<void> => {
      for (;;) {
        const { value, rev } = (await store.getState("p", "s", "counter")) ?? { value: "0", rev: 0 };
        const next = String(Number(value) + 1);
        if ((await outcome(store.setState("p", "s", "counter", next, rev))) !== conflict) return;
      }
    };
    await Promise.all(Array.from({ length: 24 }, (_, index) => increment(windows[index % 2] as SqliteStore)));
    assert.equal((await windows[0]?.getState("p", "s", "counter"))?.value, "24");
  });
});
