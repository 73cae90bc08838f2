import assert from "node:assert/strict";
import { homeOf } from "../../../../src/core/plugins/identity.ts";
import type { InstalledPlugin } from "../../../../src/core/plugins/installed.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;

const checkedOut = (plugin: InstalledPlugin, place: string): InstalledPlugin => ({
  ...plugin,
  source: "workspace",
  root: `/${place}/.parley/plugins/notes`,
  dataDir: `/data/notes@${place}`,
  place,
  contentHash: "0".repeat(64),
});

describe("what is a plugin's own", () => {
  const start = async (store = new MemoryStore()) => {
    const sends: Send[] = [];
    const folders: string[] = [];
    const { host } = await scriptedHost({
      store,
      databases: {
        async query(folder) {
          folders.push(folder);
          return { results: [], bytes: 0, quota: 1 };
        },
      },
      plugins: {
        notes: {
          manifest: {
            offers: ["go", "write"].map((name) => ({
              ...{ name, description: "Goes.", action: name === "go" ? "read" : "write" },
            })),
            wants: [
              { verb: "state", target: "database", why: "for the test" },
              { verb: "state", target: "shared:team", why: "for the test" },
              { verb: "publish", target: "bell.>", why: "for the test" },
              { verb: "subscribe", target: "bell.>", why: "for the test" },
              { verb: "call", target: "notes/*", why: "for the test" },
            ],
          },
          onRequest(method, _params, { send }) {
            if (method === "call") sends.push(send);
            return {};
          },
        },
      },
    });
    const bundled = host.supervisor.installed("notes") ?? assert.fail("it is installed");
    const run = async (): Promise<Send> => {
      await host.calls.call({ caller: "person", to: { plugin: "notes" }, name: "go", args: {} });
      return sends.at(-1) ?? assert.fail("it was called");
    };
    const replaceBy = async (plugin: InstalledPlugin): Promise<Send> => {
      await host.setInstalled([plugin]);
      await host.letIn("notes");
      return await run();
    };
    return { host, folders, bundled, run, replaceBy };
  };
  const set = (send: Send, value: unknown) => send("state/set", { scope: "plugin", key: "k", value });
  const get = async (send: Send) =>
    ((await send("state/get", { scope: "plugin", key: "k" })) as { value?: unknown }).value;

  it("is the package's from which a process was started, also while another takes its place", async () => {
    const { host, folders, bundled, run, replaceBy } = await start();
    const old = await run();
    await set(old, "of old");
    const next = await replaceBy(checkedOut(bundled, "w1"));
    assert.equal(await get(next), undefined);
    await set(next, "of the next");
    await set(old, "too late");
    assert.deepEqual([await get(old), await get(next)], ["too late", "of the next"]);
    const query = (send: Send) => send("database/query", { statements: [{ sql: "SELECT 1" }] });
    await query(next);
    await assert.rejects(query(old), { kind: "denied" }, "its rights went with its package");
    assert.deepEqual(folders, ["/data/notes@w1"]);
    await host.stop();
  });

  it("is another's in another folder of a workspace, and what was kept before goes to the first who asks", async () => {
    const store = new MemoryStore();
    await store.setState("workspace//notes", "plugin", "k", '"kept before"');
    const { host, bundled, replaceBy } = await start(store);
    const first = await replaceBy(checkedOut(bundled, "w1"));
    assert.equal(await get(first), "kept before");
    const second = await replaceBy(checkedOut(bundled, "w2"));
    assert.equal(await get(second), undefined);
    await set(second, 2);
    const again = await replaceBy(checkedOut(bundled, "w1"));
    assert.equal(await get(again), "kept before");
    await until("the store has all", () => store.getState("workspace//notes@w2", "plugin", "k"));
    await host.stop();
  });

  it("has no rights of the one that took its name, and what it had registered is gone", async () => {
    const { host, bundled, run, replaceBy } = await start();
    const old = await run();
    await old("register", { subscription: { topic: "bell.>" } });
    await old("publish", { topic: "bell.rings", data: 1 });
    const next = await replaceBy(checkedOut(bundled, "w1"));
    assert.ok(!host.bus.reaches("bell.rings", "notes"));
    const deeds: [string, Record<string, unknown>][] = [
      ["publish", { topic: "bell.rings", data: 2 }],
      ["register", { subscription: { topic: "bell.>" } }],
      ["state/get", { scope: "shared:team", key: "k" }],
      ["call", { to: { plugin: "notes" }, name: "write" }],
      ["rights/request", { wants: [{ verb: "publish", target: "bell.>", why: "to ring" }] }],
    ];
    for (const [method, params] of deeds) await assert.rejects(old(method, params), `${method} of the old one`);
    for (const [method, params] of deeds.slice(0, 3)) await next(method, params);
    let heard: unknown;
    host.bus.on("bell.big", ({ data }) => (heard = data));
    host.bus.publish({ type: "bell.big", source: "host", data: { text: "x".repeat(1_200_000) } });
    const { text } = heard as { text: { $reference: string } };
    const read = (send: Send) => send("content/get", { reference: text.$reference, offset: 0, limit: 1 });
    await read(next);
    await assert.rejects(read(old), { kind: "notFound" });
    const refused = (await host.journal.search({ types: ["permission.decided"] })).filter(
      ({ data }) => (data as { effect: string }).effect === "deny",
    );
    assert.ok(refused.length > 0);
    assert.ok(refused.every(({ data }) => (data as { principals: string[] }).principals[0] === "plugin:notes~former"));
    await host.stop();
  });

  it("keeps the owner that it had where a package does not come with a workspace", async () => {
    const { host, bundled } = await start();
    assert.deepEqual(homeOf(bundled), {
      grant: "bundled//notes",
      owner: "bundled//notes",
      adopts: "notes",
      dataDir: "/data/notes",
    });
    await host.stop();
  });
});
