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

  /** Begins a new conversation, unless this one is empty still; what is typed next is not lost to the change. */
  async beginAnew(workbench: Workbench): Promise<void> {
    const welcome = this.view.getByRole("heading", { name: /^Ask about / });
    if (await welcome.isVisible()) return;
    await workbench.command("Parley: New Conversation");
    await welcome.waitFor();
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

  /**
   * Waits until the agent has answered what was said last, by the person or by a plugin that woke it, and is idle again. The state of the
   * agent comes on a way of its own, so it must stand still for a moment.
   */
  async settled(): Promise<void> {
    const answered = () =>
      this.view.locator("section.transcript").evaluate((log) => {
        const said = [...log.querySelectorAll("article.message, aside.notice")];
        const asks = (one: Element) =>
          one.matches(".user") || (one.matches(".plugin") && one.textContent?.includes("started a turn") === true);
        const answers = said.slice(said.findLastIndex(asks) + 1);
        return (
          answers.some((one) => one.matches(".assistant, aside.notice")) &&
          !said.some((one) => one.getAttribute("aria-busy") === "true")
        );
      });
    let still = 0;
    await until(
      "the agent has answered",
      async () => {
        const idle = await this.view.getByRole("button", { name: "Send", exact: true }).isVisible();
        still = idle && (await answered()) ? still + 1 : 0;
        return still >= 3;
      },
      { timeoutMs: 60_000, everyMs: 50 },
    );
  }

  /** The open approval card. */
  approval(): Locator {
    return this.view.locator("section.approval").last();
  }

  /** The agent's tools of the whole conversation, in the order of their rows. */
  async tools(): Promise<string[]> {
    const titles = await this.#readAll(".tools > .tool > .tool-row .tool-plugin", "title");
    return titles.map((title) => title.replace(/^.* · (.*) \(.*$/, "$1"));
  }

  async lastAnswer(): Promise<string> {
    return (await this.view.locator("article.message.assistant").last().innerText()).trim();
  }

  /** What the person said, in order. */
  async saidTexts(): Promise<string[]> {
    return await this.#readAll("article.message.user .said");
  }

  /**
   * The texts (or an attribute) of all elements of the transcript, in order. It draws only what is visible, so this goes up to its
   * beginning as a person would, and back to its end.
   */
  async #readAll(selector: string, attribute?: string): Promise<string[]> {
    const scroller = this.view.locator("section.transcript");
    const seen = new Map<string, number>();
    let atTop = 0;
    await until(
      "the transcript was read to its beginning",
      async () => {
        const found = await scroller.evaluate(
          (element, { selector, attribute }) => {
            const top = element.getBoundingClientRect().top - element.scrollTop;
            return {
              scrolled: element.scrollTop,
              texts: [...element.querySelectorAll<HTMLElement>(selector)].map((each) => ({
                text: (attribute ? each.getAttribute(attribute) : each.innerText) ?? "",
                at: Math.round(each.getBoundingClientRect().top - top),
              })),
            };
          },
          { selector, attribute },
        );
        for (const { text, at } of found.texts) seen.set(text, at);
        await scroller.press("PageUp");
        atTop = found.scrolled <= 0 ? atTop + 1 : 0;
        return atTop > 5;
      },
      { timeoutMs: 20_000 },
    );
    await scroller.press("End");
    return [...seen].sort(([, one], [, other]) => one - other).map(([text]) => text);
  }
}
