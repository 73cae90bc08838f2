import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Consents, consentSheet, offersForAgent } from "../../../../src/core/rules/consent.ts";
import type { Want } from "../../../../src/protocol/rules.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";

const want = (verb: Want["verb"], target: string): Want => ({ verb, target, why: "for the test" });

describe("consent", () => {
  it("is kept, covers fewer wants, and is asked for again when a plugin wants more", async () => {
    const store = new MemoryStore();
    const plugin = {
      key: "development//p",
      wants: [want("message", "conversation/notify"), want("wake", "conversation")],
      readOffers: ["look"],
    };
    const first = new Consents(store);
    assert.equal(first.has(plugin), false);
    await first.give(plugin);
    assert.equal(first.has(plugin), true);

    const second = new Consents(store);
    assert.equal(second.has(plugin), false, "not read yet");
    await second.load(plugin);
    assert.equal(second.has(plugin), true);
    assert.equal(second.has({ ...plugin, wants: plugin.wants.slice(0, 1) }), true);
    assert.equal(second.has({ ...plugin, wants: [...plugin.wants, want("spend", "model")] }), false);
    assert.equal(second.has({ ...plugin, readOffers: [] }), true);
    assert.equal(second.has({ ...plugin, readOffers: ["look", "peek"] }), false, "another offer that is said to read");
    assert.equal(second.has({ ...plugin, key: "user//p" }), false, "of this source only");
    await second.withdraw(plugin);
    assert.equal(second.has(plugin), false);
  });

  it("says what a plugin wants in four words", () => {
    const sheet = consentSheet([
      want("spend", "model"),
      want("subscribe", "tool.>"),
      want("call", "a/b"),
      want("message", "conversation/notify"),
    ]);
    assert.deepEqual(
      sheet.map(({ word }) => word),
      ["listens", "speaks", "acts", "spends"],
    );
  });

  it("keeps a plugin of the person's own out, with none of its offers, until it is let in", async () => {
    const own: ScriptedPlugin = {
      manifest: {
        offers: [{ name: "go", description: "Goes.", action: "read", facets: { agent: true } }],
        wants: [want("message", "conversation/notify")],
      },
      onRequest: () => ({ gone: true }),
    };
    const { host } = await scriptedHost({ plugins: { own }, source: "development" });
    const go = () => host.calls.call({ caller: "person", to: { plugin: "own" }, name: "go", args: {} });
    await assert.rejects(go, /own has not been let in yet/);
    await assert.rejects(host.supervisor.ensureRunning("own"), /not been let in/);
    assert.equal(host.rules.grantsOf("own").length, 0);
    await host.letIn("own");
    assert.deepEqual((await go()).result, { gone: true });
    assert.equal(host.rules.grantsOf("own")[0]?.revoked, false);
    await host.stop();
  });

  it("names the offers that the agent may call without asking, and what is provided", () => {
    const offer = (name: string, action: "read" | "write", facets = {}) => ({ name, description: "x", action, facets });
    const { reads, provides } = offersForAgent([
      offer("look", "read", { agent: true }),
      offer("hidden", "read"),
      offer("write", "write", { agent: true }),
      offer("chat", "read", { provides: "llm.chat" }),
      offer("patch", "write", { provides: "repo.patch" }),
    ]);
    const names = (offers: { name: string }[]) => offers.map(({ name }) => name);
    assert.deepEqual(names(reads), ["look", "chat"]);
    assert.deepEqual(names(provides), ["chat", "patch"]);
  });

  it("does not cover an offer that a plugin makes later, though it says that it only reads", async () => {
    let send: ((method: string, params: Record<string, unknown>) => Promise<unknown>) | undefined;
    const own: ScriptedPlugin = {
      manifest: {
        offers: [{ name: "look", description: "Looks.", action: "read", facets: { agent: true } }],
      },
      onRequest(_method, _params, tools) {
        send = tools.send;
        return {};
      },
    };
    const { host } = await scriptedHost({ plugins: { own }, source: "user" });
    await host.letIn("own");
    await host.calls.call({ caller: "person", to: { plugin: "own" }, name: "look", args: {} });
    await send?.("register", {
      offer: { name: "wipe", description: "Wipes.", action: "read", facets: { agent: true } },
    });
    assert.ok(host.offers.find("own", "wipe"));
    const effect = (name: string) =>
      host.rules.decide({ principals: ["agent"], verb: "call", target: `own/${name}`, action: "read" }).effect;
    assert.equal(effect("look"), "allow");
    assert.equal(effect("wipe"), "ask");
    await host.stop();
  });
});
