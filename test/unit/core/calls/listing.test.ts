import assert from "node:assert/strict";
import type { ListedOffer } from "../../../../src/protocol/plugin/offers.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;

const offer = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  description: name,
  action: "read",
  ...more,
});
const provides = { facets: { provides: "x.do" } };

/** A host with three providers of `x.do`, and what `asking` is told of all that is offered. */
async function start(order?: string[]) {
  let send: Send | undefined;
  const waits: ScriptedPlugin = {
    manifest: { offers: [offer("do", provides), offer("tool", { facets: { agent: true } })] },
    onRequest: (method) => (method === "call" ? new Promise(() => {}) : {}),
  };
  const asking: ScriptedPlugin = {
    manifest: {
      offers: [offer("hook")],
      wants: [
        { verb: "call", target: "first/do", why: "for the test" },
        { verb: "call", target: "closed/do", why: "for the test" },
      ],
    },
    onRequest(_method, _params, own) {
      send = own.send;
      return {};
    },
  };
  const { host } = await scriptedHost({
    settings: { providers: () => (order ? { "x.do": order } : {}) },
    plugins: {
      asking,
      first: { manifest: { offers: [offer("do", { ...provides, priority: 7, concurrency: 2 })] } },
      closed: { manifest: { offers: [offer("do", provides)], accepts: [{ who: "agent" }] } },
      waits,
    },
  });
  await host.calls.call({ caller: "person", to: { plugin: "asking" }, name: "hook", args: {} });
  const list = async (filter: Record<string, unknown> = {}): Promise<ListedOffer[]> => {
    assert.ok(send);
    return ((await send("offers/list", filter)) as { offers: ListedOffer[] }).offers;
  };
  return { host, list };
}

const names = (offers: readonly ListedOffer[]) => offers.map(({ plugin, name }) => `${plugin}/${name}`);

describe("offers/list", () => {
  it("marks what the caller may not call, with the rule or the manifest that refuses it", async () => {
    const { host, list } = await start();
    await host.rules.addPersonRule({ who: "plugin:*", verb: "call", target: "waits/tool", effect: "ask" });
    const marks = Object.fromEntries((await list()).map(({ plugin, name, may }) => [`${plugin}/${name}`, may]));
    assert.deepEqual(marks, {
      "asking/hook": "allow",
      "closed/do": "deny",
      "first/do": "allow",
      "waits/do": "deny",
      "waits/tool": "ask",
    });
    const rules = Object.fromEntries((await list({ provides: "x.do" })).map(({ plugin, rule }) => [plugin, rule]));
    assert.equal(rules.closed, "accepts:closed");
    assert.equal(rules.waits, "default:plugin");
    assert.match(String(rules.first), /^grant:.*first\/do/);
    await host.stop();
  });

  it("tells priority, concurrency and what is in progress, and providers in the order in which they are tried", async () => {
    const { host, list } = await start();
    const call = host.calls.call({ caller: "person", to: { plugin: "waits" }, name: "do", args: {} });
    call.catch(() => {});
    await until("it runs", () => host.calls.active().some(({ status }) => status === "running"));
    const offers = await list({ provides: "x.do" });
    assert.deepEqual(names(offers), ["first/do", "closed/do", "waits/do"], "the busy one last");
    assert.deepEqual(
      offers.map(({ load }) => load),
      [0, 0, 1],
    );
    assert.deepEqual([offers[0]?.priority, offers[0]?.concurrency], [7, 2]);
    await host.stop();
    const { host: other, list: listed } = await start(["waits", "closed"]);
    assert.deepEqual(
      names(await listed({ provides: "x.do" })),
      ["waits/do", "closed/do", "first/do"],
      "the last is not asked",
    );
    await other.stop();
  });

  it("finds by facet, and by all that is named at once", async () => {
    const { host, list } = await start();
    assert.deepEqual(names(await list({ facet: "agent" })), ["waits/tool"]);
    assert.deepEqual(names(await list({ facet: "provides", plugin: "waits" })), ["waits/do"]);
    assert.deepEqual(names(await list({ facet: "palette" })), []);
    assert.deepEqual(names(await list({ provides: "x.nothing" })), []);
    await host.stop();
  });

  it("says why what a person stopped or disabled cannot be called", async () => {
    const { host, list } = await start();
    await host.supervisor.stop("first");
    host.supervisor.setDisabled("waits", true);
    const state = async (plugin: string) => {
      const [one] = await list({ plugin });
      return [one?.state, one?.reason];
    };
    assert.deepEqual(await state("first"), ["unavailable", 'Plugin "first" was stopped by you.']);
    assert.deepEqual(await state("waits"), ["unavailable", 'Plugin "waits" is disabled.']);
    assert.deepEqual(await state("closed"), ["startable", undefined]);
    assert.deepEqual(await state("asking"), ["running", undefined]);
    await host.stop();
  });
});
