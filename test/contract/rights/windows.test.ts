/** Two windows on one database: what a person decides in one holds in the other. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { Puppet } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

describe("a right that is revoked in another window", function () {
  this.timeout(30_000);
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  /** A window with the plugin `talker`, whose folder is another window's where one is given. */
  async function open(folder?: string): Promise<{ real: RealHost; talker: Puppet }> {
    const talker = await Puppet.make("talker");
    const wants = [{ verb: "publish", target: "talk.>", why: "To be heard." }];
    const packages = (place: string) => {
      // The first window's process has read its own already.
      rmSync(join(place, "talker"), { recursive: true, force: true });
      talker.pack(place, { wants });
    };
    const real = await realHost({ packages, ...(folder ? { folder } : {}) });
    undo.push(async () => {
      await real.stop();
      talker.close();
    });
    await talker.start(real);
    return { real, talker };
  }

  it("is refused here, holds again when it is given back, and so does a person's rule", async () => {
    const first = await open();
    const second = await open(first.real.folder);
    const publish = async () => (await second.talker.request("publish", { topic: "talk.now", data: 1 })).error?.code;
    assert.equal(await publish(), undefined);
    const { rules } = first.real.host;
    const grant = rules.grantsOf("talker")[0]?.id ?? "";
    await rules.setGranted(grant, false);
    await until("it is refused", async () => (await publish()) === errorCodes.denied);
    await rules.setGranted(grant, true);
    await until("it may again", async () => (await publish()) === undefined);
    const { id } = await rules.addPersonRule({ who: "plugin:talker", verb: "publish", target: "*", effect: "deny" });
    await until("the rule holds", async () => (await publish()) === errorCodes.denied);
    assert.ok(second.real.host.rules.get(id));
    await second.real.host.rules.remove(id);
    await until("it is gone in the first, too", () => rules.get(id) === undefined);
  });
});
