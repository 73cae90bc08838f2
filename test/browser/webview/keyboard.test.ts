import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import * as entries from "./entries.ts";
import { Harness, type View } from "./harness.ts";
import * as states from "./states.ts";

/** The person's paths without a pointer: everything by Tab, arrows, Enter, space and Esc, and the focus always visible. */
describe("the view by keyboard alone", () => {
  let harness: Harness;
  let view: View;
  before(async () => {
    harness = await Harness.open();
  });
  after(() => harness.close());
  afterEach(() => view.close());

  const press = (keys: string) => view.page.keyboard.press(keys);
  /** What has the focus: its accessible name, or its text. */
  const focused = () =>
    view.page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
    });
  const hasOutline = () =>
    view.page.evaluate(() => {
      const element = document.activeElement;
      if (!element) return false;
      // After the last stop the focus leaves the page and comes back: the body is no stop.
      if (element === document.body) return true;
      const within = element.closest(".composer") ?? element;
      const style = getComputedStyle(element);
      const frame = getComputedStyle(within).borderTopColor;
      const focusColour = getComputedStyle(document.body).getPropertyValue("--vscode-focusBorder").trim();
      const probe = document.createElement("i");
      probe.style.color = focusColour;
      document.body.append(probe);
      const wanted = getComputedStyle(probe).color;
      probe.remove();
      return style.outlineStyle !== "none" || frame === wanted || style.borderTopColor === wanted;
    });
  /** Presses Tab until `name` has the focus; every stop on the way must show that it has it. */
  const tabTo = async (name: string | RegExp, keys = "Tab") => {
    const passed: string[] = [];
    for (let step = 0; step < 60; step++) {
      await press(keys);
      const now = await focused();
      passed.push(now.slice(0, 40));
      assert.ok(await hasOutline(), `no visible focus on "${now.slice(0, 60)}"`);
      if (typeof name === "string" ? now === name : name.test(now)) return;
    }
    assert.fail(`Tab does not reach ${name}: ${passed.join(" → ")}`);
  };

  it("asks, answers an approval and goes on writing", async () => {
    view = await harness.view();
    await view.send(states.snapshot([]));
    await view.page.getByRole("main", { name: "Parley" }).waitFor();
    await tabTo("Message");
    await view.page.keyboard.type("Let the parser drop comments");
    await press("Enter");
    assert.equal((await view.said("send")).text, "Let the parser drop comments");
    await view.send(states.snapshot(states.askingTwice, states.waiting));
    await view.page.getByRole("button", { name: "Review" }).waitFor();
    assert.equal(await focused(), "Message", "the question did not take the focus");
    await tabTo("Review", "Shift+Tab");
    await press("Enter");
    await until("the card has the focus", async () => (await focused()).startsWith("Change src/parser.ts"));
    await tabTo("Deny and say why…");
    await press("Enter");
    await until("the reason has the focus", async () => (await focused()).startsWith("Why you deny"));
    await press("Escape");
    await until("the focus is back", async () => (await focused()) === "Deny");
    await tabTo("Allow once", "Shift+Tab");
    await press("Space");
    assert.equal((await view.said("approve")).choice, "once");
    await tabTo("Edit");
    await press("Enter");
    await until("the arguments have the focus", async () => (await focused()) === "Arguments as JSON");
    await press("Escape");
    await until("the focus is back at Edit", async () => (await focused()) === "Edit");
    await tabTo("in this workspace");
    await press("Enter");
    await until(
      "both are answered",
      async () => (await view.posted()).filter(({ type }) => type === "approve").length === 2,
    );
    await tabTo("Message");
  });

  it("opens rows, files and plugins' buttons in the transcript", async () => {
    view = await harness.view();
    await view.send(states.snapshot([...states.answered, ...states.spoken.slice(2, 3)]));
    await view.page.getByRole("main", { name: "Parley" }).waitFor();
    await tabTo(/^Search/);
    await press("Enter");
    await view.page.getByRole("region", { name: "Output" }).waitFor();
    await tabTo("src/parser.ts:41");
    await press("Enter");
    assert.equal((await view.said("openFile")).line, 41);
    await tabTo("Insert at cursor");
    await press("Space");
    await view.said("insert");
    await tabTo("Fix");
    await press("Enter");
    assert.equal((await view.said("messageAction")).index, 0);
  });

  it("moves through history and menus with the arrows and leaves with Esc", async () => {
    view = await harness.view();
    await view.send(states.snapshot(states.answered, states.running));
    await view.page.getByRole("main", { name: "Parley" }).waitFor();
    await tabTo("Conversations");
    await press("Enter");
    await until("the search has the focus", async () => (await focused()) === "Search conversations");
    await view.send({ type: "history", query: "", conversations: states.history });
    await view.page.getByText("needs you").waitFor();
    await press("ArrowDown");
    await press("ArrowDown");
    assert.match(await focused(), /^Rename parseLine/);
    await press("Tab");
    assert.equal(await focused(), "Rename Rename parseLine");
    await press("Escape");
    await until("the composer has the focus", async () => (await focused()) === "Message");
    assert.equal(
      (await view.posted()).some(({ type }) => type === "stop"),
      false,
      "Esc closed the list, and no more",
    );
    await view.page.keyboard.type("next");
    await tabTo("More ways to send");
    await press("Enter");
    await until("the menu has the focus", async () => /^Queue/.test(await focused()));
    await press("ArrowUp");
    assert.match(await focused(), /^Stop and send/);
    await press("Escape");
    assert.equal(await focused(), "More ways to send");
    await press("Enter");
    await press("ArrowDown");
    await press("Enter");
    assert.equal((await view.said("send")).how, "steer");
  });

  it("offers headings to jump by", async () => {
    view = await harness.view({ height: 1800 });
    await view.send(
      states.snapshot([...states.answered, ...states.spoken.slice(2, 3), entries.assistant("h", "# Big\n\n## Small")]),
    );
    await view.page.getByRole("heading", { name: "Big" }).waitFor();
    const levels = await view.page
      .getByRole("heading")
      .evaluateAll((all) => all.map((one) => `${one.tagName} ${one.textContent}`));
    assert.deepEqual(levels, [
      "H1 Comments in the parser",
      "H2 You",
      "H2 Parley",
      "H2 Parley",
      "H2 sentinel",
      "H2 Parley",
      "H3 Big",
      "H4 Small",
    ]);
  });
});
