import assert from "node:assert/strict";
import { openMemory } from "../../../src/webview/memory.ts";

/** What VS Code keeps for a webview. */
function kept(state?: unknown) {
  return {
    state,
    getState() {
      return this.state;
    },
    setState(next: unknown) {
      this.state = structuredClone(next);
    },
  };
}

describe("the view's memory", () => {
  it("gives back in the next life what was kept in the last", () => {
    const api = kept();
    const first = openMemory(api);
    first.setConversation("c");
    first.setDraft("c", "half a sent");
    first.setAnchor("c", { id: "m7", offset: 12 });
    first.setActivityOpen(true);
    const second = openMemory(kept(api.state));
    assert.deepEqual(
      [second.conversation(), second.draft("c"), second.draft("d"), second.anchor("c"), second.activityOpen()],
      ["c", "half a sent", "", { id: "m7", offset: 12 }, true],
    );
    second.setDraft("c", "");
    second.setAnchor("c", undefined);
    assert.deepEqual([second.draft("c"), second.anchor("c")], ["", undefined]);
  });

  it("stays small", () => {
    const memory = openMemory(kept());
    for (let index = 0; index < 50; index++) memory.setDraft(`c${index}`, "x");
    assert.deepEqual([memory.draft("c29"), memory.draft("c30"), memory.draft("c49")], ["", "x", "x"]);
  });

  it("starts empty from a state that it does not understand", () => {
    for (const state of [7, "x", null, { drafts: "no" }, { anchors: [["a", { id: 1 }]] }]) {
      assert.deepEqual([openMemory(kept(state)).draft("c"), openMemory(kept(state)).activityOpen()], ["", false]);
    }
  });
});
