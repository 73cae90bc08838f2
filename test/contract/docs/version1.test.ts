/** Conversations of version 1, as plain bytes, that every later host must go on to have. Of the host's messages the parts that are named count. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parleyManifest } from "../../../src/protocol/manifest.ts";
import { until } from "../../support/until.ts";
import { bytesLauncher, type Message, type RawEnd } from "./bytesLauncher.ts";
import { exampleHost } from "./exampleHost.ts";

type Step =
  | { readonly from: "host" | "plugin"; readonly message: Message }
  | { readonly do: "change" }
  | { readonly do: "fails"; readonly words: string };

const folder = join(import.meta.dirname, "version1");
const config = {
  type: "object",
  properties: { city: { type: "string" }, units: { type: "string", default: "metric" } },
};

describe("a plugin of protocol version 1", () => {
  for (const file of readdirSync(folder)) {
    it(`is answered as it was when ${file.replace(".json", "")} was recorded`, async () => {
      const { launcher, plugin } = bytesLauncher();
      let settings: Record<string, unknown> = { city: "Oslo" };
      const host = await exampleHost({
        launcher,
        folder: "/home/ada/sample",
        settings: { pluginConfig: () => settings },
      });
      const parley = parleyManifest.parse({ parley: "^1", run: { runtime: "node", entry: "./main.js" }, config });
      const about = { name: "raw", version: "1.0.0", description: undefined, root: "/raw", dataDir: "/data/raw" };
      await host.setInstalled([{ ...about, source: "bundled", manifest: undefined, parley, warnings: [] }]);
      const begun = host.supervisor.start("raw");
      begun.catch(() => {});
      let changing: Promise<void> | undefined;
      for (const [index, step] of (JSON.parse(readFileSync(join(folder, file), "utf8")) as Step[]).entries()) {
        if ("from" in step && step.from === "plugin") plugin.write(step.message);
        else if ("from" in step) {
          const said = await until(`the host says step ${index}`, () => plugin.received.shift());
          assert.deepEqual(partOf(said, step.message), step.message, `step ${index}`);
        } else if (step.do === "change") {
          settings = { city: "Atlantis", units: "imperial" };
          changing = host.settingsChanged();
        } else {
          await leave(plugin);
          await assert.rejects(begun, (error: Error) => error.message.includes(step.words));
          assert.equal(host.supervisor.view("raw")?.process, "failed", "it is not started again");
          assert.match(host.supervisor.view("raw")?.problem ?? "", /Update Parley/);
        }
      }
      await changing;
      const stopping = host.stop();
      if (host.supervisor.view("raw")?.process === "stopping") await leave(plugin);
      await stopping;
    });
  }
});

/** Answers the host's word that it is over. */
async function leave(plugin: RawEnd): Promise<void> {
  const said = await until("the host says that it is over", () => plugin.received.shift());
  assert.equal(said.method, "shutdown");
  plugin.write({ jsonrpc: "2.0", id: said.id, result: null });
}

/** Of a value that which is also in the pattern, so that more than the pattern says is no difference. */
function partOf(value: unknown, pattern: unknown): unknown {
  if (typeof value !== "object" || typeof pattern !== "object" || !value || !pattern || Array.isArray(pattern))
    return value;
  return Object.fromEntries(
    Object.entries(pattern).map(([name, own]) => [name, partOf((value as Message)[name], own)]),
  );
}
