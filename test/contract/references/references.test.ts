/** What is too large to be sent, through both SDKs, over real processes and the real store. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kindOf } from "../../support/failures.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const languages = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
};
const offers = ["large", "ask", "begin", "result", "fetch", "tell", "heard"].map((name) => ({
  ...{ name, description: name, action: "read", timeout: 20_000 },
}));
const characters = 5_000_000;

for (const [language, run] of Object.entries(languages)) {
  describe(`what is too large, of plugins in ${language},`, function () {
    this.timeout(60_000);
    let real: RealHost;
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "parley-references-"));
    });
    afterEach(async () => {
      await real.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Hosts one after the other in one folder; the first is stopped without a word to its folder. */
    async function start(): Promise<void> {
      real = await realHost({
        folder,
        packages: (packages) => {
          for (const name of ["maker", "reader", "other"]) {
            const root = join(packages, name);
            cpSync(join(import.meta.dirname, "fixtures", language), root, { recursive: true });
            const wants = [
              { verb: "call", target: "maker/*", why: "To ask." },
              { verb: "publish", target: "big.>", why: "To tell." },
              ...(name === "reader" ? [{ verb: "subscribe", target: "big.>", why: "To hear." }] : []),
            ];
            const activation = ["onStartup"];
            writeFileSync(join(root, "plugin.json"), manifestText(name, { run, offers, wants, activation }));
          }
        },
      });
    }
    async function startAgain(): Promise<void> {
      await real.host.stop();
      await real.store.close();
      await start();
    }
    const ask = async (plugin: string, name: string, args: Record<string, unknown> = {}) =>
      (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result as never;

    it("comes whole to the caller of an offer, page by page", async () => {
      await start();
      assert.deepEqual(await ask("reader", "ask", { characters }), { length: characters, list: [1, null] });
    });

    it("is found again as the result of a call in the background, also after a reload, by its own alone", async () => {
      await start();
      const { callId } = (await ask("reader", "begin", { characters })) as { callId: string };
      const done = { status: "succeeded", length: characters };
      await until("it has ended", async () => (await real.store.loadCall(callId))?.endedAt);
      assert.deepEqual(await ask("reader", "result", { callId }), done);
      await startAgain();
      assert.equal(await ask("maker", "fetch", { reference: `result:${callId}` }), characters);
      assert.deepEqual(await ask("reader", "result", { callId }), done);
      assert.equal(await kindOf(ask("other", "fetch", { reference: `result:${callId}` })), "notFound");
    });

    it("in an event is kept as a file over a reload, for who may see the event, and goes with time", async () => {
      await start();
      await ask("reader", "heard");
      await ask("maker", "tell", { characters });
      const [data] = (await until("it is heard", async () => {
        const heard = (await ask("reader", "heard")) as unknown[];
        return heard.length === 1 && heard;
      })) as [{ text: { $reference: string }; small: number }];
      const { $reference: reference } = data.text;
      assert.equal(data.small, 1);
      assert.equal(await ask("reader", "fetch", { reference }), characters);
      await startAgain();
      assert.equal(readdirSync(join(folder, "contents")).length, 1);
      assert.equal(await ask("reader", "fetch", { reference }), characters);
      assert.equal(await ask("maker", "fetch", { reference }), characters, "it is its own");
      assert.equal(await kindOf(ask("other", "fetch", { reference })), "notFound");
    });
  });
}
