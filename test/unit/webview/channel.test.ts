import assert from "node:assert/strict";
import { fromWebview, type ToWebview } from "../../../src/protocol/webview.ts";
import { createActions } from "../../../src/webview/actions.ts";
import { openChannel } from "../../../src/webview/channel.ts";

/** A window that the test sends messages to. */
function played() {
  const source = new EventTarget();
  const received: ToWebview[] = [];
  const refused: string[] = [];
  const api = { postMessage: () => {}, getState: () => undefined, setState: () => {} };
  const stop = openChannel(api, source as Window).listen(
    (message) => received.push(message),
    (why) => refused.push(why),
  );
  const send = (data: unknown) => source.dispatchEvent(Object.assign(new Event("message"), { data }));
  return { received, refused, send, stop };
}

describe("the view's channel", () => {
  it("lets through what the schema allows, and nothing after it was stopped", () => {
    const { received, send, stop } = played();
    send({ type: "title", seq: 1, conversation: "c", title: "T" });
    stop();
    send({ type: "title", seq: 2, conversation: "c", title: "U" });
    assert.deepEqual(received, [{ type: "title", seq: 1, conversation: "c", title: "T" }]);
  });

  it("says of everything else why it was refused", () => {
    const { received, refused, send } = played();
    for (const data of [
      undefined,
      7,
      "x",
      {},
      { type: "nonsense" },
      { type: "title", seq: "one", conversation: "c", title: "T" },
    ])
      send(data);
    assert.equal(received.length, 0);
    assert.equal(refused.length, 6);
    assert.match(refused[5] ?? "", /"title" at seq: /);
  });

  it("shows a snapshot without what it does not understand, and refuses one that is none", () => {
    const { received, refused, send } = played();
    const state = {
      ...{ agent: "idle", mode: "agent", examples: [] },
      model: { id: "m", label: "M", kind: "model" },
    };
    const known = { kind: "notice", id: "n", level: "info", text: "Known.", timestamp: 1 };
    const line = { seq: 1, timestamp: 1, type: "x.y", source: "p", text: "Done.", level: "info" };
    const snapshot = { type: "snapshot", seq: 4, conversation: { id: "c", title: "" }, state };
    send({
      ...snapshot,
      items: [{ kind: "hologram", id: "h" }, known, { ...known, timestamp: null }, null],
      activity: [{ ...line, timestamp: Number.NaN }, line],
    });
    assert.deepEqual(received, [{ ...snapshot, items: [known], activity: [line] }]);
    assert.match(refused[0] ?? "", /"snapshot" at items\.0/);
    send({ ...snapshot, items: "none", activity: [] });
    send({ ...snapshot, state: undefined, items: [known], activity: [] });
    assert.deepEqual([received.length, refused.length], [1, 3]);
  });
});

describe("the person's actions", () => {
  it("are messages that the host's schema takes", () => {
    const posted: unknown[] = [];
    const actions = createActions(
      (message) => posted.push(message),
      () => "c",
    );
    actions.send("hello", "queue");
    actions.stop();
    actions.newConversation();
    actions.openConversation("d");
    actions.renameConversation("d", "x".repeat(900));
    actions.deleteConversation("d");
    actions.searchHistory("q".repeat(900));
    actions.answer("q", { choice: "deny", feedback: "f".repeat(20_000) });
    actions.answer("q", { choice: "once", input: "{}" });
    actions.messageAction("m", 1);
    actions.openFile("a.ts", 3);
    actions.openFile("a.ts");
    actions.openDiff("q", 0);
    actions.insert("code");
    actions.pickModel();
    actions.setMode("ask");
    actions.command("parley.x");
    actions.toolDetail("t");
    actions.unqueue("m");
    actions.cancelCall("k");
    assert.equal(posted.length, 20);
    for (const message of posted) assert.deepEqual(fromWebview.parse(message), message);
    const types = new Set(posted.map((message) => (message as { type: string }).type));
    const known = fromWebview.options.map((option) => option.shape.type.value).filter((type) => type !== "ready");
    assert.deepEqual([...types].sort(), known.sort(), "every message of the schema has its action");
  });

  it("say nothing about a conversation before there is one", () => {
    const posted: unknown[] = [];
    const actions = createActions(
      (message) => posted.push(message),
      () => undefined,
    );
    actions.send("hello", "send");
    actions.stop();
    assert.deepEqual(posted, []);
  });
});
