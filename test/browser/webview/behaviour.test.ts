import assert from "node:assert/strict";
import type { Item } from "../../../src/protocol/webview.ts";
import { until } from "../../support/until.ts";
import { Harness, type View } from "./harness.ts";
import * as states from "./states.ts";

let harness: Harness;
let view: View;
before(async () => {
  harness = await Harness.open();
});
after(() => harness.close());
afterEach(async () => {
  assert.deepEqual(view.complaints, []);
  await view.close();
});

const shown = async (items: Item[], state = states.idle) => {
  view = await harness.view({ reducedMotion: true });
  await view.send(states.snapshot(items, state, states.activity(3)));
  await view.page.getByRole("main", { name: "Parley" }).waitFor();
};
const message = () => view.page.getByRole("textbox", { name: "Message" });
const button = (name: string | RegExp) => view.page.getByRole("button", { name });
const log = () => view.page.getByRole("region", { name: "Conversation" });
const distance = () => log().evaluate((box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight));
const atEnd = () => until("the transcript is at its end", async () => (await distance()) < 3);

describe("Markdown in the view", () => {
  it("is never HTML, loads no picture, and leads nowhere but to the web and to files", async () => {
    const hostile = [
      '<img src="https://evil.example/a.png" onerror="document.title=1"> <script>document.title=2</script>',
      "![tracker](https://evil.example/b.png)",
      "[run](command:parley.stop) [js](javascript:alert(1)) [data](data:text/html,x) [odd](vscode://x)",
      "[web](https://example.com/a) and https://example.com/b. <javascript:alert(1)>",
    ].join("\n\n");
    await shown([states.assistant("a", hostile)]);
    await view.page.getByText("<script>").waitFor();
    assert.equal(await log().locator("img, script, iframe, svg").count(), 0);
    assert.equal(await view.page.title(), "Parley");
    const addresses = await log()
      .locator("a")
      .evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    assert.deepEqual(addresses, ["https://evil.example/b.png", "https://example.com/a", "https://example.com/b"]);
    await log().getByText("run", { exact: true }).click();
    assert.deepEqual(
      (await view.posted()).map(({ type }) => type),
      ["ready"],
    );
  });

  it("opens files from links, code spans and running text at their line", async () => {
    await shown([
      states.assistant(
        "a",
        "See [lexer](src/lexer.ts#L12), `src/parser.ts:41`, and main.py:7 too; `parse` is no file.",
      ),
    ]);
    for (const [name, path, line] of [
      ["lexer", "src/lexer.ts", 12],
      ["src/parser.ts:41", "src/parser.ts", 41],
      ["main.py:7", "main.py", 7],
    ] as const) {
      await button(name).click();
      assert.deepEqual(await view.said("openFile"), { type: "openFile", path, line });
    }
    assert.equal(await button(/^parse$/).count(), 0);
  });

  it("copies and inserts code as it was written", async () => {
    const code = 'if (a < b && c) {\n\n  print("x");\n}';
    await shown([states.assistant("a", `\`\`\`ts\n${code}\n\`\`\``)]);
    await button("Insert at cursor").click();
    assert.deepEqual(await view.said("insert"), { type: "insert", text: code });
    await button("Copy code").click();
    await button("Copied").waitFor();
    assert.equal(await view.page.evaluate(() => navigator.clipboard.readText()), code);
    await view.page.locator(".tok-control").waitFor();
    assert.equal(await log().locator("pre.code").textContent(), code);
  });

  it("lets long code be selected line by line", async () => {
    const code = Array.from({ length: 130 }, (_, index) => (index % 7 === 3 ? "" : `let a${index};`)).join("\n");
    await shown([states.assistant("a", `\`\`\`ts\n${code}\n\`\`\``)]);
    await view.page.locator(".tok-keyword").last().waitFor();
    const selected = await log()
      .locator("pre.code")
      .evaluate((pre) => {
        window.getSelection()?.selectAllChildren(pre);
        return window.getSelection()?.toString();
      });
    assert.equal(selected, code);
  });

  it("shows a stream as it comes, with its code coloured line by line", async () => {
    await shown([states.assistant("a", "", { streaming: true })], states.running);
    for (const piece of states.reply.match(/[\s\S]{1,37}/g) ?? []) {
      await view.send({ type: "text", conversation: "c1", id: "a", text: piece });
    }
    await view.page.getByText("removed the double").waitFor();
    await view.page.locator(".tok-keyword", { hasText: "function" }).waitFor();
    assert.equal(await log().getByRole("table").count(), 1);
    await view.send({ type: "item", conversation: "c1", item: states.assistant("a", states.reply) });
    await view.page.locator(".streaming").waitFor({ state: "detached" });
    assert.equal(await log().locator(".tok-comment").first().textContent(), "// src/parser.ts");
  });
});

describe("the transcript", () => {
  it("follows at its end only, and jumps back to it", async () => {
    await shown([...states.long(60), states.assistant("s", "Now", { streaming: true })], states.running);
    const grow = (text: string) => view.send({ type: "text", conversation: "c1", id: "s", text });
    await atEnd();
    await grow("\n\nmore".repeat(40));
    await view.page.getByText("more").last().waitFor();
    await atEnd();
    await log().hover();
    await view.page.mouse.wheel(0, -600);
    await button("Jump to latest").waitFor();
    const before = await log().evaluate((box) => box.scrollTop);
    await grow(`${"\n\nmore".repeat(40)}\n\nthe end`);
    await until("the transcript has grown", async () => (await distance()) > 1_000);
    assert.equal(await log().evaluate((box) => box.scrollTop), before);
    await button("Jump to latest").click();
    await view.page.getByText("the end").waitFor();
    await atEnd();
  });

  it("leaves a row where it is when it is opened", async () => {
    await shown([...states.long(40), states.tool("last", "Look closely")]);
    await atEnd();
    const row = button(/Look closely/);
    const before = await row.boundingBox();
    await row.click();
    await view.page.getByRole("region", { name: "Output" }).waitFor();
    assert.ok(Math.abs(((await row.boundingBox())?.y ?? 0) - (before?.y ?? 0)) < 3);
  });

  it("stays where the person had scrolled to over a reload, and keeps the draft", async () => {
    const items = states.long(200);
    await shown(items);
    await atEnd();
    await message().fill("half a sent");
    await log().hover();
    await view.page.mouse.wheel(0, -5_000);
    const state = () => view.page.evaluate(() => sessionStorage.getItem("state") ?? "");
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
    await view.page.reload();
    assert.deepEqual(await view.said("ready"), { type: "ready", conversation: "c1" });
    await view.send(states.snapshot(items));
    await until("the same row is on top", async () => (await topRow()) === before);
    assert.equal(await message().inputValue(), "half a sent");
  });

  it("asks for a snapshot after a gap, once, and shows it", async () => {
    await shown([states.user("u", "first")]);
    await view.sendRaw({ type: "remove", seq: 7, conversation: "c1", id: "u" });
    await view.sendRaw({ type: "remove", seq: 8, conversation: "c1", id: "u" });
    await until("it asks again", async () => (await view.posted()).filter(({ type }) => type === "ready").length === 2);
    await view.sendRaw({ ...states.snapshot([states.user("u", "second")]), seq: 40 });
    await view.page.getByText("second").waitFor();
    assert.equal((await view.posted()).length, 2);
  });

  it("refuses what it does not understand and goes on", async () => {
    await shown([states.user("u", "first")]);
    await view.sendRaw({ type: "item", seq: 1, conversation: "c1", item: { kind: "message", id: 7 } });
    await until("it says so", () => view.complaints.length > 0);
    assert.match(view.complaints.splice(0).join(), /refused a message "item" at item\./);
    await view.sendRaw({ type: "title", seq: 1, conversation: "c1", title: "Still here" });
    await view.page.getByRole("heading", { name: "Still here" }).waitFor();
  });

  it("presses the button of a plugin's message and of a notice", async () => {
    await shown(states.spoken);
    await button("Show problems").click();
    assert.deepEqual(await view.said("messageAction"), {
      type: "messageAction",
      conversation: "c1",
      id: "p1",
      index: 1,
    });
    await button("Open the log").click();
    assert.deepEqual(await view.said("command"), { type: "command", id: "parley.plugin.log" });
    assert.match((await log().locator(".chip").first().getAttribute("title")) ?? "", /sentinel.*Allowed by: bundled/);
  });

  it("fetches what it was not given of a call when the row is opened", async () => {
    await shown([states.tool("t", "Search", { input: undefined, output: undefined })]);
    await button(/Search/).click();
    assert.deepEqual(await view.said("toolDetail"), { type: "toolDetail", conversation: "c1", id: "t" });
    await view.send({ type: "item", conversation: "c1", item: states.tool("t", "Search", { truncated: true }) });
    await view.page.getByText("src/parser.ts:88").waitFor();
    await view.page.getByText("allowed by the rule").waitFor();
    await button("Show all of it").click();
    await until(
      "it asks for the rest",
      async () => (await view.posted()).filter(({ type }) => type === "toolDetail").length === 2,
    );
  });
});

describe("the composer", () => {
  it("sends with Enter, breaks with Shift+Enter, and does neither while an input method composes", async () => {
    await shown(states.answered);
    await message().fill("one");
    await message().press("Shift+Enter");
    await message().pressSequentially("two");
    await message().dispatchEvent("keydown", { key: "Enter", isComposing: true });
    await message().dispatchEvent("keydown", { key: "Enter", keyCode: 229 });
    assert.equal(await message().inputValue(), "one\ntwo");
    await message().press("Enter");
    assert.deepEqual(await view.said("send"), { type: "send", conversation: "c1", text: "one\ntwo", how: "send" });
    assert.equal(await message().inputValue(), "");
    await message().press("Enter");
    assert.equal((await view.posted()).filter(({ type }) => type === "send").length, 1, "an empty message is not sent");
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
      assert.deepEqual(await view.said("send"), { type: "send", conversation: "c1", text: how, how });
    }
    await message().dispatchEvent("keydown", { key: "Escape", isComposing: true });
    assert.equal(
      (await view.posted()).some(({ type }) => type === "stop"),
      false,
    );
    await message().press("Escape");
    assert.deepEqual(await view.said("stop"), { type: "stop", conversation: "c1" });
    await message().fill("by menu");
    await button("More ways to send").click();
    await view.page.getByRole("menuitem", { name: /Steer/ }).click();
    assert.deepEqual(await view.said("send"), { type: "send", conversation: "c1", text: "by menu", how: "steer" });
  });

  it("shows the queue, takes one back to edit and removes one", async () => {
    await shown(states.queued, states.running);
    const queue = view.page.getByRole("region", { name: "Queued messages" });
    assert.equal(await queue.getByRole("listitem").count(), 2);
    await queue
      .getByRole("button", { name: /^Remove/ })
      .last()
      .click();
    assert.deepEqual(await view.said("unqueue"), { type: "unqueue", conversation: "c1", id: "u3" });
    await queue.getByRole("button", { name: /^Edit/ }).first().click();
    assert.deepEqual(await view.said("unqueue"), { type: "unqueue", conversation: "c1", id: "u2" });
    assert.equal(await message().inputValue(), "Then run the tests");
    await view.send({ type: "remove", conversation: "c1", id: "u2" });
    await view.send({ type: "remove", conversation: "c1", id: "u3" });
    await queue.waitFor({ state: "detached" });
  });

  it("chooses a mode, and asks the host for the model", async () => {
    await shown([], states.offline);
    await button("Mode: Agent").click();
    await view.page.getByRole("menuitemradio", { name: /Ask/ }).click();
    assert.deepEqual(await view.said("setMode"), { type: "setMode", mode: "ask" });
    await button("Connect a model").first().click();
    await view.said("pickModel");
    await button(states.offline.examples[0] ?? "").click();
    assert.equal((await view.said("send")).text, states.offline.examples[0]);
  });

  it("takes text and shows sections when the host asks", async () => {
    await shown(states.answered);
    await message().fill("Look at this:");
    await view.send({ type: "compose", text: "src/parser.ts:41" });
    await until("the text is there", async () => (await message().inputValue()) === "Look at this:\nsrc/parser.ts:41");
    await view.send({ type: "show", section: "activity" });
    await view.page.getByRole("region", { name: "Plugin activity" }).waitFor();
    await view.send({ type: "show", section: "history" });
    await view.page.getByRole("region", { name: "Conversations" }).waitFor();
    await view.send({ type: "show", section: "composer" });
    await until("the composer has the focus", () => message().evaluate((box) => box === document.activeElement));
  });

  it("keeps a draft for each conversation", async () => {
    await shown(states.answered);
    await message().fill("for the first");
    const other = { id: "c2", title: "Another" };
    await view.send({ type: "snapshot", conversation: other, items: [], activity: [], state: states.idle });
    await view.page.getByRole("heading", { name: "Another" }).waitFor();
    assert.equal(await message().inputValue(), "");
    await view.send(states.snapshot(states.answered));
    await until("the draft is back", async () => (await message().inputValue()) === "for the first");
  });
});

describe("an approval", () => {
  const card = (name: string) => view.page.getByRole("region", { name });

  it("shows exactly what is asked, and does not take the focus", async () => {
    await shown([states.user("u", "go")], states.running);
    await message().fill("typing");
    for (const item of states.askingTwice) await view.send({ type: "item", conversation: "c1", item });
    await card("Run npm test").waitFor();
    assert.equal(await message().evaluate((box) => box === document.activeElement), true);
    await view.page.getByRole("alert").filter({ hasText: "Approval needed: Run npm test, from goose." }).waitFor();
    const text = (await card("Run npm test").textContent()) ?? "";
    for (const part of ["goose", "/home/ada/sample", '"timeoutMs": 60000', "tools that write are asked about"])
      assert.ok(text.includes(part), part);
    await card("Change src/parser.ts").getByText("withoutComment(line)").waitFor();
    await button("Open diff").click();
    assert.deepEqual(await view.said("openDiff"), { type: "openDiff", conversation: "c1", id: "q1", index: 0 });
  });

  for (const [name, choice] of [
    ["Allow once", "once"],
    ["in this conversation", "conversation"],
    ["in this workspace", "workspace"],
    ["anywhere", "always"],
    ["Deny", "deny"],
  ] as const) {
    it(`is answered with “${name}”, once`, async () => {
      await shown(states.askingTwice, states.waiting);
      await card("Run npm test").getByRole("button", { name, exact: true }).click();
      assert.deepEqual(await view.said("approve"), { type: "approve", conversation: "c1", id: "q2", choice });
      await card("Run npm test").waitFor({ state: "detached" });
      assert.equal(await card("Change src/parser.ts").count(), 1, "the other still waits");
    });
  }

  it("takes edited arguments, but only JSON, and the original ones when nothing was changed", async () => {
    await shown(states.askingTwice, states.waiting);
    const { id } = states.askingTwice.at(-1) ?? { id: "" };
    await card("Run npm test").getByRole("button", { name: "Edit" }).click();
    const area = card("Run npm test").getByRole("textbox", { name: "Arguments as JSON" });
    await area.fill("[1]");
    assert.equal(await card("Run npm test").getByRole("button", { name: "Allow once" }).isDisabled(), true);
    await area.fill('{"command":"npm run check"}');
    await card("Run npm test").getByRole("button", { name: "Allow once" }).click();
    const answer = await view.said("approve");
    assert.deepEqual([answer.id, answer.input], [id, '{"command":"npm run check"}']);
  });

  it("is denied with a word for the model", async () => {
    await shown(states.asking, states.waiting);
    await button("Deny and say why").click();
    await view.page.getByRole("textbox", { name: /Why you deny/ }).fill("Keep the old rule.");
    await view.page.keyboard.press("Enter");
    const expected = { type: "approve", conversation: "c1", id: "q1", choice: "deny", feedback: "Keep the old rule." };
    assert.deepEqual(await view.said("approve"), expected);
  });

  it("becomes part of its call once it is answered, with its diff", async () => {
    await shown(states.asking, states.waiting);
    const answered = states.asking.map(
      (item): Item =>
        item.kind === "approval"
          ? { ...item, choice: "once" }
          : item.kind === "tool"
            ? { ...item, status: "succeeded", output: "ok" }
            : item,
    );
    await view.send(states.snapshot(answered));
    await button(/Change src\/parser.ts/).click();
    await view.page.getByText("allowed once").waitFor();
    await button("Open diff").waitFor();
  });

  it("can be reached from far away", async () => {
    await shown([...states.asking, ...states.long(300)], states.waiting);
    await atEnd();
    await button("Review").click();
    await until("the card has the focus", () =>
      card("Change src/parser.ts").evaluate((box) => box === document.activeElement),
    );
    const box = await card("Change src/parser.ts").boundingBox();
    assert.ok(box && box.y < 800 && box.y + box.height > 0, JSON.stringify(box));
  });
});

describe("history and activity", () => {
  const open = async () => {
    await button("Conversations").click();
    await view.said("history");
    await view.send({ type: "history", query: "", conversations: states.history });
    await view.page.getByText("needs you").waitFor();
  };

  it("searches, opens, renames and deletes conversations", async () => {
    await shown(states.answered);
    await open();
    await view.page.getByRole("searchbox", { name: "Search conversations" }).fill("parse");
    await until("it asks", async () => (await view.said("history")).query === "parse");
    await view.send({ type: "history", query: "parse", conversations: states.history.slice(0, 2) });
    await button("Rename Rename parseLine").click();
    await view.page.getByRole("textbox", { name: "New title" }).fill("Better");
    await view.page.keyboard.press("Enter");
    assert.deepEqual(await view.said("renameConversation"), { type: "renameConversation", id: "c2", title: "Better" });
    await button("Delete Comments in the parser").click();
    assert.equal(
      await button("Keep").evaluate((one) => one === document.activeElement),
      true,
      "the safe answer has the focus",
    );
    await button("Delete").last().waitFor();
    await view.page.getByRole("button", { name: "Delete", exact: true }).click();
    assert.deepEqual(await view.said("deleteConversation"), { type: "deleteConversation", id: "c1" });
    await button(/^Rename parseLine/).click();
    assert.deepEqual(await view.said("openConversation"), { type: "openConversation", id: "c2" });
    await log().waitFor();
  });

  it("says when nothing was found", async () => {
    await shown(states.answered);
    await open();
    await view.send({ type: "history", query: "zzz", conversations: [] });
    await view.page.getByText("Nothing found for “zzz”.").waitFor();
  });

  it("begins a new conversation", async () => {
    await shown(states.answered);
    await button("New conversation").click();
    await view.said("newConversation");
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
    await view.send({ type: "activity", entries: [entry] });
    await view.page.getByText("no such method").waitFor();
    await view.page.getByRole("searchbox", { name: "Filter activity" }).fill("goose FAILED");
    await view.page.getByText("1 of 4").waitFor();
    await view.page.reload();
    await view.send(states.snapshot(states.answered));
    await view.page.getByRole("region", { name: "Plugin activity" }).waitFor();
  });

  it("keeps the newest five hundred lines and mounts only those in view", async () => {
    await shown(states.answered);
    await button("Plugin activity").click();
    await view.send({
      type: "activity",
      entries: states.activity(900).map((entry) => ({ ...entry, seq: entry.seq + 10 })),
    });
    await view.page.getByText("500", { exact: true }).waitFor();
    assert.ok((await view.page.locator(".activity-line").count()) < 60);
  });
});
