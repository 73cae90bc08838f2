import assert from "node:assert/strict";
import type { Item, ToWebview } from "../../../src/protocol/webview.ts";
import { alone, slowdown } from "../../support/slowdown.ts";
import { until } from "../../support/until.ts";
import { buildView } from "./build.ts";
import * as entries from "./entries.ts";
import { Harness, type View } from "./harness.ts";
import * as states from "./states.ts";

/**
 * The budgets of the view. A busy machine slows everything, so times are the best of several, each against how much slower than alone
 * the machine is beside it, and frames are compared with those of the same page at rest, just before and after.
 */
describe("the view is fast", () => {
  let harness: Harness;
  before(async () => {
    harness = await Harness.open();
  });
  after(() => harness.close());

  const first = (items: Item[]): ToWebview => ({
    type: "snapshot",
    seq: 0,
    conversation: states.conversation,
    items,
    activity: [],
    state: states.running,
  });

  it("starts with at most 600 KB of script", async () => {
    const { startBytes } = await buildView();
    console.log(`      ${Math.round(startBytes / 1000)} KB at start`);
    assert.ok(startBytes > 100_000 && startBytes <= 600_000, `${startBytes} bytes`);
  });

  it("is usable 300 ms after its script is there", async () => {
    const times: number[] = [];
    const view = await harness.view({ firstSnapshot: first([]) });
    const usable = async () => {
      await view.page.reload();
      await until("the page is painted", () =>
        view.page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length > 0),
      );
      assert.equal(await view.page.getByRole("textbox", { name: "Message" }).count(), 1);
      return await view.page.evaluate(() => {
        const script = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/main.js"));
        const paint = performance.getEntriesByName("first-contentful-paint")[0];
        return (
          (paint?.startTime ?? Number.POSITIVE_INFINITY) - ((script as PerformanceResourceTiming).responseEnd ?? 0)
        );
      });
    };
    for (let run = 0; run < 5; run++) times.push(await alone(usable));
    await view.close();
    console.log(`      usable after ${times.map(Math.round).join(", ")} ms of a machine alone`);
    assert.ok(Math.min(...times) <= 300, `${times} ms`);
  });

  it("opens 10,000 messages in 500 ms, with few nodes, and scrolls through them", async () => {
    const items = states.long(10_000);
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const view = await harness.view({ firstSnapshot: first([]) });
      await view.page.getByRole("textbox", { name: "Message" }).waitFor();
      const opened = () =>
        view.page.evaluate(
          (message) =>
            new Promise<number>((resolve) => {
              const start = performance.now();
              const check = () => {
                const last = document.querySelector(".transcript")?.textContent?.includes("Reply 9999");
                if (last) resolve(performance.now() - start);
                else requestAnimationFrame(check);
              };
              window.postMessage(message, "*");
              requestAnimationFrame(check);
            }),
          first(items),
        );
      times.push(await alone(opened));
      if (run === 4) await scroll(view);
      await view.close();
    }
    console.log(`      10,000 messages after ${times.map(Math.round).join(", ")} ms of a machine alone`);
    assert.ok(Math.min(...times) <= 500, `${times} ms`);
  });

  async function scroll(view: View): Promise<void> {
    const nodes = () => view.page.evaluate(() => document.querySelectorAll("*").length);
    const before = await frames(view, 60, 0);
    const slower = slowdown();
    const moving = await frames(view, 120, -700);
    const atRest = [...before, ...(await frames(view, 60, 0))];
    console.log(
      `      frames ${describeFrames(moving)} while scrolling, ${describeFrames(atRest)} at rest; ${await nodes()} nodes`,
    );
    assert.ok((await nodes()) < 1_500, `${await nodes()} nodes`);
    assert.ok(quantile(moving, 0.9) <= Math.max(33 * slower, 2 * quantile(atRest, 0.9)), describeFrames(moving));
  }

  const words = states.reply.match(/\S+\s*/g) ?? [];
  const code = (states.reply.split("```")[1] ?? "").slice(3).match(/\S+\s*/g) ?? [];
  const kinds: Record<string, (index: number) => string> = {
    "prose, code and tables": (i) => `${words[i % words.length]}${(i + 1) % words.length === 0 ? "\n\n" : ""}`,
    "one block of code": (i) => `${i === 0 ? "```ts\n" : ""}${code[i % code.length]}`,
    "one list": (i) => `${i % 12 === 0 ? "\n- " : ""}word `,
  };

  for (const [kind, make] of Object.entries(kinds)) {
    it(`streams 1,000 tokens a second of ${kind}, in frames as short at the end as at the start`, async () => {
      const view = await harness.view({
        firstSnapshot: first([...states.long(2_000), entries.assistant("s", "", { streaming: true })]),
      });
      await view.page.getByRole("textbox", { name: "Message" }).waitFor();
      // The highlighter is loaded once in the life of the page, before what is measured.
      await view.send({ type: "text", conversation: "c1", id: "s", text: "```ts\nlet warm = 1;\n```\n\n" });
      await view.page.locator(".streaming .tok-keyword").waitFor();
      const before = await frames(view, 90, 0);
      const slower = slowdown();
      const tokens = Array.from({ length: 6_000 }, (_, index) => make(index));
      const quarters = [];
      for (let at = 0; at < tokens.length; at += 1_500) {
        quarters.push(await stream(view, tokens.slice(at, at + 1_500), at + 2));
      }
      const atRest = [...before, ...(await frames(view, 90, 0))];
      const most = Math.max(50 * ((slower + slowdown()) / 2), 2 * quantile(atRest, 0.95));
      const all = quarters.flatMap((quarter) => quarter.frames);
      const busy = quarters.map((quarter) => quarter.busy);
      const [one = 0, two = 0, three = 0, four = 0] = busy;
      const said = `${busy.map((seconds) => seconds.toFixed(2)).join(", ")} s of each 1.5 s`;
      console.log(`      frames ${describeFrames(all)}, at rest ${describeFrames(atRest)}; busy ${said}`);
      assert.ok(quantile(all, 0.95) <= most, `slow frames: ${describeFrames(all)}`);
      // The calmer of the last two quarters: what another program takes for a moment is not ours.
      assert.ok(Math.min(three, four) <= 1.25 * Math.max(one, two) + 0.05, `it gets slower: busy ${said}`);
      const log = view.page.getByRole("region", { name: "Conversation" });
      const distance = () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
      await until("the end is in view", async () => (await distance()) < 3);
      assert.deepEqual(view.complaints, []);
      await view.close();
    });
  }
});

/** Streams tokens at 1,000 a second; answers its frames, and the seconds that script, style and layout took. */
async function stream(view: View, tokens: string[], seq: number): Promise<{ frames: number[]; busy: number }> {
  const devtools = await view.page.context().newCDPSession(view.page);
  await devtools.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const counted = ["ScriptDuration", "RecalcStyleDuration", "LayoutDuration"];
    return metrics.reduce((sum, { name, value }) => (counted.includes(name) ? sum + value : sum), 0);
  };
  const before = await busy();
  const gaps = await view.page.evaluate(
    ([all, from]) =>
      new Promise<number[]>((resolve) => {
        const out: number[] = [];
        const start = performance.now();
        let last = start;
        let sent = 0;
        const feed = setInterval(() => {
          const due = Math.min(all.length, Math.floor(performance.now() - start));
          for (; sent < due; sent++) {
            window.postMessage({ type: "text", seq: from + sent, conversation: "c1", id: "s", text: all[sent] }, "*");
          }
        }, 4);
        const frame = (now: number) => {
          out.push(now - last);
          last = now;
          if (sent < all.length) requestAnimationFrame(frame);
          else {
            clearInterval(feed);
            resolve(out.slice(1));
          }
        };
        requestAnimationFrame(frame);
      }),
    [tokens, seq] as const,
  );
  return { frames: gaps, busy: (await busy()) - before };
}

/** The lengths of `count` frames in milliseconds, while the transcript is moved by `by` pixels in each. */
function frames(view: View, count: number, by: number): Promise<number[]> {
  return view.page.evaluate(
    ([n, pixels]) =>
      new Promise<number[]>((resolve) => {
        const box = document.querySelector(".transcript");
        const out: number[] = [];
        let last = performance.now();
        const frame = (now: number) => {
          out.push(now - last);
          last = now;
          if (box && pixels !== 0) box.scrollTop += pixels;
          if (out.length <= n) requestAnimationFrame(frame);
          else resolve(out.slice(1));
        };
        requestAnimationFrame(frame);
      }),
    [count, by] as const,
  );
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
}

function describeFrames(values: readonly number[]): string {
  const [median, high, worst] = [0.5, 0.95, 1].map((at) => Math.round(quantile(values, at)));
  return `${median}/${high}/${worst} ms`;
}
