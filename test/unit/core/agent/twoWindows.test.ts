import assert from "node:assert/strict";
import { randomIds } from "../../../../src/base/ids.ts";
import type { ModelEvent, ModelRequest } from "../../../../src/core/ports.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";
import { openPanel } from "./feedRig.ts";

describe("two windows over one store", () => {
  const open = async (store: MemoryStore, more: Partial<Parameters<typeof scriptedHost>[0]> = {}) => {
    const scripted = await scriptedHost({ store, ids: randomIds, ...more });
    const { host } = scripted;
    const say = async (id: string, text: string) => {
      await host.agent.say(id, text, "send");
      await until("the turn ended", () => host.agent.state(id) === "idle");
    };
    const said = async (id: string) => {
      const { entries } = (await store.loadConversation(id)) ?? assert.fail("it is not in the store");
      return entries
        .sort((a, b) => a.position - b.position)
        .flatMap((entry) => (entry.kind === "message" && entry.role === "user" ? [entry] : []));
    };
    return { ...scripted, say, said };
  };

  it("go on where the other one is, in one order", async () => {
    const store = new MemoryStore();
    const first = await open(store);
    const { id } = await first.host.conversations.visible();
    await first.say(id, "one");
    const second = await open(store);
    await second.host.conversations.show(id);
    await first.say(id, "two");
    await second.say(id, "three");
    const said = await second.said(id);
    assert.deepEqual(
      said.map(({ content }) => content),
      ["one", "two", "three"],
    );
    assert.equal(new Set(said.map(({ position }) => position)).size, 3);
    assert.ok(
      second.host.conversations
        .get(id)
        ?.entries()
        .some((entry) => entry.kind === "message" && entry.content === "two"),
    );
  });

  it("shorten once what is too long: the other one goes on from the summary", async () => {
    const store = new MemoryStore();
    const asked = { first: 0, second: 0 };
    const talking = (window: keyof typeof asked) => ({
      settings: { contextWindow: () => 1_000, compactAt: () => 0.8 },
      model: ({ messages }: ModelRequest): ModelEvent[] => {
        const shortens = messages[0]?.content.startsWith("You shorten the record");
        if (shortens) asked[window]++;
        const text = shortens ? "They agreed on blue." : "word ".repeat(150);
        return [
          { type: "text", text },
          { type: "end", finish: "stop", usage: { input: 850, output: 10 } },
        ];
      },
    });
    const first = await open(store, talking("first"));
    const { id } = await first.host.conversations.visible();
    await first.say(id, "Paint it blue.");
    await first.say(id, "And the door?");
    const before = { ...asked };
    const second = await open(store, talking("second"));
    await second.host.conversations.show(id);
    assert.equal(await second.host.agent.compact(id), "done");
    await first.say(id, "And the roof?");
    assert.equal(asked.first, before.first);
  });

  it("show what the other one added when the conversation is opened again", async () => {
    const store = new MemoryStore();
    const first = await open(store);
    const { id } = await first.host.conversations.visible();
    await first.say(id, "one");
    const second = await open(store);
    const panel = openPanel(second);
    await panel.feed.handle({ type: "openConversation", id });
    await first.say(id, "two");
    await panel.feed.handle({ type: "openConversation", id });
    const shown = panel
      .shown()
      .items.flatMap((item) => (item.kind === "message" && item.role === "user" ? [item.content] : []));
    assert.deepEqual(shown, ["one", "two"]);
  });
});
