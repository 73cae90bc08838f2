/** Intercepts, hooks and middleware over real processes, one side TypeScript and the other Python. */
import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { pairs, type Talking, talking } from "./rig.ts";

for (const [first, second] of pairs) {
  describe(`points between ${first} and ${second}`, function () {
    this.timeout(30_000);
    let rig: Talking;
    beforeEach(async () => {
      rig = await talking({ one: first, two: second, three: first });
    });
    afterEach(() => rig.stop());
    const call = (to = "one/echo", args: unknown = { text: "a" }) => rig.ask("three", "call", { to, args });

    it("of calls between plugins are passed with the arguments, by pattern too, and a caller is not asked about its own", async () => {
      await rig.ask("two", "guard", { point: "before:call", does: "hook +call" });
      await rig.ask("two", "guard", { point: "before:offer:one/*", does: "hook +offer" });
      await rig.ask("three", "guard", { point: "call", does: "deny" });
      assert.deepEqual(await call(), { text: "a+call+offer" });
      assert.deepEqual(await rig.seen("three"), []);
    });

    it("that a plugin declares are passed by others before and after, and hold what they change", async () => {
      await rig.ask("two", "guard", { point: "before:save", does: "hook !" });
      await rig.ask("three", "guard", { point: "after:one:save", does: "hook " });
      assert.deepEqual(await rig.ask("one", "pass", { data: { text: "note" } }), { saved: { text: "note!" } });
      assert.deepEqual(await rig.seen("two"), [{ "before:save": { text: "note" } }]);
      assert.deepEqual(await rig.seen("three"), [{ "after:one:save": { saved: { text: "note!" } } }]);
      await assert.rejects(rig.ask("one", "pass", { data: { other: 1 } }), /do not fit/);
    });

    it("a hook denies, and names itself and its reason to the other side", async () => {
      await rig.ask("two", "guard", { point: "before:save", does: "hook deny" });
      await assert.rejects(
        rig.ask("one", "pass", { data: { text: "note" } }),
        /one\/save was blocked by two: not like this/,
      );
    });

    it("two that change the same field: the later sees the earlier's, and the journal names both in order", async () => {
      await rig.ask("two", "guard", { point: "before:offer:one/echo", does: "hook +two" });
      await rig.ask("three", "guard", { point: "before:offer:one/echo", does: "hook +three" });
      assert.deepEqual(await rig.ask("one", "echo", { text: "a" }), { text: "a+two+three" });
      const told = rig.intercepted as { pluginId: string; changed: string[]; invocation: string }[];
      assert.deepEqual(
        told.map(({ pluginId, changed }) => [pluginId, changed]),
        [
          ["two", ["args"]],
          ["three", ["args"]],
        ],
      );
      assert.equal(new Set(told.map(({ invocation }) => invocation)).size, 1);
      assert.deepEqual(await rig.seen("three"), [{ "before:offer:one/echo": { text: "a+two" } }]);
    });

    it("middleware runs around, changes what goes in and what comes out, and hears of a failure", async () => {
      await rig.ask("two", "guard", { point: "call", does: "use change" });
      assert.deepEqual(await call(), { wrapped: { text: "changed" } });
      assert.deepEqual(await rig.seen("two"), ["before call", { after: { text: "changed" } }]);
      await assert.rejects(call("one/echo", { text: 1 }), /do not fit/);
    });

    it("middleware around what fails gets the failure out of next()", async () => {
      await rig.ask("two", "guard", { point: "call", does: "use as it is" });
      await assert.rejects(call("one/fail", {}), /It is taken/);
      await until("it heard", async () => (await rig.seen("two")).length === 2);
      assert.deepEqual(await rig.seen("two"), ["before call", { failed: "It is taken." }]);
    });

    it("middleware that never calls next denies, or answers with what it returns", async () => {
      await rig.ask("two", "guard", { point: "call", does: "use nothing" });
      await assert.rejects(call(), /one\/echo was blocked by two: The middleware ended without calling `next`/);
      await rig.ask("two", "guard", { point: "offer:one/fail", does: "use answer" });
      assert.deepEqual(await rig.ask("one", "fail"), { answered: true });
      assert.deepEqual(await rig.seen("one"), []);
    });
  });

  describe(`races at points between ${first} and ${second}`, function () {
    this.timeout(30_000);
    let rig: Talking;
    const start = async (interceptMs?: number) => {
      rig = await talking({ one: first, two: second, three: first }, interceptMs);
    };
    afterEach(() => rig.stop());
    const echo = () => rig.ask("one", "echo", { text: "a" });

    it("middleware that neither returns nor calls next runs into the limit: a gate blocks, an observer is passed over", async () => {
      await start(500);
      await rig.ask("two", "guard", { point: "offer:one/echo", does: "use never", onFailure: "allow" });
      assert.deepEqual(await echo(), { text: "a" });
      await rig.ask("two", "guard", { point: "offer:one/echo", does: "use never" });
      await assert.rejects(echo(), /blocked by two: .*did not answer within 0.5 s/);
    });

    it("a gate that dies while it is asked blocks with the reason", async () => {
      await start();
      await rig.ask("two", "guard", { point: "offer:one/echo", does: "die" });
      await assert.rejects(echo(), /blocked by two: .*could not check it/);
      assert.deepEqual(await rig.seen("one"), []);
    });

    it("an intercept that unregisters while it is asked has its answer counted, and is not asked again", async () => {
      await start();
      await rig.ask("two", "guard", { point: "offer:one/echo", does: "leave" });
      assert.deepEqual(await echo(), { text: "a" });
      await until("it is gone", async () => {
        const before = (await rig.seen("two")).length;
        await echo();
        return (await rig.seen("two")).length === before;
      });
    });

    it("one that comes while the point is passed is asked from the next time on", async () => {
      await start();
      await rig.ask("two", "guard", { point: "offer:one/echo", does: "wait then deny", order: 0 });
      const passing = echo();
      passing.catch(() => {});
      await until("it is being asked", async () => (await rig.seen("two")).length === 1);
      await rig.ask("three", "guard", { point: "offer:one/echo", does: "allow", order: -1 });
      await rig.ask("two", "open");
      await assert.rejects(passing, /blocked by two: no/);
      assert.deepEqual(await rig.seen("three"), []);
      await assert.rejects(echo(), /blocked by two/);
      assert.deepEqual(await rig.seen("three"), ["asked"]);
    });

    it("a right that is revoked while its gate is asked counts as one that it never had", async () => {
      await start();
      await rig.ask("two", "guard", { point: "offer:one/echo", does: "wait then deny" });
      const passing = echo();
      await until("it is being asked", async () => (await rig.seen("two")).length === 1);
      for (const grant of rig.host.rules.grantsOf("two"))
        if (grant.verb === "intercept") await rig.host.rules.setGranted(grant.id, false);
      await rig.ask("two", "open");
      assert.deepEqual(await passing, { text: "a" });
    });

    it("an intercept that calls what it intercepts is not asked about it, and two of them end at the depth", async () => {
      await start();
      await rig.ask("two", "guard", { point: "offer:one/echo", does: "call" });
      assert.deepEqual(await echo(), { text: "a" });
      assert.equal((await rig.seen("two")).length, 1);
      await rig.ask("three", "guard", { point: "offer:one/echo", does: "call" });
      await assert.rejects(echo(), /blocked by (two|three)/);
      const asked = (await rig.seen("two")).length + (await rig.seen("three")).length;
      assert.ok(asked < 30, `${asked} were asked`);
    });
  });
}
