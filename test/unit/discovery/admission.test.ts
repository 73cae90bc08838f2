import assert from "node:assert/strict";
import type { Host } from "../../../src/core/host.ts";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import { manifestSchemaId, parleyManifest } from "../../../src/protocol/manifest.ts";
import { MemoryStore } from "../../support/memoryStore.ts";
import { type ScriptedPlugin, scriptedHost } from "../../support/scriptedHost.ts";
import { until } from "../../support/until.ts";

const script: ScriptedPlugin = { manifest: {}, onRequest: () => ({ gone: true }) };
const [oneHash, otherHash] = ["1".repeat(64), "2".repeat(64)] as [string, string];

function package_(more: Partial<InstalledPlugin> & { parts?: object } = {}): InstalledPlugin {
  const { parts = {}, ...rest } = more;
  const parley = parleyManifest.parse({
    parley: "^1",
    run: { runtime: "node", entry: "./main.js" },
    offers: [{ name: "go", description: "Goes.", action: "read" }],
    wants: [{ verb: "message", target: "conversation/notify", why: "to test" }],
    ...parts,
  });
  const place = { root: "/plugins/own", dataDir: "/data/own", source: "workspace" } as const;
  const about = { name: "own", version: "1.0.0", description: undefined, manifest: undefined, warnings: [] };
  return { ...about, ...place, contentHash: oneHash, parley, ...rest };
}

describe("letting in what was found", () => {
  const hosts: Host[] = [];
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
  });
  async function make(options: { store?: MemoryStore; trusted?: () => boolean } = {}) {
    const { host } = await scriptedHost({ plugins: { own: script }, ...options });
    hosts.push(host);
    const find = async (...found: InstalledPlugin[]) => await host.setInstalled(found);
    const go = () => host.calls.call({ caller: "person", to: { plugin: "own" }, name: "go", args: {} });
    const state = () => {
      const eligibility = host.supervisor.view("own")?.eligibility;
      return eligibility?.ok ? "ok" : eligibility?.reason;
    };
    return { host, find, go, state };
  }

  it("a plugin of an untrusted workspace does not run, and cannot be let in", async () => {
    let trusted = false;
    const { host, find, go, state } = await make({ trusted: () => trusted });
    await find(package_({ contentHash: undefined }));
    assert.equal(state(), "untrusted");
    assert.match(host.supervisor.view("own")?.problem ?? "", /workspace, which is not trusted.*Manage Workspace Trust/);
    await assert.rejects(host.letIn("own"), { kind: "denied" });
    await assert.rejects(go, /not trusted/);
    await find(package_());
    assert.equal(state(), "untrusted", "also where its content is known");
    await find(package_({ contentHash: undefined }));
    trusted = true;
    assert.equal(state(), "untrusted", "until its content was read");
    await assert.rejects(host.letIn("own"), { kind: "denied" });
    await find(package_());
    assert.equal(state(), "needsConsent");
    await host.letIn("own");
    assert.deepEqual((await go()).result, { gone: true });
  });

  it("a plugin of the workspace whose content changed is stopped and asks again, and has no right meanwhile", async () => {
    const store = new MemoryStore();
    const { host, find, go, state } = await make({ store });
    await find(package_());
    await host.letIn("own");
    await go();
    const epoch = host.supervisor.running("own")?.epoch;
    await find(package_({ contentHash: otherHash }));
    assert.equal(state(), "needsConsent");
    await until("its process is gone", () => host.supervisor.view("own")?.process === "stopped");
    await assert.rejects(go, /not been let in/);
    assert.deepEqual(host.rules.grantsOf("own"), []);
    await find(package_());
    assert.equal(state(), "ok", "what was let in once is known again");
    assert.equal(host.rules.grantsOf("own")[0]?.revoked, false);
    await go();
    assert.notEqual(host.supervisor.running("own")?.epoch, epoch, "of the changed files no process stayed");

    const later = await make({ store });
    await later.find(package_());
    assert.equal(later.state(), "ok", "in the next window too");
    await later.find(package_({ contentHash: otherHash }));
    assert.equal(later.state(), "needsConsent");
  });

  it("consent for one source, extension or author is none for another", async () => {
    const author = (name: string): InstalledPlugin["manifest"] => ({
      $schema: manifestSchemaId,
      name: "own",
      author: { name },
    });
    const { host, find, state } = await make();
    const contributed = package_({ source: "extension", extension: "pub.one", contentHash: undefined });
    await find(contributed);
    await host.letIn("own");
    assert.equal(state(), "ok");
    await find({ ...contributed, extension: "pub.two" });
    assert.equal(state(), "needsConsent");
    await find({ ...contributed, extension: "pub.two", manifest: author("pub.one") });
    assert.equal(state(), "needsConsent", "an author's name is only said");
    await find(package_({ source: "user", contentHash: undefined }));
    assert.equal(state(), "needsConsent");
    await find(package_({ source: "user", contentHash: undefined, manifest: author("x".repeat(300)) }));
    await host.letIn("own");
    assert.ok((host.rules.grantsOf("own")[0]?.grant ?? "").length <= 256);
  });

  it("another package than the one on the sheet is not let in", async () => {
    const { host, find, state } = await make();
    await find(package_());
    const seen = host.supervisor.installed("own");
    await find(package_({ contentHash: otherHash }));
    await assert.rejects(host.letIn("own", seen), { kind: "conflict", message: /changed while its wants were shown/ });
    assert.equal(state(), "needsConsent");
    await host.letIn("own", host.supervisor.installed("own"));
    assert.equal(state(), "ok");
  });

  it("its process is told from the first start on what it may", async () => {
    const told: unknown[] = [];
    const listening: ScriptedPlugin = {
      manifest: {},
      onInitialize: ({ grants }) => void told.push(grants),
      onRequest: () => ({ gone: true }),
    };
    const { host } = await scriptedHost({ plugins: { own: listening } });
    hosts.push(host);
    const wants = ["one", "two"].map((topic) => ({ verb: "publish", target: topic, why: "to test" }));
    await host.setInstalled([package_({ parts: { activation: ["onStartup"], wants } })]);
    const letIn = host.letIn("own");
    const early = host.calls.call({ caller: "person", to: { plugin: "own" }, name: "go", args: {} });
    await Promise.all([letIn, early]);
    assert.deepEqual(told, [wants.map(({ verb, target }) => ({ verb, target }))]);
  });

  it("what is the same still keeps its process, offers and grants without a gap; what is gone is stopped", async () => {
    const { host, find, go } = await make();
    await find(package_());
    await host.letIn("own");
    await go();
    const run = host.supervisor.running("own");
    let gaps = 0;
    const look = () => {
      if (host.offers.ofPlugin("own").length === 0 || host.rules.grantsOf("own").length === 0) gaps++;
    };
    const following = [host.offers.onDidChange(look), host.rules.onDidChange(look)];
    await find(package_(), package_({ name: "other", root: "/plugins/other" }));
    await find(package_({ reload: "A newer one is there." }));
    assert.equal(gaps, 0);
    assert.equal(host.supervisor.running("own"), run);
    assert.equal(host.supervisor.view("own")?.reload, "A newer one is there.");
    for (const one of following) one.dispose();

    const wider = { offers: [{ name: "other", description: "Another.", action: "read" }] };
    await find(package_({ parts: wider }));
    assert.deepEqual(
      host.offers.ofPlugin("own").map(({ offer }) => offer.name),
      ["other"],
    );
    await find();
    assert.equal(host.supervisor.view("own"), undefined);
    assert.deepEqual(host.offers.ofPlugin("own"), []);
    await until("its process is gone", async () => (await run?.peer.closed) !== undefined);
  });
});
