import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { kindOf } from "../../../support/failures.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Params = Record<string, unknown>;
type Sender = (method: string, params: Params) => Promise<unknown>;
const go = { name: "go", description: "Goes.", action: "read" };

/** A host with one plugin whose calls are answered when the test says so. */
async function start(limits: Record<string, unknown> = {}) {
  const heard: { answer: (value: unknown) => void; signal: AbortSignal }[] = [];
  const { host } = await scriptedHost({
    settings: { limits: () => limits },
    plugins: {
      target: {
        manifest: { offers: [go] },
        onRequest(method, _params, { signal }) {
          if (method !== "call") return {};
          const answer = deferred<unknown>();
          heard.push({ answer: answer.resolve, signal });
          return answer.promise;
        },
      },
    },
  });
  const call = (caller: string, detach = false) =>
    host.calls.call({ caller, to: { plugin: "target" }, name: "go", args: {}, detach });
  const begin = async (count: number, caller = "person"): Promise<string[]> => {
    const begun: string[] = [];
    while (begun.length < count) begun.push((await call(caller, true)).record.id);
    return begun;
  };
  return { host, heard, call, begin };
}

const refused = (limit: number) => (error: unknown) =>
  error instanceof Failure &&
  error.kind === "overloaded" &&
  error.details?.reason === "background" &&
  error.details.limit === limit &&
  /end|cancel/.test(error.todo ?? "");

describe("calls in the background", () => {
  it("keep nobody from the plugin for as long as they run, and its channel from being too full", async () => {
    const { host, heard, call, begin } = await start();
    await begin(24);
    await until("all were sent", () => heard.length === 24);
    const calls = Array.from({ length: 40 }, () => call("person"));
    await until("the channel is as full as calls may make it", () => heard.length >= 60);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(heard.length, 60, "the others wait");
    for (let index = 24; index < 64; index++) (await until("it is asked", () => heard[index])).answer({});
    await Promise.all(calls);
    assert.equal(host.calls.active().length, 24);
    await host.stop();
  });

  it("are refused beyond 24 at one plugin, until one has ended", async () => {
    const { host, heard, begin } = await start();
    await begin(24);
    await assert.rejects(begin(1, "agent"), refused(24));
    await until("all were sent", () => heard.length === 24);
    heard[0]?.answer({});
    await until("one has ended", () => host.calls.active().length === 23);
    await begin(1);
    await assert.rejects(begin(1), refused(24));
    await host.stop();
  });

  it("neither hold nor lengthen the time of the call that made them: it does not wait for them", async () => {
    const clock = new FakeClock(1_000);
    const heard: Record<string, { callId: string; send: Sender; progress: (value: Params) => void }> = {};
    const plugin = (offer: Params): ScriptedPlugin => ({
      manifest: { offers: [{ ...go, ...offer }], wants: [{ verb: "call", target: "*", why: "for the test" }] },
      onRequest(method, { to, _meta }, { send, progress }) {
        if (method !== "call") return {};
        const { callId } = _meta as { callId: string };
        heard[(to as { plugin: string }).plugin] = { callId, send, progress };
        return new Promise(() => {});
      },
    });
    const { host } = await scriptedHost({
      clock,
      plugins: { outer: plugin({ timeout: 5_000 }), inner: plugin({}), asking: plugin({ action: "write" }) },
    });
    await host.rules.addPersonRule({ who: "plugin:outer", verb: "call", target: "asking/go", effect: "ask" });
    const ended = kindOf(host.calls.call({ caller: "person", to: { plugin: "outer" }, name: "go", args: {} }));
    const { callId, send } = await until("the outer one is asked", () => heard.outer);
    for (const name of ["inner", "asking"])
      await send("call", { to: { plugin: name }, name: "go", args: {}, detach: true, _meta: { callId } });
    const { progress } = await until("the inner one is asked", () => heard.inner);
    await until("the person is asked", () => host.calls.active().some(({ status }) => status === "asking"));
    clock.advance(3_000);
    progress({ message: "at work" });
    clock.advance(2_000);
    assert.equal(await ended, "timeout");
    await host.stop();
  });

  it("count until the plugin is done with them, also when they were cancelled", async () => {
    const { host, heard, begin } = await start({ backgroundCalls: 2 });
    const [first] = await begin(2);
    await until("both were sent", () => heard.length === 2);
    host.calls.cancel(first ?? "", "for the test");
    await until("it is over for the host", () => host.calls.active().length === 1);
    await assert.rejects(begin(1), refused(2));
    heard[0]?.answer({});
    await until("there is room again", () =>
      begin(1).then(
        () => true,
        () => false,
      ),
    );
    await host.stop();
  });

  it("have half of a narrow channel at most, whatever the setting says", async () => {
    const { host, begin } = await start({ outstandingRequests: 8, backgroundCalls: 500 });
    await begin(2);
    await assert.rejects(begin(1), refused(2));
    await host.stop();
  });
});
