import type { Locator, Page } from "playwright-core";
import { until } from "../../support/until.ts";

/** For one gesture: short, because whoever asks tries the whole again. */
const timeout = 5_000;

/** Quick picks and input boxes, as a person answers them. Whatever takes the focus may close one that is open. */
export class Questions {
  readonly widget: Locator;
  readonly input: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.widget = page.locator(".quick-input-widget");
    this.input = this.widget.locator(".quick-input-box input").first();
  }

  /** The rows of the open list that contain a text. */
  rows(text: string): Locator {
    return this.widget.locator(".quick-input-list .monaco-list-row").filter({ hasText: text });
  }

  /** Waits for the question whose title contains this. */
  async asked(title: string): Promise<void> {
    await this.widget.locator(".quick-input-title").filter({ hasText: title }).waitFor({ timeout });
  }

  /** Takes the row of a list, found by typing: a long list draws only its beginning. */
  async pick(title: string, row: string): Promise<void> {
    await this.asked(title);
    await this.input.fill(row, { timeout });
    await this.rows(row).first().click({ timeout });
    await this.#gone(title);
  }

  /** The same by the keyboard alone: the row must be the first that is found. */
  async choose(title: string, row: string): Promise<void> {
    await this.asked(title);
    await this.input.fill(row, { timeout });
    const first = this.widget.locator(".quick-input-list .monaco-list-row.focused").filter({ hasText: row });
    await first.waitFor({ timeout });
    await this.input.press("Enter", { timeout });
    await this.#gone(title);
  }

  /** Types an answer and gives it. */
  async type(title: string, text: string): Promise<void> {
    await this.asked(title);
    await this.input.fill(text, { timeout });
    await this.input.press("Enter", { timeout });
    await this.#gone(title);
  }

  /** Resolves when this question is not asked any more: that it was answered has arrived. */
  async #gone(title: string): Promise<void> {
    await this.widget
      .locator(".quick-input-title:visible")
      .filter({ hasText: title })
      .waitFor({ state: "hidden", timeout });
  }

  /** Runs a gesture that ends with all questions answered, from its beginning until it got through. */
  async through(what: string, gesture: () => Promise<unknown>): Promise<void> {
    await until(
      what,
      async () => {
        await gesture();
        return true;
      },
      { timeoutMs: 60_000 },
    );
  }

  /** Leaves what is asked, as with Escape, however often that takes. */
  async leave(): Promise<void> {
    await until("nothing is asked", async () => {
      if (await this.widget.isHidden()) return true;
      await this.#page.keyboard.press("Escape");
      return false;
    });
  }
}
