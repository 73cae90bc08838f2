/** Streaming results over real processes: whoever makes the pieces, whoever reads them, and the host between the two. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../../../src/protocol/limits.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

interface State {
  made: number;
  ended: string;
  parts: number[];
  error: string;
  message: string;
  result: unknown;
}

const entries = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
  agreed: { runtime: "node", entry: "./main.mjs", args: ["agreed"] },
  old: { runtime: "node", entry: "./main.mjs" },
};
type Language = keyof typeof entries;

const offer = (name: string) => ({ name, description: name, action: "read", timeout: 30_000, streaming: true });
/** Pieces that may be on their way: one window from the maker to the host, one from there to the reader, and one in each hand. */
const mostOnTheWay = 2 * limits.streamCount + 2;

describe("a streaming result", function () {
  this.timeout(60_000);
  let real: RealHost;
  afterEach(() => real.stop());

  async function start(maker: Language, reader: Language = "typescript"): Promise<void> {
    real = await realHost({
      packages: (folder) => {
        put(folder, "maker", maker);
        put(folder, "reader", reader);
      },
      async *model() {
        for (let index = 0; index < 500; index++) yield { type: "text", text: `${index} ` };
        yield { type: "end", finish: "stop" };
      },
    });
  }

  const call = async (plugin: string, name: string, args: Record<string, unknown> = {}) =>
    (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result;
  const stateOf = async (plugin: string) => (await call(plugin, "state")) as State;
  const read = (args: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    call("reader", "read", { from: "maker/make", args, ...more }) as Promise<State>;

  for (const maker of ["typescript", "python"] as const) {
    for (const reader of ["typescript", "python"] as const) {
      describe(`from ${maker} to ${reader}`, () => {
        beforeEach(() => start(maker, reader));

        it("waits for a slow reader with no more on the way than the window, and loses nothing", async () => {
          const count = 3_000;
          const reading = read({ count, bytes: 100 }, { pause: 5 });
          const made = await standsStill(async () => (await stateOf("maker")).made);
          assert.deepEqual((await stateOf("reader")).parts, [0, 1, 2, 3, 4]);
          assert.ok(made >= limits.streamCount && made <= 5 + mostOnTheWay, `${made} were made`);
          await call("reader", "open");
          const { parts, result } = await reading;
          assert.deepEqual(parts, [...Array(count).keys()]);
          assert.deepEqual(result, { made: count });
        });

        it("is bounded in bytes too", async () => {
          const reading = read({ count: 40, bytes: limits.streamBytes / 2 }, { pause: 1 });
          const made = await standsStill(async () => (await stateOf("maker")).made);
          assert.ok(made >= 2 && made <= 8, `${made} were made`);
          await call("reader", "open");
          assert.equal((await reading).parts.length, 40);
        });

        it("ends for its maker when the reader leaves in the middle", async () => {
          const { parts, result } = await read({ count: 100_000, bytes: 10 }, { leave: 3 });
          assert.deepEqual([parts, result], [[0, 1, 2], "left"]);
          const { made } = await until("the maker was told", async () => {
            const state = await stateOf("maker");
            return state.ended === "cancelled" && state;
          });
          assert.ok(made <= 3 + mostOnTheWay, `${made} were made`);
        });

        it("gives what was made before its maker died, and then one clear error", async () => {
          const { parts, error, message } = await read({ count: 500, bytes: 10, crashAt: 90 }, { pause: 200 });
          assert.deepEqual(parts, [...Array(90).keys()]);
          assert.equal(error, "unavailable");
          assert.match(message, /maker.*SIGKILL|SIGKILL.*maker/);
        });
      });
    }
  }

  for (const reader of ["typescript", "python"] as const) {
    it(`of the model reaches ${reader} piece by piece`, async () => {
      await start("old", reader);
      const { parts, text } = (await call("reader", "think", { prompt: "Count." })) as {
        parts: string[];
        text: string;
      };
      assert.equal(parts.length, 500);
      assert.equal(parts.join(""), text);
    });
  }

  for (const maker of ["agreed", "old"] as const) {
    it(`is ended with a clear error where its maker (${maker}) ignores the credit`, async () => {
      await start(maker);
      const reading = read({ count: 5_000 }, { pause: 5 });
      await until("the reader has begun", async () => (await stateOf("reader")).parts.length === 5);
      // What the maker answers now stands behind all its pieces: the host has seen them when it comes.
      await call("maker", "state");
      await call("reader", "open");
      const { parts, error, message } = await reading;
      assert.equal(error, "overloaded");
      assert.match(message, /maker.* sent more pieces .* than it had credit for/);
      assert.deepEqual(parts, [...parts.keys()]);
      assert.ok(parts.length <= 5 + mostOnTheWay, `${parts.length} came`);
    });
  }

  it("needs no credit where it is taken at once", async () => {
    await start("old");
    const seen: unknown[] = [];
    const { result } = await real.host.calls.call({
      caller: "person",
      to: { plugin: "maker" },
      name: "make",
      args: { count: 2_000 },
      onProgress: ({ partial }) => void seen.push(partial),
    });
    assert.deepEqual(result, { made: 2_000 });
    assert.deepEqual(
      seen,
      [...Array(2_000).keys()].map((index) => ({ index })),
    );
  });
});

/** The number at which something stops to change: the same twenty times in a row. */
async function standsStill(probe: () => Promise<number>): Promise<number> {
  let last = -1;
  let same = 0;
  await until("it stands still", async () => {
    const now = await probe();
    same = now === last && now > 0 ? same + 1 : 0;
    last = now;
    return same >= 20;
  });
  return last;
}

function put(folder: string, name: string, language: Language): void {
  const root = join(folder, name);
  const source = language === "agreed" || language === "old" ? "raw" : language;
  cpSync(join(import.meta.dirname, "fixtures", source), root, { recursive: true });
  const offers = ["make", "read", "think", "open", "state"].map(offer);
  const wants = [
    { verb: "call", target: "maker/*", why: "To read what it makes." },
    { verb: "spend", target: "model", why: "To think." },
  ];
  writeFileSync(join(root, "plugin.json"), manifestText(name, { run: entries[language], offers, wants }));
}
