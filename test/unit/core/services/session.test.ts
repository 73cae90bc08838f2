import assert from "node:assert/strict";
import { type Disposable, Scope } from "../../../../src/base/dispose.ts";
import { Failure } from "../../../../src/base/failure.ts";
import type { Peer } from "../../../../src/core/ports.ts";
import { type RegistrationKind, Session } from "../../../../src/core/services/session.ts";
import { limits } from "../../../../src/protocol/limits.ts";

const peer: Peer = { request: async () => ({}), notify: () => {}, closed: new Promise(() => {}) };

class CountingScope extends Scope {
  added = 0;

  override add<T extends Disposable>(owned: T): T {
    this.added++;
    return super.add(owned);
  }
}

const made = () => {
  const scope = new CountingScope("run");
  const ended: string[] = [];
  const session = new Session({
    plugin: "plugin",
    epoch: 1,
    peer,
    scope,
    home: { grant: "p", owner: "p", adopts: "p", dataDir: "/p" },
  });
  const keep = (kind: RegistrationKind, handle: string) =>
    session.keep(kind, handle, () => ({ dispose: () => void ended.push(handle) }));
  return { scope, session, keep, ended };
};

describe("what one run of a plugin has registered", () => {
  for (const [kind, most] of [
    ["offer", limits.offersPerRun],
    ["subscription", limits.subscriptionsPerRun],
    ["intercept", limits.interceptsPerRun],
  ] as const) {
    it(`is at most ${most} ${kind}s; one more is refused before it is made, until one is given back`, () => {
      const { session, keep } = made();
      for (let count = 0; count < most; count++) keep(kind, `h${count}`);
      const onceMore = () =>
        session.keep(kind, "more", () => {
          throw new Error("It was made.");
        });
      assert.throws(onceMore, (error) => error instanceof Failure && error.kind === "overloaded");
      session.release("h0");
      keep(kind, "more");
    });
  }

  it("ends with the run, and leaves nothing in the run when it is given back", () => {
    const { scope, session, keep, ended } = made();
    for (let count = 0; count < 1_000; count++) {
      keep("offer", "h");
      session.release("h");
    }
    assert.equal(ended.length, 1_000);
    assert.equal(scope.added, 1);
    keep("offer", "a");
    keep("intercept", "b");
    scope.dispose();
    assert.deepEqual(ended.slice(1_000), ["b", "a"]);
    keep("offer", "late");
    assert.equal(ended.at(-1), "late", "what comes after the end of the run ends at once");
  });
});
