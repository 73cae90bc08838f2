import assert from "node:assert/strict";
import type { Item, MessageItem, ToolItem } from "../../../src/protocol/webview.ts";
import { announcements } from "../../../src/webview/announce.ts";
import { emptyModel, type Model } from "../../../src/webview/store.ts";

const model = (items: Item[], id = "c"): Model => ({
  ...emptyModel,
  synced: true,
  conversation: { id, title: "" },
  items,
});
const reply = (more: Partial<MessageItem> = {}): Item => ({
  kind: "message",
  id: "a",
  role: "assistant",
  content: "It is **in** `parse`, see [there](src/a.ts).",
  timestamp: 1,
  ...more,
});
const said = (before: Item[], after: Item[]) => announcements(model(before), model(after));

describe("what a screen reader is told", () => {
  it("is a reply when it has ended, without its marks, and not while it streams", () => {
    assert.deepEqual(said([], [reply({ streaming: true })]), []);
    assert.deepEqual(said([reply({ streaming: true, content: "It" })], [reply({ streaming: true })]), []);
    assert.deepEqual(said([reply({ streaming: true })], [reply()]), [
      { text: "Reply: It is in parse, see there.", urgent: false },
    ]);
  });

  it("is a plugin's message with its name, and never the person's own", () => {
    const origin = { plugin: "sentinel", intent: "notify" } as const;
    assert.equal(said([], [reply({ origin })])[0]?.text, "Message from sentinel: It is in parse, see there.");
    assert.deepEqual(said([], [reply({ role: "user" })]), []);
  });

  it("is a question at once, but not again when it is answered", () => {
    const question = {
      kind: "approval",
      id: "q",
      callId: "t",
      caller: "agent",
      plugin: "p",
      name: "n",
      title: "Change a.ts",
      action: "write",
      input: "{}",
      timestamp: 1,
    } as const;
    assert.deepEqual(said([], [question]), [{ text: "Approval needed: Change a.ts, from p.", urgent: true }]);
    assert.deepEqual(said([question], [{ ...question, choice: "once" }]), []);
  });

  it("is how work in the background ends, also below another call, and not what ended long ago", () => {
    const work: ToolItem = {
      kind: "tool",
      ...{ id: "t", parent: "u", caller: "plugin:p", plugin: "p", name: "n", title: "Index", action: "read" },
      ...{ status: "running", detached: true, timestamp: 1 },
    };
    const how = (status: "succeeded" | "failed" | "cancelled" | "interrupted") =>
      said([work], [{ ...work, status, outcome: "Why." }])[0]?.text;
    assert.equal(how("succeeded"), "Index, in the background, has ended. Why.");
    assert.equal(how("failed"), "Index, in the background, failed. Why.");
    assert.equal(how("cancelled"), "Index, in the background, was cancelled. Why.");
    assert.equal(how("interrupted"), "Index, in the background, was interrupted. Why.");
    assert.deepEqual(said([], [{ ...work, status: "succeeded" }]), []);
    assert.deepEqual(said([work], [{ ...work, detached: undefined, status: "succeeded" }]), []);
  });

  it("is a failed call, and an error at once", () => {
    const call = {
      kind: "tool",
      id: "t",
      caller: "agent",
      plugin: "p",
      name: "n",
      title: "Search",
      action: "read",
      status: "running",
      timestamp: 1,
    } as const;
    assert.deepEqual(said([call], [{ ...call, status: "failed", outcome: "No folder." }]), [
      { text: "Search failed. No folder.", urgent: false },
    ]);
    const notice = {
      kind: "notice",
      id: "n",
      level: "error",
      text: "It broke.",
      todo: "Start again.",
      timestamp: 1,
    } as const;
    assert.deepEqual(said([], [notice]), [{ text: "It broke. Start again.", urgent: true }]);
  });

  it("is nothing of what was there when a conversation is opened, and never endless", () => {
    assert.deepEqual(announcements(emptyModel, model([reply()])), []);
    assert.deepEqual(announcements(model([], "other"), model([reply()])), []);
    assert.ok((said([], [reply({ content: "word ".repeat(9_999) })])[0]?.text.length ?? 0) < 300);
    const many = Array.from({ length: 50 }, (_, index) => reply({ id: `m${index}`, content: `${index}` }));
    assert.deepEqual(
      said([], many).map(({ text }) => text),
      ["Reply: 47", "Reply: 48", "Reply: 49"],
    );
  });
});
