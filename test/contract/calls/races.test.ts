/** What happens when two things happen at once in a call: one defined outcome each, one side in each language, over real processes. */
import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { type Actors, actors, type Language, pairs, putActor, type Told } from "./rig.ts";

interface State {
  readonly begun: number;
  readonly cancelled: number;
  readonly finished: number;
}

const provides = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  description: name,
  streaming: true,
  action: "read",
  facets: { provides: `x.${name}` },
  ...more,
});

for (const pair of pairs) {
  const [asking, asked] = pair;
  describe(`between ${asking}, which calls, and ${asked}, which is called`, function () {
    this.timeout(60_000);
    let running: Actors;
    afterEach(() => running.real.stop());

    const stateOf = async (plugin: string) => (await running.person(plugin, "state")) as State;
    const begun = (plugin: string, count = 1) =>
      until(`${count} began at ${plugin}`, async () => (await stateOf(plugin)).begun >= count);
    /** A second provider beside `asked`, of the other language, tried after it. */
    const start = async (offer?: string, priority = 1, second: Language = asking) => {
      running = await actors(pair, {
        packages(folder) {
          if (offer === undefined) return;
          putActor(folder, "asked", asked, { offers: [provides(offer, { priority })] });
          putActor(folder, "second", second, { offers: [provides(offer)] });
        },
      });
      return running;
    };

    it("a target that is started anew fails the call, and the next meets the new process", async () => {
      const { real, refused, ask } = await start();
      const refusal = refused("asked/wait");
      await begun("asked");
      await real.host.supervisor.restart("asked");
      const { kind, details, todo } = await refusal;
      assert.deepEqual([kind, details?.reason], ["unavailable", "channelClosed"]);
      assert.match(String(todo), /[Tt]ry again/);
      assert.equal((await stateOf("asked")).begun, 0, "nothing is begun anew by itself");
      assert.deepEqual((await ask("asked/echo", { args: { n: 1 } })).result, { n: 1 });
      assert.equal(real.host.supervisor.view("asked")?.epoch, 2);
    });

    it("a provider that dies while it streams leaves its pieces and one error, and no other is asked", async () => {
      const { ask, real } = await start("fragile");
      const { parts, error } = await ask({ provides: "x.fragile" }, { args: { dies: "asked", after: 3 } });
      assert.deepEqual(parts, [0, 1, 2]);
      assert.deepEqual(
        [error?.kind, error?.details?.reason, error?.details?.signal],
        ["unavailable", "exited", "SIGKILL"],
      );
      assert.equal(real.host.supervisor.view("second")?.epoch, 0, "the second was never started");
    });

    it("a provider that dies before its first piece is followed by the next", async () => {
      const { ask, real } = await start("fragile");
      const { result, error } = await ask({ provides: "x.fragile" }, { args: { dies: "asked" } });
      assert.deepEqual([result, error], ["second", undefined]);
      assert.match(real.host.supervisor.view("asked")?.lastExit ?? "", /SIGKILL/);
    });

    it("two providers share the calls of a capability", async () => {
      const { ask, person } = await start("wait", 0);
      const asked = ask({ provides: "x.wait" }, { times: 6 });
      await begun("asked", 3);
      await begun("second", 3);
      await Promise.all([person("asked", "open"), person("second", "open")]);
      assert.deepEqual([...new Set((await asked).all?.map(({ result }) => result))], ["finished"]);
    });

    it("a target may call back into its caller, which waits, and itself, but not the same offer again", async () => {
      const { ask } = await start();
      const back = await ask("asked/bounce", { args: { to: "asking/echo", args: { n: 1 } } });
      assert.deepEqual((back.result as Told).result, { n: 1 });
      const itself = await ask("asked/bounce", { args: { to: "asked/echo", args: { n: 2 } } });
      assert.deepEqual((itself.result as Told).result, { n: 2 });
      const again = await ask("asked/bounce", { args: { to: "asked/bounce", args: { to: "asked/echo" } } });
      assert.equal((again.result as Told).error?.details?.reason, "cycle");
    });

    it("a cancel that crosses the answer ends the call once, as the one or as the other", async () => {
      const { ask, real } = await start();
      const ends: unknown[] = [];
      real.host.bus.on("call.ended", ({ data }) => {
        const { target, status } = data as { target: string; status: string };
        if (target === "asked/blink") ends.push(status);
      });
      const count = 25;
      for (let round = 0; round < count; round++) {
        const { result, error } = await ask("asked/blink", { leave: true });
        assert.equal(error?.kind ?? result, error ? "cancelled" : "blinked");
      }
      assert.equal(ends.length, count);
      assert.deepEqual([...new Set(["succeeded", "cancelled", ...ends])].length, 2, String(ends));
      assert.deepEqual(real.host.calls.active(), []);
    });

    it("a target that takes its offer back finishes the calls that are in it, and has no more", async () => {
      const { ask, refused, person } = await start();
      await until("it is there", async () => (await ask("asked/list", { args: { plugin: "asked" } })).result);
      const waiting = ask("asked/passing");
      await begun("asked");
      await person("asked", "withdraw");
      await until("it is gone", async () => {
        const { result } = await ask("asked/list", { args: { plugin: "asked" } });
        return !(result as { name: string }[]).some(({ name }) => name === "passing");
      });
      assert.equal((await refused("asked/passing")).details?.reason, "noSuchOffer");
      await person("asked", "open");
      assert.equal((await waiting).result, "finished");
    });

    it("a caller that dies has its target's work cancelled", async () => {
      const { ask, real } = await start();
      const lost = ask("asked/wait").catch((error: unknown) => String(error));
      await begun("asked");
      process.kill(real.host.supervisor.view("asking")?.pid ?? 0, "SIGKILL");
      assert.match(String(await lost), /asking.*SIGKILL/);
      await until("the target was told", async () => (await stateOf("asked")).cancelled === 1);
      assert.equal((await stateOf("asked")).finished, 0);
      await until("nothing is left", () => real.host.calls.active().length === 0);
    });

    it("an offer takes as many at a time as its concurrency says, and the others in turn", async () => {
      const { ask, person, real } = await start();
      const told = ask("asked/single", { times: 3 });
      for (let done = 0; done < 3; done++) {
        await begun("asked", done + 1);
        await until("the others wait", () => (real.host.calls.loads().get("asked") ?? 0) >= 3 - done);
        assert.equal((await stateOf("asked")).begun, done + 1, "one at a time");
        await person("asked", "open");
      }
      assert.deepEqual([...new Set((await told).all?.map(({ result }) => result))], ["finished"]);
    });

    it("two that hold what the other needs do not wait for ever: one is refused, the other is answered", async () => {
      const { person } = await start();
      const one = person("asking", "limited", { to: "asked/limited" });
      const other = person("asked", "limited", { to: "asking/limited" });
      await begun("asking");
      await begun("asked");
      await Promise.all([person("asking", "open"), person("asked", "open")]);
      const told = (await Promise.all([one, other])) as Told[];
      assert.deepEqual(told.map(({ result, error }) => error?.details?.reason ?? result).sort(), [
        "standstill",
        "was free",
      ]);
    });
  });
}
