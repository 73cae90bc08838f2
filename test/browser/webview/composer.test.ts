import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { stage } from "./stage.ts";
import * as states from "./states.ts";

describe("the composer", () => {
  const { view, shown, message, button } = stage();
  it("sends with Enter, breaks with Shift+Enter, and does neither while an input method composes", async () => {
    await shown(states.answered);
    await message().fill("one");
    await message().press("Shift+Enter");
    await message().pressSequentially("two");
    await message().dispatchEvent("keydown", { key: "Enter", isComposing: true });
    await message().dispatchEvent("keydown", { key: "Enter", keyCode: 229 });
    assert.equal(await message().inputValue(), "one\ntwo");
    await message().press("Enter");
    assert.deepEqual(await view().said("send"), { type: "send", conversation: "c1", text: "one\ntwo", how: "send" });
    assert.equal(await message().inputValue(), "");
    await message().press("Enter");
    assert.equal(
      (await view().posted()).filter(({ type }) => type === "send").length,
      1,
      "an empty message is not sent",
    );
  });

  it("grows with its text up to a limit", async () => {
    await shown([]);
    const height = async () => (await message().boundingBox())?.height ?? 0;
    const small = await height();
    await message().fill("a\nb\nc\nd");
    const middle = await height();
    await message().fill("line\n".repeat(200));
    assert.ok(
      small < middle && middle < (await height()) && (await height()) <= 330,
      `${small} ${middle} ${await height()}`,
    );
  });

  it("queues, steers and stops while the agent works", async () => {
    await shown(states.queued, states.running);
    for (const [keys, how] of [
      ["Enter", "queue"],
      ["Control+Enter", "steer"],
      ["Control+Shift+Enter", "stopAndSend"],
    ] as const) {
      await message().fill(how);
      await message().press(keys);
      assert.deepEqual(await view().said("send"), { type: "send", conversation: "c1", text: how, how });
    }
    await message().dispatchEvent("keydown", { key: "Escape", isComposing: true });
    assert.equal(
      (await view().posted()).some(({ type }) => type === "stop"),
      false,
    );
    await message().press("Escape");
    assert.deepEqual(await view().said("stop"), { type: "stop", conversation: "c1" });
    await message().fill("by menu");
    await button("More ways to send").click();
    await view().page.getByRole("menuitem", { name: /Steer/ }).click();
    assert.deepEqual(await view().said("send"), { type: "send", conversation: "c1", text: "by menu", how: "steer" });
  });

  it("shows the queue, takes one back to edit and removes one", async () => {
    await shown(states.queued, states.running);
    const queue = view().page.getByRole("region", { name: "Queued messages" });
    assert.equal(await queue.getByRole("listitem").count(), 2);
    await queue
      .getByRole("button", { name: /^Remove/ })
      .last()
      .click();
    assert.deepEqual(await view().said("unqueue"), { type: "unqueue", conversation: "c1", id: "u3" });
    await queue.getByRole("button", { name: /^Edit/ }).first().click();
    assert.deepEqual(await view().said("unqueue"), { type: "unqueue", conversation: "c1", id: "u2" });
    assert.equal(await message().inputValue(), "Then run the tests");
    await view().send({ type: "remove", conversation: "c1", id: "u2" });
    await view().send({ type: "remove", conversation: "c1", id: "u3" });
    await queue.waitFor({ state: "detached" });
  });

  it("chooses a mode, and asks the host for the model", async () => {
    await shown([], states.offline);
    await button("Mode: Agent").click();
    await view().page.getByRole("menuitemradio", { name: /Ask/ }).click();
    assert.deepEqual(await view().said("setMode"), { type: "setMode", mode: "ask" });
    await button("Connect a model").first().click();
    await view().said("pickModel");
    await button(states.offline.examples[0] ?? "").click();
    assert.equal((await view().said("send")).text, states.offline.examples[0]);
  });

  it("takes text and shows sections when the host asks", async () => {
    await shown(states.answered);
    await message().fill("Look at this:");
    await view().send({ type: "compose", text: "src/parser.ts:41" });
    await until("the text is there", async () => (await message().inputValue()) === "Look at this:\nsrc/parser.ts:41");
    await view().send({ type: "show", section: "activity" });
    await view().page.getByRole("region", { name: "Plugin activity" }).waitFor();
    await view().send({ type: "show", section: "history" });
    await view().page.getByRole("region", { name: "Conversations" }).waitFor();
    await view().send({ type: "show", section: "composer" });
    await until("the composer has the focus", () => message().evaluate((box) => box === document.activeElement));
  });

  it("keeps a draft for each conversation", async () => {
    await shown(states.answered);
    await message().fill("for the first");
    const other = { id: "c2", title: "Another" };
    await view().send({ type: "snapshot", conversation: other, items: [], activity: [], state: states.idle });
    await view().page.getByRole("heading", { name: "Another" }).waitFor();
    assert.equal(await message().inputValue(), "");
    await view().send(states.snapshot(states.answered));
    await until("the draft is back", async () => (await message().inputValue()) === "for the first");
  });
});
