import assert from "node:assert/strict";
import type { ApprovalItem, Item, MessageItem, ToolItem } from "../../../src/protocol/webview.ts";
import { openQuestions, queueOf, type Row, rowsOf, type ToolNode } from "../../../src/webview/rows.ts";

const message = (id: string, more: Partial<MessageItem> = {}): Item => ({
  kind: "message",
  id,
  role: "assistant",
  content: id,
  timestamp: 1,
  ...more,
});
const tool = (id: string, more: Partial<ToolItem> = {}): Item => ({
  kind: "tool",
  id,
  caller: "agent",
  plugin: "p",
  name: "n",
  title: id,
  action: "read",
  status: "succeeded",
  timestamp: 1,
  ...more,
});
const approval = (id: string, callId: string, more: Partial<ApprovalItem> = {}): Item => ({
  kind: "approval",
  id,
  callId,
  caller: "agent",
  plugin: "p",
  name: "n",
  title: id,
  action: "write",
  input: "{}",
  timestamp: 1,
  ...more,
});

const tree = ({ item, children }: ToolNode): string =>
  children.length === 0 ? item.id : `${item.id}(${children.map(tree).join(" ")})`;
const shape = (rows: Row[]) => rows.map((row) => (row.kind === "tool" ? tree(row.node) : `${row.kind}:${row.key}`));

describe("the rows of the transcript", () => {
  it("put calls below the call that caused them, wherever they come", () => {
    const items = [
      tool("a"),
      message("m"),
      tool("b", { parent: "a" }),
      tool("c", { parent: "b" }),
      tool("d", { parent: "a" }),
    ];
    assert.deepEqual(shape(rowsOf(items)), ["a(b(c) d)", "message:m"]);
  });

  it("show a call by itself when its parent is not here or is itself", () => {
    assert.deepEqual(shape(rowsOf([tool("a", { parent: "gone" }), tool("b", { parent: "b" })])), ["a", "b"]);
  });

  it("end even when calls name each other as parents", () => {
    assert.deepEqual(shape(rowsOf([tool("a", { parent: "b" }), tool("b", { parent: "a" }), tool("c")])), ["c"]);
  });

  it("show an open question in place of its call, and an answered one inside it", () => {
    const asking = [tool("t", { status: "asking" }), approval("q", "t")];
    assert.deepEqual(shape(rowsOf(asking)), ["approval:q"]);
    const [row] = rowsOf([tool("t"), approval("q", "t", { choice: "once" })]);
    assert.equal(row?.kind === "tool" && row.node.approval?.choice, "once");
    assert.deepEqual(shape(rowsOf([approval("q", "gone", { choice: "deny" })])), ["approval:q"]);
  });

  it("keep the person's queue out, but show a plugin's queued message", () => {
    const origin = { plugin: "p", intent: "context" } as const;
    const items = [message("u", { role: "user", queued: true }), message("p", { role: "user", queued: true, origin })];
    assert.deepEqual(shape(rowsOf(items)), ["message:p"]);
    assert.deepEqual(
      queueOf(items).map(({ id }) => id),
      ["u"],
    );
  });

  it("name the model once for a turn, and again after somebody else spoke", () => {
    const origin = { plugin: "p", intent: "notify" } as const;
    const rows = rowsOf([
      message("u", { role: "user" }),
      message("a"),
      tool("t"),
      message("b"),
      message("p", { origin }),
      message("c"),
      message("d", { by: "rules" }),
    ]);
    const authors = rows.flatMap((row) => (row.kind === "message" ? [`${row.key} ${row.author}`] : []));
    assert.deepEqual(authors, ["u true", "a true", "b false", "p true", "c true", "d true"]);
  });

  it("know the questions that wait", () => {
    const items = [approval("q", "t"), approval("r", "t", { choice: "deny" })];
    assert.deepEqual(
      openQuestions(items).map(({ id }) => id),
      ["q"],
    );
  });
});
