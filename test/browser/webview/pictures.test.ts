import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Item, ViewState } from "../../../src/protocol/webview.ts";
import { until } from "../../support/until.ts";
import * as entries from "./entries.ts";
import { Harness, type View, type ViewOptions } from "./harness.ts";
import * as states from "./states.ts";
import type { ThemeName } from "./themes.ts";

/** Every state of the view, in every kind of theme: a picture to look at, no complaint of the page, and axe finds nothing. */
interface Scene {
  name: string;
  items: Item[];
  state: ViewState;
  options?: ViewOptions;
  themes?: ThemeName[];
  /** What is done before the picture, and what is waited for. */
  act?: (view: View) => Promise<unknown>;
}

const darkOnly: ThemeName[] = ["dark"];
const everyTheme: ThemeName[] = ["dark", "light", "highContrast", "highContrastLight"];
const coloured = (view: View) => view.page.locator(".tok-keyword").first().waitFor();

const scenes: Scene[] = [
  { name: "welcome", items: [], state: states.offline, themes: everyTheme },
  {
    name: "answered",
    items: states.answered,
    state: states.idle,
    themes: everyTheme,
    options: { height: 1100 },
    act: coloured,
  },
  { name: "spoken", items: states.spoken, state: states.idle, themes: everyTheme },
  { name: "working", items: states.working, state: states.running, themes: everyTheme },
  { name: "asking", items: states.askingTwice, state: states.waiting, themes: everyTheme, options: { height: 1000 } },
  { name: "asking-narrow", items: states.asking, state: states.waiting, options: { width: 260 } },
  { name: "wide", items: states.answered, state: states.idle, options: { width: 1200, height: 900 }, act: coloured },
  { name: "long", items: states.long(10_000), state: states.idle, act: scrollUp },
  { name: "right-to-left", items: states.rightToLeft, state: states.idle, options: { dir: "rtl" } },
  { name: "right-to-left-asking", items: states.asking, state: states.waiting, options: { dir: "rtl" } },
  { name: "nested", items: states.nested, state: states.offline },
  {
    name: "nested-open",
    items: states.nested,
    state: states.offline,
    themes: ["dark", "light"],
    act: (view) => view.page.getByRole("button", { name: /^Add/ }).click(),
  },
  {
    name: "streaming",
    items: states.streaming,
    state: states.running,
    async act(view) {
      await view.send({ type: "text", conversation: "c1", id: "a1", text: states.reply.slice(0, 420) });
      await coloured(view);
    },
  },
  {
    name: "pieces",
    items: states.pieces,
    state: states.running,
    async act(view) {
      const row = view.page.getByRole("button", { name: /Count lines/ });
      assert.match((await row.textContent()) ?? "", /src\/printer\.ts 2,010/, "the line that came last");
      await row.click();
      await view.page.getByText("src/lexer.ts 1,204").waitFor();
    },
  },
  {
    name: "new-file",
    items: states.creating,
    state: states.waiting,
    async act(view) {
      const lines = view.page.locator(".diff-line");
      await lines.first().waitFor();
      assert.match((await lines.first().textContent()) ?? "", /MIT License/, "no gap above the first line");
    },
  },
  {
    name: "thinking",
    items: states.streaming,
    state: states.running,
    act: (view) => view.page.getByRole("button", { name: "Thinking…" }).click(),
  },
  {
    name: "shortened",
    items: states.shortened,
    state: states.idle,
    themes: ["dark", "light"],
    act: (view) => view.page.getByRole("button", { name: /^Summary for the model/ }).click(),
  },
  {
    name: "queued",
    items: states.queued,
    state: states.running,
    themes: ["dark", "light"],
    async act(view) {
      await view.page.getByRole("textbox", { name: "Message" }).fill("Then write the changelog");
      await view.page.getByRole("button", { name: "More ways to send" }).click();
    },
  },
  {
    name: "modes",
    items: [],
    state: states.idle,
    act: (view) => view.page.getByRole("button", { name: "Mode: Agent" }).click(),
  },
  {
    name: "editing-arguments",
    items: states.askingTwice,
    state: states.waiting,
    options: { height: 1000 },
    async act(view) {
      const card = view.page.getByRole("region", { name: "Run npm test" });
      await card.getByRole("button", { name: "Edit" }).click();
      await card.getByRole("textbox").fill('{ "command": "npm test"');
      await card.getByRole("alert").waitFor();
    },
  },
  {
    name: "denying",
    items: states.asking,
    state: states.waiting,
    act: (view) => view.page.getByRole("button", { name: "Deny and say why" }).click(),
  },
  {
    name: "history",
    items: states.answered,
    state: states.idle,
    themes: ["dark", "light", "highContrast"],
    act: openHistory,
  },
  {
    name: "history-deleting",
    items: states.answered,
    state: states.idle,
    async act(view) {
      await openHistory(view);
      await view.page.getByRole("button", { name: "Delete Rename parseLine" }).click();
    },
  },
  {
    name: "activity",
    items: states.spoken,
    state: states.idle,
    themes: ["dark", "light", "highContrast"],
    act: openActivity,
  },
  {
    name: "activity-narrow",
    items: states.spoken,
    state: states.idle,
    options: { width: 300 },
    themes: ["dark", "light"],
    async act(view) {
      await openActivity(view);
      // A row that is only being put in has no width yet.
      await until("what happened has most of 300 px", async () => {
        const widths = await view.page
          .locator(".activity-line .what")
          .evaluateAll((all) => all.map((one) => one.clientWidth || one.getBoundingClientRect().width));
        return widths.length > 0 && Math.min(...widths) > 200;
      });
    },
  },
  {
    name: "background-narrow",
    items: states.background,
    state: states.idle,
    options: { width: 300 },
    act: backgroundIsRead,
  },
  {
    name: "wordy-narrow",
    items: states.wordy,
    state: states.waiting,
    options: { width: 300, height: 1500 },
    themes: ["dark", "highContrast"],
    async act(view) {
      const failed = view.page.locator(".tool.failed > .tool-row > .tool-title").last();
      assert.ok(await failed.evaluate((own) => own.scrollWidth <= own.clientWidth), "an open row has all of its title");
    },
  },
  {
    name: "failed-narrow",
    items: states.failed,
    state: states.idle,
    options: { width: 300 },
    themes: ["dark", "light"],
    async act(view) {
      await view.page.getByText("called by you · a rule of Parley").waitFor();
      assert.equal(await view.page.getByText("cannot be divided by zero").count(), 1, "it is said once");
    },
  },
];

/** What nobody could read: text that is cut and has no tooltip, or that reaches out of the panel. */
function unreadable(view: View): Promise<string[]> {
  return view.page.evaluate(() => {
    const scrolls = (own: Element | null): boolean =>
      own !== null && (/auto|scroll/.test(getComputedStyle(own).overflowX) || scrolls(own.parentElement));
    const inPanel = (own: Element) => {
      const { left, right } = own.getBoundingClientRect();
      return left >= -1 && right <= window.innerWidth + 1;
    };
    return [...document.querySelectorAll<HTMLElement>("#root *")]
      .filter((own) => own.clientWidth > 1 && own.innerText?.trim() && own.closest(".hidden") === null)
      .filter((own) => {
        const cut = getComputedStyle(own).overflowX === "hidden" && own.scrollWidth > own.clientWidth + 1;
        return (cut && own.closest("[title]") === null) || !(inPanel(own) || scrolls(own));
      })
      .map((own) => `${own.className || own.tagName}: ${own.innerText.slice(0, 60)}`);
  });
}

async function backgroundIsRead(view: View): Promise<void> {
  await view.page.getByText("The window closed before it ended.").waitFor();
  for (const title of await view.page.locator(".tool-title").all())
    assert.ok(await title.evaluate((own) => own.scrollWidth <= own.clientWidth), await title.innerText());
  const progress = view.page.getByText("1,200 of 5,000 requests · 24 %");
  assert.ok(await progress.evaluate((own) => own.scrollWidth <= own.clientWidth), "how far it is can be read");
  await view.page.getByRole("button", { name: /Load test.*in the background.*running/ }).waitFor();
}

async function openActivity(view: View): Promise<void> {
  await view.page.getByRole("button", { name: "Plugin activity" }).click();
  await view.page.getByText("ended with code 1").last().waitFor();
  await view.page.locator("summary.activity-line").last().click();
  await view.page.getByText("To greet.").last().waitFor();
}

async function openHistory(view: View): Promise<void> {
  await view.page.getByRole("button", { name: "Conversations", exact: true }).click();
  await view.said("history");
  await view.send({ type: "history", query: "", conversations: states.history });
  await view.page.getByText("needs you").waitFor();
}

async function scrollUp(view: View): Promise<void> {
  await view.page.getByRole("region", { name: "Conversation" }).hover();
  await view.page.mouse.wheel(0, -3_000);
  await view.page.getByRole("button", { name: "Jump to latest" }).waitFor();
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds in the page as it is, one line for each fault. */
async function faults(view: View): Promise<string[]> {
  await view.page.evaluate(axeSource);
  return view.page.evaluate(async () => {
    interface Found {
      violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
    }
    const { axe } = window as unknown as { axe: { run: (on: Document) => Promise<Found> } };
    const { violations } = await axe.run(document);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}\n  ${node.html.slice(0, 200)}\n  ${node.failureSummary ?? ""}`),
    );
  });
}

describe("the conversation view looks right", () => {
  let harness: Harness;
  before(async () => {
    harness = await Harness.open();
  });
  after(() => harness.close());

  for (const { name, items, state, options, themes = darkOnly, act } of scenes) {
    for (const theme of themes) {
      it(`${name}, ${theme}`, async () => {
        const view = await harness.view({ ...options, theme, reducedMotion: true });
        await view.send(states.snapshot(items, state, entries.activity(40)));
        await view.page.getByRole("main", { name: "Parley" }).waitFor();
        await act?.(view);
        await until("the icons' font is there", () => view.page.evaluate(() => document.fonts.status === "loaded"));
        await view.picture(`${name}-${theme}`);
        assert.deepEqual(await faults(view), []);
        const overflow = await view.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
        assert.deepEqual(await unreadable(view), []);
        assert.deepEqual(view.complaints, []);
        await view.close();
      });
    }
  }

  it("stays usable at twice the size", async () => {
    const view = await harness.view({ width: 420, height: 900, reducedMotion: true });
    await view.page.evaluate(() => document.documentElement.style.setProperty("--vscode-font-size", "26px"));
    await view.send(states.snapshot(states.asking, states.waiting));
    await view.page.getByRole("button", { name: "Review" }).click();
    const box = await view.page.getByRole("button", { name: "Allow once" }).boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 420, JSON.stringify(box));
    await view.picture("zoomed-dark");
    assert.deepEqual(await faults(view), []);
    await view.close();
  });
});
