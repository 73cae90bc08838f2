import assert from "node:assert/strict";
import { after, afterEach, before } from "mocha";
import type { Item } from "../../../src/protocol/webview.ts";
import { until } from "../../support/until.ts";
import * as entries from "./entries.ts";
import { Harness, type View } from "./harness.ts";
import * as states from "./states.ts";

/** A view for each test of a `describe`, with what tests look for in it; the page must not have complained at the end. */
export function stage() {
  let harness: Harness;
  let current: View | undefined;
  before(async () => {
    harness = await Harness.open();
  });
  after(() => harness.close());
  afterEach(async () => {
    const complaints = current?.complaints;
    await current?.close();
    current = undefined;
    assert.deepEqual(complaints, []);
  });
  const view = () => {
    if (!current) throw new Error("Show something first.");
    return current;
  };
  const log = () => view().page.getByRole("region", { name: "Conversation" });
  const distance = () => log().evaluate((box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight));
  return {
    view,
    log,
    /** Pixels below what is in view. */
    distance,
    atEnd: () => until("the transcript is at its end", async () => (await distance()) < 3),
    message: () => view().page.getByRole("textbox", { name: "Message" }),
    button: (name: string | RegExp) => view().page.getByRole("button", { name }),
    async shown(items: Item[], state = states.idle): Promise<View> {
      current = await harness.view({ reducedMotion: true });
      await current.send(states.snapshot(items, state, entries.activity(3)));
      await current.page.getByRole("main", { name: "Parley" }).waitFor();
      return current;
    },
  };
}
