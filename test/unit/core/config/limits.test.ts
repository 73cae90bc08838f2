import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LiveLimits } from "../../../../src/core/config/limits.ts";
import { limitsSettingSchema } from "../../../../src/protocol/limitSettings.ts";
import { limitRanges, limits, rates } from "../../../../src/protocol/limits.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";

describe("the setting parley.limits", () => {
  const withSetting = (value: unknown) => new LiveLimits(() => value);

  it("changes limits and rates for all plugins, and for one more so", () => {
    const live = withSetting({
      callDepth: 4,
      logs: { burst: 7 },
      plugins: { hello: { callDepth: 2, messages: { perSecond: 5 } } },
    });
    assert.deepEqual(live.problems, []);
    assert.deepEqual([live.of().callDepth, live.of("other").callDepth, live.of("hello").callDepth], [4, 4, 2]);
    assert.equal(live.of("hello").eventQueueCount, limits.eventQueueCount);
    assert.deepEqual(live.rate("hello", "logs"), { perSecond: rates.logs.perSecond, burst: 7 });
    assert.deepEqual(live.rate("hello", "messages"), { perSecond: 5, burst: rates.messages.burst });
    assert.deepEqual(live.rate("other", "messages"), rates.messages);
  });

  it("says each wrong value and takes the others", () => {
    const live = withSetting({
      callDepth: 0,
      eventQueueCount: 50,
      interceptMs: "5 s",
      bodyBytes: 1,
      noLimit: 1,
      messages: 5,
      wakes: { perSecond: -1, burst: 1.5, at: 1 },
      plugins: { hello: 3 },
    });
    assert.equal(live.of().eventQueueCount, 50);
    assert.equal(live.of().callDepth, limits.callDepth);
    const said = live.problems.join("\n");
    for (const expected of [
      /"callDepth" must be a whole number from 1 to 64/,
      /"interceptMs" must be/,
      /"bodyBytes" cannot be set, because both sides/,
      /"noLimit" is no limit/,
      /"messages" must be an object with perSecond and burst/,
      /"wakes\.perSecond" must be a number from/,
      /"wakes\.burst" must be a whole number/,
      /"wakes\.at" is no part of a rate/,
      /"plugins\.hello" must be an object/,
    ])
      assert.match(said, expected);
    assert.equal(live.problems.length, 9);
    assert.match(withSetting([1]).problems.join(), /must be an object/);
  });

  it("stands before older settings of the same", () => {
    const live = (value: unknown) =>
      new LiveLimits(
        () => value,
        () => ({ pluginTokensPerDay: 5 }),
      );
    assert.equal(live({}).of("a").pluginTokensPerDay, 5);
    assert.equal(live({ plugins: { a: { pluginTokensPerDay: 9 } } }).of("a").pluginTokensPerDay, 9);
    assert.equal(live({ pluginTokensPerDay: 7 }).of("b").pluginTokensPerDay, 7);
  });

  it("can be changed, every one of them but those that are part of the framing", () => {
    const fixed = Object.keys(limits).filter((name) => !Object.hasOwn(limitRanges, name));
    assert.deepEqual(fixed.sort(), ["bodyBytes", "bodyTimeoutMs", "headerBytes", "nesting"]);
  });

  it("is what package.json contributes, with every default inside its range", () => {
    const path = join(import.meta.dirname, "../../../../package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as {
      contributes: { configuration: { properties: Record<string, unknown> } };
    };
    assert.deepEqual(manifest.contributes.configuration.properties["parley.limits"], limitsSettingSchema());
    for (const [name, [least, most]] of Object.entries(limitRanges)) {
      const value = limits[name as keyof typeof limitRanges];
      assert.ok(value >= least && value <= most, name);
    }
  });

  it("holds from the next message on, is told to a plugin when it starts, and wrong values are said once", async () => {
    let setting: unknown = { stateValueBytes: 1_024 };
    const told: Record<string, number>[] = [];
    let send: ((method: string, params: Record<string, unknown>) => Promise<unknown>) | undefined;
    const { host } = await scriptedHost({
      settings: { limits: () => setting },
      plugins: {
        box: {
          manifest: { offers: [{ name: "go", description: "Goes.", action: "read" }] },
          onInitialize: ({ limits: own }) => void told.push(own as Record<string, number>),
          onRequest(_method, _params, plugin) {
            send = plugin.send;
            return null;
          },
        },
      },
    });
    const notices: string[] = [];
    host.onSettingsNotice(({ text }) => notices.push(text));
    await host.calls.call({ caller: "person", to: { plugin: "box" }, name: "go", args: {} });
    assert.equal(told[0]?.stateValueBytes, 1_024);
    const write = async (value: string) => await send?.("state/set", { scope: "plugin", key: "k", value });
    await assert.rejects(write("x".repeat(2_000)), /1024 are allowed/);
    setting = { stateWrites: { burst: 1, perSecond: 0.001 }, callDepth: "deep" };
    await host.settingsChanged();
    await host.settingsChanged();
    await write("x".repeat(2_000));
    await assert.rejects(write("y"), (error: { kind: string; details: { retryAfterMs: number } }) => {
      assert.equal(error.kind, "overloaded");
      assert.ok(error.details.retryAfterMs > 1_000);
      return true;
    });
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? "", /"callDepth" must be/);
    await host.stop();
  });
});
