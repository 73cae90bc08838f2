import assert from "node:assert/strict";
import { Cancellation, type CancelSignal } from "../../../../src/base/cancel.ts";
import { type Clock, systemClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Params = Record<string, unknown>;
type Send = (method: string, params: Params) => Promise<unknown>;

const go = { name: "go", description: "Goes.", action: "read" };
const wants = [{ verb: "call", target: "*/*", why: "for the test" }];
const to = (plugin: string) => ({ to: { plugin }, name: "go", args: {} });

/** A plugin that, when the person calls it, hands out its end of the channel. */
function caller(): { plugin: ScriptedPlugin; send: () => Send } {
  let own: Send | undefined;
  const plugin: ScriptedPlugin = {
    manifest: { offers: [go], wants },
    onRequest(method, _, { send }) {
      if (method === "call") own = send;
      return {};
    },
  };
  return { plugin, send: () => own ?? assert.fail("it was not called yet") };
}

describe("many calls between plugins", () => {
  it("leave nothing behind: no call, no timer and no listener after 100,000", async function () {
    this.timeout(60_000);
    let timers = 0;
    const clock: Clock = {
      now: () => systemClock.now(),
      after(milliseconds, run) {
        timers++;
        let over = false;
        const end = () => {
          if (!over) timers--;
          over = true;
        };
        const timer = systemClock.after(milliseconds, () => {
          end();
          run();
        });
        return {
          dispose() {
            end();
            timer.dispose();
          },
        };
      },
    };
    const { host } = await scriptedHost({
      clock,
      plugins: { target: { manifest: { offers: [go] }, onRequest: () => ({}) } },
    });
    const inner = new Cancellation();
    let listeners = 0;
    const signal: CancelSignal = {
      aborted: false,
      reason: undefined,
      addEventListener(_, listener) {
        listeners++;
        inner.addEventListener("abort", listener);
      },
      removeEventListener(_, listener) {
        listeners--;
        inner.removeEventListener("abort", listener);
      },
    };
    const call = () => host.calls.call({ ...to("target"), caller: "person", hidden: true, signal });
    await call();
    const before = timers;
    let most = 0;
    let left = 100_000;
    const one = async () => {
      while (left-- > 0) {
        await call();
        most = Math.max(most, listeners);
      }
    };
    await Promise.all(Array.from({ length: 32 }, one));
    assert.equal(most > 0 && most < 32, true, `${most} listened at a time`);
    assert.deepEqual([host.calls.active().length, listeners, timers - before], [0, 0, 0]);
    await host.stop();
  });

  it("of one plugin do not hold up another's: its call is at the target at once, or after one of each who waits", async () => {
    const reached: string[] = [];
    const answers: (() => void)[] = [];
    const target: ScriptedPlugin = {
      manifest: { offers: [go] },
      onRequest(method, params) {
        if (method !== "call") return {};
        const answer = deferred<object>();
        reached.push((params as { _meta: { caller: string } })._meta.caller);
        answers.push(() => answer.resolve({}));
        return answer.promise;
      },
    };
    const [busy, second, other] = [caller(), caller(), caller()];
    const { host } = await scriptedHost({
      plugins: { target, busy: busy.plugin, second: second.plugin, other: other.plugin },
    });
    for (const plugin of ["busy", "second", "other"]) await host.calls.call({ ...to(plugin), caller: "person" });
    const calls = (send: Send, count: number) => Array.from({ length: count }, () => send("call", to("target")));
    const all = calls(busy.send(), 64);
    await until("the busy one has what it may have", () => reached.length === 48);
    all.push(...calls(second.send(), 1));
    await until("the second's call arrived", () => reached.length === 49);
    assert.equal(reached.at(-1), "plugin:second");

    all.push(...calls(second.send(), 30));
    await until("the target has enough to do", () => reached.length === 60);
    all.push(...calls(other.send(), 1));
    for (let count = 1; !reached.includes("plugin:other"); count++) {
      assert.ok(count <= 3, "it waits for more than one of each");
      answers[count]?.();
      await until("the next one arrived", () => reached.length === 60 + count);
    }
    const done = Promise.all(all);
    for (let count = 0; count < all.length; count++) {
      await until("a call arrived", () => answers[count]);
      answers[count]?.();
    }
    await done;
    await host.stop();
  });

  it("inside one another do not wait for the place that the outer one holds", async () => {
    const inner = { ...go, name: "inner" };
    const sends: Send[] = [];
    const target: ScriptedPlugin = {
      manifest: { offers: [go, inner], wants },
      async onRequest(method, params, { send }) {
        const { name, _meta } = params as { name?: string; _meta?: object };
        if (method !== "call" || name === "inner") return {};
        sends.push(send);
        await until("every place is taken", () => sends.length === 60);
        return await send("call", { to: { plugin: "target" }, name: "inner", args: {}, _meta });
      },
    };
    const { host } = await scriptedHost({ plugins: { target } });
    const calls = (caller: string, count: number) =>
      Array.from({ length: count }, () => host.calls.call({ ...to("target"), caller }));
    await Promise.all([...calls("person", 48), ...calls("extension", 12)]);
    await host.stop();
  });
});
