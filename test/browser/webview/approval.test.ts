import assert from "node:assert/strict";
import type { Item } from "../../../src/protocol/webview.ts";
import { until } from "../../support/until.ts";
import * as entries from "./entries.ts";
import { stage } from "./stage.ts";
import * as states from "./states.ts";

describe("an approval", () => {
  const { view, shown, message, button, atEnd } = stage();
  const card = (name: string) => view().page.getByRole("region", { name });

  it("shows exactly what is asked, and does not take the focus", async () => {
    await shown([entries.user("u", "go")], states.running);
    await message().fill("typing");
    for (const item of states.askingTwice) await view().send({ type: "item", conversation: "c1", item });
    await card("Run npm test").waitFor();
    assert.equal(await message().evaluate((box) => box === document.activeElement), true);
    await view().page.getByRole("alert").filter({ hasText: "Approval needed: Run npm test, from goose." }).waitFor();
    const text = (await card("Run npm test").textContent()) ?? "";
    for (const part of ["goose", "/home/ada/sample", '"timeoutMs": 60000', "tools that write are asked about"])
      assert.ok(text.includes(part), part);
    await card("Change src/parser.ts").getByText("withoutComment(line)").waitFor();
    await button("Open diff").click();
    assert.deepEqual(await view().said("openDiff"), { type: "openDiff", conversation: "c1", id: "q1", index: 0 });
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
      assert.deepEqual(await view().said("approve"), { type: "approve", conversation: "c1", id: "q2", choice });
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
    const answer = await view().said("approve");
    assert.deepEqual([answer.id, answer.input], [id, '{"command":"npm run check"}']);
  });

  it("that is asked about each time offers no lasting answer, and one that is settled no editing", async () => {
    const [first, second] = states.askingTwice.filter((item) => item.kind === "approval");
    await shown([{ ...first, onlyOnce: true, fixed: true } as Item, second as Item], states.waiting);
    const names = async (name: string) => (await card(name).getByRole("button").allTextContents()).join();
    const settled = await names("Change src/parser.ts");
    assert.doesNotMatch(settled, /in this|anywhere|Edit/);
    assert.match(settled, /Allow once.*Deny/);
    await card("Change src/parser.ts").getByText("You are asked about this each time.").waitFor();
    assert.match(await names("Run npm test"), /Edit.*in this conversation.*anywhere/);
  });

  it("hides nothing of what it asks about, in its arguments or its diff", async () => {
    const [item] = states.asking.filter((one) => one.kind === "approval");
    const input = JSON.stringify({ command: "echo \u202e ;)'fr- mr'" });
    const diffs = [{ path: "a.ts", added: 1, removed: 0, diff: "@@ -0,0 +1 @@\n+if (a\u2066 /* b */\u2069) go();\n" }];
    await shown([{ ...item, input, diffs } as Item], states.waiting);
    await card("Change src/parser.ts")
      .getByRole("button", { name: /Arguments/ })
      .click();
    const text = (await card("Change src/parser.ts").textContent()) ?? "";
    assert.ok(text.includes(String.raw`echo \u202e ;)'fr- mr'`), text);
    assert.ok(text.includes(String.raw`if (a\u2066 /* b */\u2069) go();`), text);
  });

  it("leads to the next one and then back to the composer, for whoever answers by keyboard", async () => {
    await shown(states.askingTwice, states.waiting);
    const answer = async (id: string, name: string) => {
      await card(name).getByRole("button", { name: "Allow once" }).focus();
      await view().page.keyboard.press("Enter");
      assert.equal((await view().said("approve")).id, id);
      const item = states.askingTwice.find((one) => one.id === id) as Item;
      await view().send({ type: "item", conversation: "c1", item: { ...item, choice: "once" } as Item });
    };
    await answer("q1", "Change src/parser.ts");
    await until("the next card has the focus", () =>
      card("Run npm test").evaluate((box) => box === document.activeElement),
    );
    await answer("q2", "Run npm test");
    await until("the composer has the focus", () => message().evaluate((box) => box === document.activeElement));
  });

  it("is said again by a screen reader when the same is asked again", async () => {
    await shown([entries.user("u1", "go")], states.running);
    const ask = (id: string) =>
      view().send({
        type: "item",
        conversation: "c1",
        item: entries.approval(id, "Run npm test", { plugin: "goose" }),
      });
    const said = view().page.getByRole("alert").locator("p");
    await ask("q1");
    await said.filter({ hasText: "Approval needed: Run npm test" }).waitFor();
    await said.evaluate((element) => element.setAttribute("data-old", ""));
    await ask("q2");
    await until("it is a new element", async () => (await said.getAttribute("data-old")) === null);
    assert.match((await said.textContent()) ?? "", /Approval needed: Run npm test, from goose\./);
  });

  it("that is answered elsewhere takes no focus from the composer", async () => {
    await shown(states.askingTwice, states.waiting);
    await card("Run npm test").getByRole("button", { name: "Deny", exact: true }).focus();
    await message().focus();
    const item = states.askingTwice.at(-1) as Item;
    await view().send({ type: "item", conversation: "c1", item: { ...item, choice: "deny" } as Item });
    await card("Run npm test").waitFor({ state: "detached" });
    assert.equal(await message().evaluate((box) => box === document.activeElement), true);
  });

  it("is denied with a word for the model", async () => {
    await shown(states.asking, states.waiting);
    await button("Deny and say why").click();
    await view()
      .page.getByRole("textbox", { name: /Why you deny/ })
      .fill("Keep the old rule.");
    await view().page.keyboard.press("Enter");
    const expected = { type: "approve", conversation: "c1", id: "q1", choice: "deny", feedback: "Keep the old rule." };
    assert.deepEqual(await view().said("approve"), expected);
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
    await view().send(states.snapshot(answered));
    await button(/Change src\/parser.ts/).click();
    await view().page.getByText("allowed once").waitFor();
    await button("Open diff").waitFor();
  });

  it("says of a plugin's own act what it is and that a right is used first, without names of rules", async () => {
    const more = {
      plugin: "keeper",
      name: "ui/notify",
      caller: "plugin:keeper",
      rule: "grant:user//keeper:act:ui/notify",
    };
    await shown([entries.approval("own", "Show a notification", { ...more, folder: "sample" })], states.waiting);
    const text = (await card("Show a notification").textContent()) ?? "";
    assert.match(text, /keeper wants to do this in sample\./);
    assert.match(text, /Asked because of: a right of the plugin's that is asked about at its first use/);
    assert.doesNotMatch(text, /grant:|asked by/);
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
