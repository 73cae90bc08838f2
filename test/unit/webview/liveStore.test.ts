import assert from "node:assert/strict";
import type { ToWebview, ViewState } from "../../../src/protocol/webview.ts";
import { liveStore } from "../../../src/webview/liveStore.ts";

const state: ViewState = { agent: "idle", model: { id: "m", label: "M", kind: "model" }, mode: "agent", examples: [] };
const snapshot = (seq: number): ToWebview => ({
  type: "snapshot",
  seq,
  conversation: { id: "c", title: "" },
  items: [{ kind: "message", id: "a", role: "assistant", content: "", timestamp: 1 }],
  activity: [],
  state,
});
const text = (seq: number): ToWebview => ({ type: "text", seq, conversation: "c", id: "a", text: "x" });

/** A store whose frames the test runs. */
function played() {
  const frames: (() => void)[] = [];
  let asked = 0;
  let told = 0;
  const store = liveStore(
    () => asked++,
    (run) => frames.push(run),
  );
  store.subscribe(() => told++);
  const frame = () => {
    for (const run of frames.splice(0)) run();
  };
  return { store, frame, frames, asked: () => asked, told: () => told };
}

describe("the view's live store", () => {
  it("tells its listeners once for all that came within a frame", () => {
    const { store, frame, frames, told } = played();
    for (const message of [snapshot(0), text(1), text(2), text(3)]) store.receive(message);
    assert.deepEqual([frames.length, told(), store.model().synced], [1, 0, false]);
    frame();
    assert.equal(told(), 1);
    const [item] = store.model().items;
    assert.equal(item?.kind === "message" && item.content, "xxx");
  });

  it("asks for a snapshot once for each gap", () => {
    const { store, asked } = played();
    for (const message of [snapshot(0), text(2), text(3), text(4)]) store.receive(message);
    assert.equal(asked(), 1);
    for (const message of [snapshot(9), text(10)]) store.receive(message);
    assert.equal(asked(), 1);
    store.receive(text(12));
    assert.equal(asked(), 2);
  });

  it("does not tell anybody when nothing changed", () => {
    const { store, frame, told } = played();
    store.receive(snapshot(5));
    frame();
    store.receive(text(5));
    frame();
    assert.equal(told(), 1);
  });
});
