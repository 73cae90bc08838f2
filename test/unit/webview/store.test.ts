import assert from "node:assert/strict";
import fc from "fast-check";
import type { ActivityEntry, Item, ToWebview, ViewState } from "../../../src/protocol/webview.ts";
import { activityLimit, apply, emptyModel, type Model } from "../../../src/webview/store.ts";

const state: ViewState = { agent: "idle", model: { id: "m", label: "M", kind: "model" }, mode: "agent", examples: [] };
const conversation = { id: "c", title: "Title" };
const message = (id: string, content = ""): Item => ({ kind: "message", id, role: "assistant", content, timestamp: 1 });
const tool = (id: string): Item => ({
  kind: "tool",
  id,
  caller: "agent",
  plugin: "p",
  name: "n",
  title: "T",
  action: "read",
  status: "running",
  timestamp: 1,
});
const entry = (seq: number): ActivityEntry => ({
  seq,
  timestamp: seq,
  type: "t",
  source: "s",
  text: "x",
  level: "info",
});
const snapshot = (seq: number, items: Item[] = []): ToWebview => ({
  type: "snapshot",
  seq,
  conversation,
  items,
  activity: [],
  state,
});
const replay = (messages: readonly ToWebview[], from: Model = emptyModel) => messages.reduce(apply, from);

describe("the view's store", () => {
  it("ignores everything before the first snapshot", () => {
    assert.equal(apply(emptyModel, { type: "item", seq: 0, conversation: "c", item: message("a") }), emptyModel);
  });

  it("replaces an item of the same id where it stands and adds a new one at the end", () => {
    const model = replay([
      snapshot(4, [message("a"), message("b")]),
      { type: "item", seq: 5, conversation: "c", item: message("a", "new") },
      { type: "item", seq: 6, conversation: "c", item: tool("t") },
    ]);
    assert.deepEqual(model.items, [message("a", "new"), message("b"), tool("t")]);
    assert.equal(model.seq, 6);
  });

  it("adds text to a message, thinking beside it, and output to a tool", () => {
    const text = { type: "text", conversation: "c" } as const;
    const { items } = replay([
      snapshot(0, [message("a", "He"), tool("t")]),
      { ...text, seq: 1, id: "a", text: "llo" },
      { ...text, seq: 2, id: "a", text: "hm", thinking: true },
      { ...text, seq: 3, id: "t", text: "line\n" },
      { ...text, seq: 4, id: "nobody", text: "lost" },
    ]);
    assert.deepEqual(items, [
      { ...message("a", "Hello"), thinking: "hm" },
      { ...tool("t"), output: "line\n" },
    ]);
  });

  it("counts messages of other conversations without applying them", () => {
    const model = replay([snapshot(0), { type: "item", seq: 1, conversation: "other", item: message("a") }]);
    assert.deepEqual(model.items, []);
    assert.equal(model.seq, 1);
  });

  it("drops a repetition and stops at a gap until a snapshot comes", () => {
    const whole = replay([snapshot(7, [message("a")])]);
    assert.equal(apply(whole, { type: "remove", seq: 7, conversation: "c", id: "a" }), whole);
    const lost = apply(whole, { type: "remove", seq: 9, conversation: "c", id: "a" });
    assert.equal(lost.synced, false);
    assert.deepEqual(lost.items, [message("a")], "what is shown stays");
    assert.equal(apply(lost, { type: "remove", seq: 8, conversation: "c", id: "a" }), lost);
    assert.equal(apply(lost, snapshot(12)).synced, true);
  });

  it("keeps only the newest activity", () => {
    const entries = Array.from({ length: activityLimit + 3 }, (_, index) => entry(index));
    const model = replay([
      snapshot(0),
      { type: "activity", seq: 1, entries },
      { type: "activity", seq: 2, entries: [entry(999)] },
    ]);
    assert.equal(model.activity.length, activityLimit);
    assert.equal(model.activity.at(-1)?.seq, 999);
  });

  it("forgets a wish with the next snapshot, so that it is not granted again", () => {
    const model = replay([
      snapshot(0),
      { type: "compose", seq: 1, text: "x" },
      { type: "show", seq: 2, section: "history" },
    ]);
    assert.deepEqual([model.compose?.text, model.show?.section], ["x", "history"]);
    const after = apply(model, snapshot(3));
    assert.deepEqual([after.compose, after.show], [undefined, undefined]);
  });

  it("does not change what it was given", () => {
    const before = replay([snapshot(0, [message("a")])]);
    const copy = structuredClone(before);
    apply(before, { type: "text", seq: 1, conversation: "c", id: "a", text: "x" });
    assert.deepEqual(before, copy);
  });

  it("shows the same after a replay as after a snapshot of the end", () => {
    const id = fc.constantFrom("a", "b", "c", "d");
    const step = fc.oneof(
      fc.record({
        type: fc.constant("item" as const),
        item: fc.tuple(id, fc.string()).map(([name, text]) => message(name, text)),
      }),
      fc.record({ type: fc.constant("text" as const), id, text: fc.string(), thinking: fc.boolean() }),
      fc.record({ type: fc.constant("remove" as const), id }),
      fc.record({ type: fc.constant("title" as const), title: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, cut) => {
        const messages = steps.map((one, index): ToWebview => ({ ...one, seq: index + 1, conversation: "c" }));
        const replayed = replay([snapshot(0), ...messages]);
        const host = hostAfter(steps);
        assert.deepEqual(replayed.items, host.items);
        assert.deepEqual(replayed.conversation, { id: "c", title: host.title });
        // A view that is opened anew in the middle ends the same.
        const half = hostAfter(steps.slice(0, cut));
        const reopened = replay([
          {
            type: "snapshot",
            seq: Math.min(cut, steps.length),
            conversation: { id: "c", title: half.title },
            items: half.items,
            activity: [],
            state,
          },
          ...messages.slice(cut),
        ]);
        assert.deepEqual(reopened.items, replayed.items);
        assert.deepEqual(reopened.conversation, replayed.conversation);
      }),
    );
  });
});

type Step =
  | { type: "item"; item: Item }
  | { type: "text"; id: string; text: string; thinking: boolean }
  | { type: "remove"; id: string }
  | { type: "title"; title: string };

/** What the host holds, kept in another way than the view keeps it: a map in order of arrival. */
function hostAfter(steps: readonly Step[]): { items: Item[]; title: string } {
  const items = new Map<string, Item>();
  let title = conversation.title;
  for (const step of steps) {
    if (step.type === "item") items.set(step.item.id, step.item);
    if (step.type === "remove") items.delete(step.id);
    if (step.type === "title") title = step.title;
    const item = step.type === "text" ? items.get(step.id) : undefined;
    if (step.type !== "text" || item?.kind !== "message") continue;
    const grown = step.thinking
      ? { thinking: (item.thinking ?? "") + step.text }
      : { content: item.content + step.text };
    items.set(step.id, { ...item, ...grown });
  }
  return { items: [...items.values()], title };
}
