import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { LaunchSpec, PluginProcess } from "../../../src/core/ports.ts";
import { AttachDoor } from "../../../src/node/attach/door.ts";
import { AttachTokens } from "../../../src/node/attach/tokens.ts";
import { WrongTokens } from "../../../src/node/attach/wrongTokens.ts";

const spec: LaunchSpec = {
  plugin: "child",
  epoch: 1,
  root: "/plugins/child",
  dataDir: "/data/child",
  run: { runtime: "command", command: "child" },
  env: { OWN: "1" },
};

describe("the door for plugins that attach", () => {
  function tokensIn(place: { text?: string }): AttachTokens {
    return new AttachTokens({
      read: async () => place.text,
      write: async (text) => {
        place.text = text;
      },
    });
  }

  it("gives the processes that it starts its port while it is open, and only then", async () => {
    const launched: LaunchSpec[] = [];
    const door = new AttachDoor({
      launcher: {
        launch: (one) => {
          launched.push(one);
          return {} as PluginProcess;
        },
      },
      tokens: tokensIn({}),
      dataFolder: join(tmpdir(), "parley-attach-none"),
      logger: silentLogger,
    });
    const closed = { enabled: false, port: 0, certificate: undefined, key: undefined };
    door.launch(spec, () => {});
    await door.apply({ ...closed, enabled: true });
    const { port } = door;
    door.launch(spec, () => {});
    await door.apply(closed);
    door.launch(spec, () => {});
    assert.deepEqual(
      launched.map(({ env }) => env),
      [{ OWN: "1" }, { OWN: "1", BKG_PLUGIN_BUS_PORT: String(port) }, { OWN: "1" }],
    );
  });

  it("never starts a program for an attached plugin that is gone", async () => {
    const door = new AttachDoor({
      launcher: { launch: () => assert.fail("a program was started") },
      tokens: tokensIn({}),
      dataFolder: tmpdir(),
      logger: silentLogger,
    });
    const process = door.launch({ ...spec, root: "attached:child#1" }, () => {});
    assert.match((await process.exited).startError ?? "", /not connected/);
    await assert.rejects(process.peer.request("call", {}), /not connected/);
  });

  it("keeps one token a name, tells whose it is, and forgets the one that was replaced", async () => {
    const place: { text?: string } = {};
    const tokens = tokensIn(place);
    const [one, other] = await Promise.all([tokens.of("one"), tokens.of("other")]);
    assert.equal(await tokens.of("one"), one);
    assert.ok(one.length >= 40 && one !== other);
    assert.deepEqual(await tokens.names(), ["one", "other"]);
    assert.deepEqual([await tokens.whose(one), await tokens.whose(other)], ["one", "other"]);
    for (const wrong of ["", "x", `${one} `, one.slice(1), "__proto__"])
      assert.equal(await tokens.whose(wrong), undefined);
    const next = await tokens.replace("one");
    assert.deepEqual([await tokens.whose(one), await tokens.whose(next)], [undefined, "one"]);
    await tokens.remove("one");
    assert.equal(await tokens.whose(next), undefined);
    assert.equal(await tokens.whose(await tokens.of("constructor")), "constructor");
    await assert.rejects(tokens.of("Not A Name"), /cannot be a plugin's name/);
    await assert.rejects(tokens.of("host"), /cannot be a plugin's name/);
    place.text = "spoiled {";
    assert.deepEqual(await tokens.names(), []);
  });

  it("lets nobody try for a minute after ten wrong tokens in a minute", () => {
    const clock = new FakeClock(5_000);
    const wrong = new WrongTokens(clock);
    for (let count = 0; count < 9; count++) wrong.note();
    assert.equal(wrong.waitMs(), 0);
    clock.advance(10_000);
    wrong.note();
    assert.equal(wrong.waitMs(), 50_000);
    clock.advance(50_000);
    assert.equal(wrong.waitMs(), 0);
  });
});
