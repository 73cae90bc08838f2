import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import * as entries from "./entries.ts";
import { stage } from "./stage.ts";
import * as states from "./states.ts";

describe("history and activity", () => {
  const { view, shown, button, log } = stage();
  const open = async () => {
    await button("Conversations").click();
    await view().said("history");
    await view().send({ type: "history", query: "", conversations: states.history });
    await view().page.getByText("needs you").waitFor();
  };

  it("searches, opens, renames and deletes conversations", async () => {
    await shown(states.answered);
    await open();
    await view().page.getByRole("searchbox", { name: "Search conversations" }).fill("parse");
    await until("it asks", async () => (await view().said("history")).query === "parse");
    await view().send({ type: "history", query: "parse", conversations: states.history.slice(0, 2) });
    await button("Rename Rename parseLine").click();
    await view().page.getByRole("textbox", { name: "New title" }).fill("Better");
    await view().page.keyboard.press("Enter");
    assert.deepEqual(await view().said("renameConversation"), {
      type: "renameConversation",
      id: "c2",
      title: "Better",
    });
    await button("Delete Comments in the parser").click();
    assert.equal(
      await button("Keep").evaluate((one) => one === document.activeElement),
      true,
      "the safe answer has the focus",
    );
    await button("Delete").last().waitFor();
    await view().page.getByRole("button", { name: "Delete", exact: true }).click();
    assert.deepEqual(await view().said("deleteConversation"), { type: "deleteConversation", id: "c1" });
    await button(/^Rename parseLine/).click();
    assert.deepEqual(await view().said("openConversation"), { type: "openConversation", id: "c2" });
    await log().waitFor();
  });

  it("says when nothing was found", async () => {
    await shown(states.answered);
    await open();
    await view().send({ type: "history", query: "zzz", conversations: [] });
    await view().page.getByText("Nothing found for “zzz”.").waitFor();
  });

  it("begins a new conversation", async () => {
    await shown(states.answered);
    await button("New conversation").click();
    await view().said("newConversation");
  });

  it("shows activity as it comes, filters it, and stays open over a reload", async () => {
    await shown(states.answered);
    await button("Plugin activity").click();
    const entry = {
      seq: 99,
      timestamp: 1,
      type: "call.failed",
      source: "goose",
      text: "no such method",
      level: "error",
    } as const;
    await view().send({ type: "activity", entries: [entry] });
    await view().page.getByText("no such method").waitFor();
    await view().page.getByRole("searchbox", { name: "Filter activity" }).fill("goose FAILED");
    await view().page.getByText("1 of 4").waitFor();
    await view().page.reload();
    await view().send(states.snapshot(states.answered));
    await view().page.getByRole("region", { name: "Plugin activity" }).waitFor();
  });

  it("opens at what happened last, however many lines are measured on the way", async () => {
    const before = Array.from({ length: 300 }, (_, seq) => ({
      ...{ seq, timestamp: seq, type: "plugin.deactivated", source: "host", level: "info" as const },
      text: "stopped, since it was updated. ".repeat(1 + (seq % 7)),
    }));
    const newest = {
      seq: 300,
      timestamp: 300,
      type: "bell.rings",
      source: "p",
      level: "info",
      text: "the newest",
    } as const;
    await shown(states.answered);
    await view().send({ type: "activity", entries: [...before, newest] });
    await button("Plugin activity").click();
    const line = view().page.getByText("the newest");
    await line.waitFor();
    const list = view().page.getByRole("region", { name: "Events" });
    const left = () => list.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight);
    let still = 0;
    await until("it stands at its end", async () => {
      still = (await left()) < 24 ? still + 1 : 0;
      return still >= 5;
    });
  });

  it("says of a line by which rules it was allowed, when it is opened by the keyboard", async () => {
    await shown(states.answered);
    await button("Plugin activity").click();
    const why =
      "plugin:goose: plugin:goose may publish bell.>: a right that the plugin was granted. [grant:1]\nagent: It may. [builtin:x]";
    const entry = {
      seq: 99,
      timestamp: 1,
      type: "bell.rings",
      source: "goose",
      text: "ding",
      level: "info",
      why,
    } as const;
    await view().send({ type: "activity", entries: [entry] });
    const line = view().page.locator("summary", { hasText: "ding" });
    await line.focus();
    assert.equal(await view().page.getByText("may publish bell").isVisible(), false);
    await view().page.keyboard.press("Enter");
    await view().page.getByText("may publish bell.>: a right that the plugin was granted. [grant:1]").waitFor();
    await view().page.getByText("agent: It may. [builtin:x]").waitFor();
    await view().page.getByRole("searchbox", { name: "Filter activity" }).fill("grant:1");
    await view().page.getByText("1 of 4").waitFor();
  });

  it("keeps the newest five hundred lines and mounts only those in view", async () => {
    await shown(states.answered);
    await button("Plugin activity").click();
    await view().send({
      type: "activity",
      entries: entries.activity(900).map((entry) => ({ ...entry, seq: entry.seq + 10 })),
    });
    await view().page.getByText("500", { exact: true }).waitFor();
    assert.ok((await view().page.locator(".activity-line").count()) < 60);
  });
});
