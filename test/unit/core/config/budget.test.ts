import assert from "node:assert/strict";
import type { Failure } from "../../../../src/base/failure.ts";
import { randomIds } from "../../../../src/base/ids.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";

type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;

/** A host whose two plugins may spend 100 tokens a day each, but the one 1,000. */
async function window(store: MemoryStore) {
  const sends = new Map<string, Send>();
  const plugin = (name: string) => ({
    manifest: {
      offers: [{ name: "go", description: "Goes.", action: "read" }],
      wants: [{ verb: "spend", target: "model", why: "To think." }],
    },
    onRequest(_method: string, _params: object, { send }: { send: Send }) {
      sends.set(name, send);
      return null;
    },
  });
  const { host } = await scriptedHost({
    store,
    ids: randomIds,
    plugins: { thrifty: plugin("thrifty"), lavish: plugin("lavish") },
    settings: { tokenBudget: () => 100, limits: () => ({ plugins: { lavish: { pluginTokensPerDay: 1_000 } } }) },
    model: () => [
      { type: "text", text: "Yes." },
      { type: "end", finish: "stop", usage: { input: 40, output: 20 } },
    ],
  });
  for (const name of ["thrifty", "lavish"])
    await host.calls.call({ caller: "person", to: { plugin: name }, name: "go", args: {} });
  const think = async (name: string) => {
    const answer = await sends.get(name)?.("model/complete", {
      messages: [{ role: "user", content: "x".repeat(200) }],
    });
    return (answer as { usage: { left: number } }).usage.left;
  };
  return { host, think };
}

describe("a plugin's budget of tokens", () => {
  it("is its own where the person set one, lasts over a restart of the host, and says what to do when it is used up", async () => {
    const store = new MemoryStore();
    const first = await window(store);
    assert.deepEqual([await first.think("thrifty"), await first.think("lavish")], [40, 940]);
    await first.host.stop();
    const second = await window(store);
    await assert.rejects(second.think("thrifty"), (error: Failure) => {
      assert.equal(error.kind, "budgetExceeded");
      assert.deepEqual([error.details?.used, error.details?.limit], [60, 100]);
      assert.match(
        error.todo ?? "",
        /parley\.plugins\.tokenBudget.*pluginTokensPerDay of this plugin in parley\.limits/,
      );
      return true;
    });
    assert.equal(await second.think("lavish"), 880);
    await second.host.stop();
  });
});
