import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import * as entries from "./entries.ts";
import { stage } from "./stage.ts";
import * as states from "./states.ts";

describe("the transcript", () => {
  const { view, shown, message, button, log, distance, atEnd } = stage();
  it("follows at its end only, and jumps back to it", async () => {
    await shown([...states.long(60), entries.assistant("s", "Now", { streaming: true })], states.running);
    const grow = (text: string) => view().send({ type: "text", conversation: "c1", id: "s", text });
    await atEnd();
    await grow("\n\nmore".repeat(40));
    await view().page.getByText("more").last().waitFor();
    await atEnd();
    await log().hover();
    await view().page.mouse.wheel(0, -600);
    await button("Jump to latest").waitFor();
    const before = await log().evaluate((box) => box.scrollTop);
    await grow(`${"\n\nmore".repeat(40)}\n\nthe end`);
    await until("the transcript has grown", async () => (await distance()) > 1_000);
    assert.equal(await log().evaluate((box) => box.scrollTop), before);
    await button("Jump to latest").click();
    await view().page.getByText("the end").waitFor();
    await atEnd();
  });

  it("leaves a row where it is when it is opened", async () => {
    await shown([...states.long(40), entries.tool("last", "Look closely")]);
    await atEnd();
    const row = button(/Look closely/);
    // Rows are measured when they are first drawn, and what opens is followed a frame later: the same place twice is the place.
    const place = async () => {
      let earlier = Number.NaN;
      let now = Number.NaN;
      const still = async () => {
        earlier = now;
        now = Math.round((await row.boundingBox())?.y ?? 0);
        return now === earlier;
      };
      await until("the rows have been measured", still, { everyMs: 150 });
      return now;
    };
    const before = await place();
    await row.click();
    await view().page.getByRole("region", { name: "Output" }).waitFor();
    const now = await place();
    // Following the end would move it by more than 200 pixels; a row above that is measured late, by a line.
    assert.ok(Math.abs(now - before) < 24, `${before} became ${now}`);
  });

  it("offers the way back when more comes below a row that was opened, or a question that was looked at", async () => {
    const streamed = entries.assistant("s", "Now", { streaming: true });
    await shown([entries.tool("only", "Look closely"), streamed], states.running);
    await button(/Look closely/).click();
    await view().send({ type: "text", conversation: "c1", id: "s", text: `${"\n\nmore".repeat(60)}\n\nthe end` });
    await button("Jump to latest").click();
    await view().page.getByText("the end", { exact: true }).waitFor();
    await atEnd();
    assert.equal(await button("Jump to latest").count(), 0);

    await view().send(states.snapshot([...states.asking, { ...streamed, id: "t" }], states.waiting));
    await button("Review").click();
    await view().send({ type: "text", conversation: "c1", id: "t", text: "\n\nmore".repeat(60) });
    await button("Jump to latest").waitFor();
  });

  it("stays where the person had scrolled to over a reload, and keeps the draft", async () => {
    const items = states.long(200);
    await shown(items);
    await atEnd();
    await message().fill("half a sent");
    await log().hover();
    await view().page.mouse.wheel(0, -5_000);
    const state = () => view().page.evaluate(() => sessionStorage.getItem("state") ?? "");
    await until(
      "the place and the draft are kept",
      async () => /"anchors":\[\[/.test(await state()) && (await state()).includes("half a sent"),
    );
    const topRow = () =>
      log().evaluate((box) => {
        const top = box.getBoundingClientRect().top;
        const row = [...box.querySelectorAll(".row")].find((one) => one.getBoundingClientRect().bottom > top + 1);
        return row?.textContent?.slice(0, 40);
      });
    const before = await topRow();
    await view().page.reload();
    assert.deepEqual(await view().said("ready"), { type: "ready", conversation: "c1" });
    await view().send(states.snapshot(items));
    await until("the same row is on top", async () => (await topRow()) === before);
    assert.equal(await message().inputValue(), "half a sent");
  });

  it("asks for a snapshot after a gap, once, and shows it", async () => {
    await shown([entries.user("u", "first")]);
    await view().sendRaw({ type: "remove", seq: 7, conversation: "c1", id: "u" });
    await view().sendRaw({ type: "remove", seq: 8, conversation: "c1", id: "u" });
    await until(
      "it asks again",
      async () => (await view().posted()).filter(({ type }) => type === "ready").length === 2,
    );
    await view().sendRaw({ ...states.snapshot([entries.user("u", "second")]), seq: 40 });
    await view().page.getByText("second").waitFor();
    assert.equal((await view().posted()).length, 2);
  });

  it("refuses what it does not understand and goes on", async () => {
    await shown([entries.user("u", "first")]);
    await view().sendRaw({ type: "item", seq: 1, conversation: "c1", item: { kind: "message", id: 7 } });
    await until("it says so", () => view().complaints.length > 0);
    assert.match(view().complaints.splice(0).join(), /refused a message "item" at item\./);
    await view().sendRaw({ type: "title", seq: 1, conversation: "c1", title: "Still here" });
    await view().page.getByRole("heading", { name: "Still here" }).waitFor();
  });

  it("presses the button of a plugin's message and of a notice", async () => {
    await shown(states.spoken);
    await button("Show problems").click();
    assert.deepEqual(await view().said("messageAction"), {
      type: "messageAction",
      conversation: "c1",
      id: "p1",
      index: 1,
    });
    await button("Open the log").click();
    assert.deepEqual(await view().said("command"), { type: "command", id: "parley.plugin.log" });
    assert.match((await log().locator(".chip").first().getAttribute("title")) ?? "", /sentinel.*Allowed by: bundled/);
  });

  it("fetches what it was not given of a call when the row is opened", async () => {
    await shown([entries.tool("t", "Search", { input: undefined, output: undefined })]);
    await button(/Search/).click();
    assert.deepEqual(await view().said("toolDetail"), { type: "toolDetail", conversation: "c1", id: "t" });
    await view().send({ type: "item", conversation: "c1", item: entries.tool("t", "Search", { truncated: true }) });
    await view().page.getByText("src/parser.ts:88").waitFor();
    await view().page.getByText("allowed by the rule").waitFor();
    await button("Show all of it").click();
    await until(
      "it asks for the rest",
      async () => (await view().posted()).filter(({ type }) => type === "toolDetail").length === 2,
    );
  });

  it("shows what runs in the background with its progress, cancels it, and says what was interrupted", async () => {
    const more = { detached: true, plugin: "goose", name: "loadTest", action: "write" };
    const running = {
      ...more,
      status: "running",
      endedAt: undefined,
      output: undefined,
      progress: "1,200 of 5,000 requests · 24 %",
    };
    await shown([
      entries.tool("done", "Search"),
      entries.tool("bg", "Load test", running as never),
      entries.tool("old", "Index the repository", { ...more, status: "interrupted", output: undefined } as never),
    ]);
    const row = view().page.getByRole("button", { name: /Load test.*in the background.*running/ });
    await row.waitFor();
    await view().page.getByText("1,200 of 5,000 requests · 24 %").waitFor();
    await view()
      .page.getByRole("button", { name: /Index the repository.*interrupted: the window closed/ })
      .waitFor();
    assert.equal(
      await view()
        .page.getByRole("button", { name: /^Cancel/ })
        .count(),
      1,
      "only what runs can be cancelled",
    );
    await view().picture("background");
    await button("Cancel Load test").click();
    assert.deepEqual(await view().said("cancelCall"), { type: "cancelCall", conversation: "c1", id: "bg" });
  });
});
