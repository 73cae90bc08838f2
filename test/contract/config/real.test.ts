/** Settings from the person's hand to a plugin's process and back, in both languages: the whole host, real processes, a real database. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeRuntimeConfig } from "../../../src/node/runtimeConfig.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const secret = "t0p-s3cret-value";
const config = {
  type: "object",
  required: ["city"],
  properties: {
    city: { type: "string" },
    units: { type: "string", enum: ["metric", "imperial"], default: "metric" },
    apiKey: { type: "string", "x-secret": true },
    cache: { type: "integer", default: 10, "x-restart": true },
  },
};

const offer = (name: string) => ({ name, description: `Says ${name}.`, action: "read", input: { type: "object" } });

for (const [language, runtime, entry] of [
  ["TypeScript", "node", "settings.ts"],
  ["Python", "python", "settings.py"],
] as const) {
  describe(`the settings of a plugin in ${language}, through the whole host`, function () {
    this.timeout(30_000);
    let real: RealHost | undefined;
    afterEach(async () => {
      await real?.stop();
      real = undefined;
    });

    async function begin(values: Record<string, unknown>, secrets: Record<string, string> = { apiKey: secret }) {
      const written = { values, trace: "off" as "off" | "verbose", limits: {} as unknown };
      real = await realHost({
        packages: (folder) => {
          const root = join(folder, "weather");
          mkdirSync(root);
          copyFileSync(join(fixtures, entry), join(root, entry));
          const run = { runtime, entry: `./${entry}` };
          const offers = ["known", "seen", "tell", "blab", "begin", "drip"].map(offer);
          writeFileSync(join(root, "plugin.json"), manifestText("weather", { run, offers, config }));
        },
        settings: {
          pluginConfig: (name) => (name === "weather" ? written.values : {}),
          trace: () => written.trace,
          limits: () => written.limits,
        },
        config: {
          secrets: async () => secrets,
          keep: (plugin, what) => writeRuntimeConfig(plugin.dataDir, what),
        },
      });
      const { host, folder } = real;
      const notices: { kind: string; text: string }[] = [];
      host.onSettingsNotice((notice) => notices.push(notice));
      const call = async (name: string, args: Record<string, unknown> = {}) =>
        (await host.calls.call({ caller: "person", to: { plugin: "weather" }, name, args })).result as never;
      const kept = () => readFileSync(join(folder, "data", "weather", "config.runtime.json"), "utf8");
      const set = async (next: Partial<typeof written>) => {
        Object.assign(written, next);
        await host.settingsChanged();
      };
      return { host, folder, notices, call, kept, set };
    }

    it("reach it when it starts and within a second when they change, and are written down without secrets", async () => {
      const { host, call, kept, set } = await begin({ city: "Oslo" });
      const all = { city: "Oslo", units: "metric", apiKey: secret, cache: 10 };
      assert.deepEqual(await call("known"), { all, city: "Oslo", none: null });
      await until("it is written down", () => JSON.parse(kept()).city === "Oslo");
      const pid = host.supervisor.view("weather")?.pid;
      const begun = performance.now();
      await set({ values: { city: "Rome", units: "imperial" } });
      assert.deepEqual(await call("known"), {
        all: { ...all, city: "Rome", units: "imperial" },
        city: "Rome",
        none: null,
      });
      assert.ok(performance.now() - begun < 1_000, "within a second");
      assert.equal(host.supervisor.view("weather")?.pid, pid, "by the same process");
      await until("it is written down", () => JSON.parse(kept()).city === "Rome");
      assert.deepEqual(JSON.parse(kept()), { city: "Rome", units: "imperial", cache: 10 });
    });

    it("that the plugin refuses are told to the person, and the old ones hold; that need a restart wait for it", async () => {
      const { host, call, notices, set } = await begin({ city: "Oslo" });
      await call("known");
      await set({ values: { city: "Atlantis", cache: 99 } });
      assert.deepEqual(
        notices.map(({ kind }) => kind),
        ["restart", "wrong"],
      );
      assert.match(notices[1]?.text ?? "", /"city" is not on the map/);
      assert.equal(((await call("known")) as { city: string }).city, "Oslo");
      await host.supervisor.restart("weather");
      const { all } = (await call("known")) as { all: Record<string, unknown> };
      assert.deepEqual([all.city, all.cache], ["Oslo", 99]);
    });

    it("keep it from running while one is missing, and let it in when it is there", async () => {
      const { host, call, set } = await begin({});
      await assert.rejects(call("known"), /needs configuration: "city" is missing/);
      assert.deepEqual(host.offers.all(), []);
      await set({ values: { city: "Oslo" } });
      assert.equal(((await call("known")) as { city: string }).city, "Oslo");
    });

    it("leave no secret in the database, the journal, the log or any file", async () => {
      const { host, folder, call, set } = await begin({ city: "Oslo" });
      await set({ trace: "verbose" });
      await call("tell", { status: "up" });
      await set({ values: { city: "Rome" } });
      await host.supervisor.restart("weather");
      await call("tell", { status: "up" });
      await call("blab");
      await until(
        "all is in the log",
        () =>
          host.activity
            .logOf("weather")
            .join()
            .match(/ has •••/g)?.length === 3,
      );
      await until("the figures are shown", () => host.notesOf("weather").length === 1);
      const log = host.activity.logOf("weather").join("\n");
      assert.match(log, /host → plugin: initialize/);
      assert.match(log, /host → plugin: call #\d+ .*config\.apply/);
      await real?.host.supervisor.stop("weather");
      assert.doesNotMatch(log, new RegExp(secret));
      const rows = await real?.store.readJournal({ limit: 500 });
      assert.ok((rows?.length ?? 0) > 0);
      for (const path of filesBelow(folder))
        assert.ok(!readFileSync(path).includes(secret), `${path} holds the secret`);
    });

    it("leave no part of a secret in the log either, however it is written: what the output channel and the files get", async () => {
      const { host, call } = await begin({ city: "Oslo" });
      const lines: string[] = [];
      host.activity.onDidLog(({ line }) => lines.push(line));
      await call("begin");
      await until("what comes before is not held up", () => lines.some((line) => /\[stderr\] first $/.test(line)));
      await call("drip");
      await until("it is all there", () => lines.some((line) => line.endsWith("dripped")));
      const text = lines.join("\n");
      assert.match(text, /\[stderr\] ••• last$/m);
      assert.match(text, /\[stderr\] x{8000}$/m);
      assert.match(text, /\[stderr\] ••• dripped$/m);
      for (let at = 0; at + 4 <= secret.length; at++) {
        const part = secret.slice(at, at + 4);
        assert.ok(!text.includes(part), `a part of the secret, ${part}, is in the log`);
      }
      assert.deepEqual(
        host.activity.logOf("weather").filter((line) => !lines.includes(line) && /stderr|stray/.test(line)),
        [],
      );
    });
  });
}

it("the bundled sentinel takes new settings while it runs", async () => {
  let quietMs = 1_500;
  const kept: Record<string, unknown>[] = [];
  const real = await realHost({
    bundled: ["sentinel"],
    settings: { pluginConfig: () => ({ quietMs }) },
    config: { secrets: async () => ({}), keep: async (_plugin, values) => void kept.push(values) },
  });
  try {
    const { pid } = await real.host.supervisor.start("sentinel");
    quietMs = 700;
    await real.host.settingsChanged();
    assert.deepEqual(kept.at(-1), { quietMs: 700, perMinute: 5 });
    assert.equal(real.host.supervisor.view("sentinel")?.pid, pid);
  } finally {
    await real.stop();
  }
}).timeout(20_000);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
