import type { FrameLocator, Locator } from "playwright-core";
import { until } from "../../support/until.ts";
import type { Workbench } from "./workbench.ts";

/** The conversation view of a workbench, as a person uses it. */
export class Conversation {
  readonly view: FrameLocator;

  constructor(view: FrameLocator) {
    this.view = view;
  }

  /** Opens the view by its command and waits until one can type. */
  static async open(workbench: Workbench): Promise<Conversation> {
    await workbench.command("Parley: Open Conversation");
    const conversation = new Conversation(workbench.webview());
    await conversation.composer.waitFor({ timeout: 30_000 });
    return conversation;
  }

  get composer(): Locator {
    return this.view.getByRole("textbox", { name: "Message" });
  }

  /** Types and sends, and waits until the message stands in the transcript. */
  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await this.view.locator("article.message.user").filter({ hasText: text }).last().waitFor();
  }

  /** Waits until the agent has answered what was said last and is idle again. */
  async settled(): Promise<void> {
    const last = this.view.locator("article.message, .tools, aside.notice").last();
    await until(
      "the agent has answered",
      async () => {
        const answered = !/\buser\b/.test((await last.getAttribute("class")) ?? "");
        return answered && (await this.view.getByRole("button", { name: "Send", exact: true }).isVisible());
      },
      { timeoutMs: 60_000 },
    );
  }

  /** The open approval card. */
  approval(): Locator {
    return this.view.locator("section.approval").last();
  }

  /** The agent's tools in the order of their rows. */
  async tools(): Promise<string[]> {
    const titles = await this.view
      .locator(".tools > .tool > .tool-row .tool-plugin")
      .evaluateAll((all) => all.map((one) => one.getAttribute("title") ?? ""));
    return titles.map((title) => title.replace(/^.* · (.*) \(.*$/, "$1"));
  }

  async lastAnswer(): Promise<string> {
    return (await this.view.locator("article.message.assistant").last().innerText()).trim();
  }

  /** What the person said, in order; scrolls up through the whole transcript, which draws only what is visible. */
  async saidTexts(): Promise<string[]> {
    const scroller = this.view.getByLabel("Conversation", { exact: true }).first();
    let seen: string[] = [];
    let atTop = 0;
    await until("the transcript was read to its beginning", async () => {
      const visible = await this.view.locator("article.message.user .said").allInnerTexts();
      const fresh = visible.filter((text) => !seen.includes(text));
      seen = [...fresh, ...seen];
      const top = await scroller.evaluate((element) => {
        element.scrollBy(0, -element.clientHeight / 3);
        return element.scrollTop;
      });
      atTop = top <= 0 && fresh.length === 0 ? atTop + 1 : 0;
      return atTop > 5;
    });
    return seen;
  }
}
