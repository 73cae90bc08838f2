import assert from "node:assert/strict";
import { createApi } from "../../../src/vscode/api.ts";
import { type ScriptedPlugin, scriptedHost } from "../../support/scriptedHost.ts";
import { until } from "../../support/until.ts";

const tool: ScriptedPlugin = {
  manifest: {
    offers: [
      { name: "look", description: "Looks.", action: "read" },
      { name: "write", description: "Writes.", action: "write" },
    ],
  },
  onRequest: (_, { name }) => ({ did: name }),
};

describe("what other extensions may do through Parley", () => {
  const start = async () => {
    const { host } = await scriptedHost({ plugins: { tool } });
    return { host, api: createApi(async () => host), conversation: await host.conversations.visible() };
  };

  it("read without a question", async () => {
    const { host, api } = await start();
    assert.deepEqual(await api.call("tool", "look", {}), { did: "look" });
    await host.stop();
  });

  it("change things only when the person says so, and not in the person's name", async () => {
    const { host, api, conversation } = await start();
    const card = async () =>
      await until("it asks", () =>
        conversation.items().find((item) => item.kind === "approval" && item.choice === undefined),
      );
    const refused = api.call("tool", "write", {});
    const first = await card();
    assert.equal(first.kind === "approval" && first.caller, "extension");
    await host.approvals.answer(first.id, "deny");
    await assert.rejects(refused, /refused tool\/write/);

    const allowed = api.call("tool", "write", {});
    await host.approvals.answer((await card()).id, "always");
    assert.deepEqual(await allowed, { did: "write" });
    assert.deepEqual(await api.call("tool", "write", {}), { did: "write" }, "it was asked once and for all");
    await host.stop();
  });
});
