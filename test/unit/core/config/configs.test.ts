import assert from "node:assert/strict";
import type { HostSettings } from "../../../../src/core/hostParts.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const config = {
  type: "object",
  required: ["city"],
  properties: {
    city: { type: "string" },
    units: { type: "string", enum: ["metric", "imperial"], default: "metric" },
    apiKey: { type: "string", "x-secret": true },
    cache: { type: "integer", "x-restart": true, default: 10 },
  },
};
const offers = [{ name: "now", description: "Says the weather.", action: "read", facets: { agent: true } }];

/** A weather plugin that keeps what it is told; `refuse` is what it answers to a change. */
function weather(
  more: { manifest?: object; initialize?: object; refuse?: (config: Record<string, unknown>) => unknown } = {},
) {
  const told: { at: "initialize" | "config.apply"; config: Record<string, unknown>; changed?: unknown }[] = [];
  const plugin: ScriptedPlugin = {
    manifest: { offers, config, ...more.manifest },
    initialize: more.initialize ?? {},
    onInitialize: (params) => void told.push({ at: "initialize", config: params.config as Record<string, unknown> }),
    onRequest(method, params) {
      if (method !== "call") return {};
      if (params.name !== "config.apply") return "sunny";
      const args = params.args as { config: Record<string, unknown>; changed: string[] };
      told.push({ at: "config.apply", ...args });
      return more.refuse?.(args.config) ?? null;
    },
  };
  return { plugin, told };
}

async function rig(
  own: ReturnType<typeof weather>,
  values: Record<string, unknown>,
  secrets: Record<string, string> = {},
) {
  const written: Record<string, Record<string, unknown>> = { weather: values };
  const kept: Record<string, unknown>[] = [];
  const { host } = await scriptedHost({
    plugins: { weather: own.plugin },
    settings: { pluginConfig: (name) => written[name] ?? {} } satisfies Partial<HostSettings>,
    config: { secrets: async () => secrets, keep: async (_, what) => void kept.push(what) },
  });
  const notices: { kind: string; text: string; todo: string }[] = [];
  host.onSettingsNotice((notice) => notices.push(notice));
  const set = async (next: Record<string, unknown>) => {
    written.weather = next;
    await host.settingsChanged();
  };
  return { host, kept, notices, set, start: () => host.supervisor.ensureRunning("weather") };
}

describe("the configuration of a plugin", () => {
  it("reaches it in initialize with defaults and secrets, and is written down without the secrets", async () => {
    const own = weather();
    const { host, kept, start } = await rig(own, { city: "Oslo" }, { apiKey: "k-12345" });
    await start();
    assert.deepEqual(own.told, [
      { at: "initialize", config: { city: "Oslo", units: "metric", apiKey: "k-12345", cache: 10 } },
    ]);
    assert.deepEqual(await until("it is written down", () => kept[0]), { city: "Oslo", units: "metric", cache: 10 });
    await host.stop();
  });

  it("is pushed while the plugin runs, through config.apply, only where something changed", async () => {
    const own = weather();
    const { host, kept, set, start } = await rig(own, { city: "Oslo" });
    await start();
    await set({ city: "Oslo" });
    await set({ city: "Rome" });
    assert.deepEqual(own.told.slice(1), [
      { at: "config.apply", config: { city: "Rome", units: "metric", cache: 10 }, changed: ["city"] },
    ]);
    await until("it is written down", () => kept.at(-1)?.city === "Rome");
    await host.stop();
  });

  it("says a wrong value and leaves the old one in force", async () => {
    const own = weather();
    const { host, notices, set, start } = await rig(own, { city: "Oslo" });
    await start();
    await set({ city: "Oslo", units: "furlongs" });
    await set({ city: "Oslo", units: "furlongs" });
    assert.equal(own.told.length, 1);
    assert.equal(notices.length, 1, "it is said once");
    assert.match(notices[0]?.text ?? "", /settings of weather: "units" must be one of "metric", "imperial"/);
    assert.match(notices[0]?.todo ?? "", /parley\.plugins\.settings/);
    assert.deepEqual(host.notesOf("weather").length, 1);
    await set({ city: "Oslo", units: "imperial" });
    assert.deepEqual(host.notesOf("weather"), []);
    assert.deepEqual(own.told[1]?.changed, ["units"]);
    await host.stop();
  });

  it("keeps the old value of what the plugin itself refuses, hands over the rest, and does not ask again", async () => {
    const refuse = ({ city }: Record<string, unknown>) =>
      city === "Atlantis" ? { errors: [{ field: "city", message: "is not on the map" }] } : null;
    const own = weather({ refuse });
    const { host, notices, set, start } = await rig(own, { city: "Oslo" });
    await start();
    await set({ city: "Atlantis", units: "imperial" });
    assert.deepEqual(own.told.at(-1), {
      at: "config.apply",
      config: { city: "Oslo", units: "imperial", cache: 10 },
      changed: ["units"],
    });
    assert.match(notices[0]?.text ?? "", /"city" is not on the map/);
    await set({ city: "Atlantis", units: "imperial" });
    assert.equal(own.told.length, 3);
    await host.supervisor.restart("weather");
    assert.deepEqual(own.told.at(-1)?.config.city, "Oslo");
    await host.stop();
  });

  it("asks for a restart where a setting needs one, and tells the plugin the others at once", async () => {
    const own = weather();
    const { host, notices, set, start } = await rig(own, { city: "Oslo" });
    await start();
    await set({ city: "Rome", cache: 20 });
    assert.deepEqual(own.told.at(-1)?.config, { city: "Rome", units: "metric", cache: 10 });
    assert.deepEqual(
      notices.map(({ kind }) => kind),
      ["restart"],
    );
    assert.match(notices[0]?.text ?? "", /"cache" hold from the next start of weather/);
    await set({ city: "Rome", cache: 20 });
    assert.equal(notices.length, 1);
    await host.supervisor.restart("weather");
    assert.deepEqual(own.told.at(-1), { at: "initialize", config: { city: "Rome", units: "metric", cache: 20 } });
    await host.stop();
  });

  it("asks for a restart of a plugin that did not agree to config.apply", async () => {
    const own = weather({ initialize: { capabilities: {} } });
    const { host, notices, set, start } = await rig(own, { city: "Oslo" });
    await start();
    await set({ city: "Rome" });
    assert.equal(own.told.length, 1);
    assert.deepEqual(
      notices.map(({ kind }) => kind),
      ["restart"],
    );
    await host.stop();
  });

  it("keeps a plugin out while something is missing: nothing of it is offered, and what to do is said", async () => {
    const own = weather();
    const { host, set, start } = await rig(own, {});
    const view = () => host.supervisor.view("weather");
    const eligibility = view()?.eligibility;
    assert.ok(eligibility && !eligibility.ok);
    assert.equal(eligibility.reason, "needsConfiguration");
    assert.match(eligibility.todo ?? "", /Set "city" of "weather" in the setting parley\.plugins\.settings/);
    assert.deepEqual(host.offers.all(), []);
    await assert.rejects(start(), /needs configuration: "city" is missing/);
    await set({ city: "Oslo" });
    assert.equal(host.offers.all().length, 1);
    await start();
    await set({});
    assert.deepEqual(host.offers.all(), []);
    await until("it is stopped", () => view()?.process === "stopped");
    await host.stop();
  });

  it("counts what the plugin states in its answer where the manifest is silent", async () => {
    const own = weather({ manifest: { config: undefined }, initialize: { configSchema: config } });
    const { host, start, set } = await rig(own, { city: "Oslo" });
    await start();
    await until("its defaults reach it", () => own.told.length === 2);
    assert.deepEqual(own.told[1]?.config.units, "metric");
    await set({});
    assert.equal(host.supervisor.view("weather")?.eligibility.ok, false);
    await host.stop();
  });

  it("is nobody else's to hand over: not another plugin's, not the agent's, not the plugin's own", async () => {
    const own = weather({
      manifest: { offers: [...offers, { name: "config.apply", description: "x", action: "write" }] },
    });
    const { host } = await rig(own, { city: "Oslo" });
    for (const caller of ["agent", "plugin:other", "plugin:weather"]) {
      const call = host.calls.call({ caller, to: { plugin: "weather" }, name: "config.apply", args: {} });
      await assert.rejects(call, /refused by the rule "builtin:settings:/, caller);
    }
    await host.stop();
  });

  it("says what is wrong with the plugin's own schema, and goes on saying it of no other", async () => {
    const flawed = { type: "object", properties: { city: { $ref: "https://elsewhere.example/city.json" } } };
    const own = weather({ manifest: { config: flawed } });
    const { host } = await rig(own, {});
    const notes = host.notesOf("weather");
    assert.equal(notes.length, 1);
    assert.match(
      notes[0] ?? "",
      /^The settings of weather: "city" is not checked .*correct "properties\.city" of the schema/,
    );
    assert.deepEqual(host.notesOf("weather"), notes);
    await host.stop();
    const { host: sound } = await rig(weather(), { city: "Oslo" });
    assert.deepEqual(sound.notesOf("weather"), []);
    await sound.stop();
  });
});
