/** Every message that has a function in the SDKs, sent by it from a real plugin to a real host. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { homeOf } from "../../../src/core/plugins/identity.ts";
import { pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import { observed, type Reached } from "../../support/observed.ts";
import { Puppet } from "../../support/puppet.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { languages } from "./children.ts";
import { allWants, model, targetAnswers, targetOffers, window } from "./everything.ts";
import { pluginMethods } from "./pluginSamples.ts";

for (const [language, ending] of Object.entries(languages)) {
  describe(`what a plugin in ${language} sends to a real host`, function () {
    this.timeout(60_000);
    const reached: Reached[] = [];
    let real: RealHost;
    let target: Puppet;
    let reference = "";

    before(async () => {
      target = await Puppet.make("target");
      real = await realHost({
        packages: (folder) => {
          target.pack(folder, { wants: allWants, offers: targetOffers });
          packSpeaker(folder, ending);
        },
        window,
        launcher: observed(reached),
        model,
      });
      target.answers.call = targetAnswers;
      await Promise.all([target.start(real), real.host.supervisor.ensureRunning("speaker")]);
      await target.request("register", { subscription: { topic: "big.>" } });
      await target.request("publish", { topic: "big.one", data: { text: "x".repeat(1_200_000) } });
      const delivered = await until("the large event came", () => target.came("deliver").at(-1));
      reference = /"\$reference":"([^"]+)"/.exec(JSON.stringify(delivered.params))?.[1] ?? "";
    });
    after(async () => {
      await real?.stop();
      target?.close();
    });

    const send = async (method: string, more: Record<string, unknown> = {}) => {
      const args = { method, ...more };
      return (await real.host.calls.call({ caller: "person", to: { plugin: "speaker" }, name: "send", args }))
        .result as {
        answer?: unknown;
        kind?: string;
        message?: string;
      };
    };

    for (const method of pluginMethods.filter((one) => !one.startsWith("$/"))) {
      it(`${method}: reaches its handler, and the answer reaches the author`, async () => {
        const before = reached.length;
        const callId = real.host.calls.active()[0]?.id ?? (await detached());
        const { answer, kind, message } = await send(method, { callId, reference });
        assert.equal(kind, undefined, message);
        assert.notEqual(answer, undefined);
        const mine = await until("it arrives", () =>
          reached.slice(before).find((one) => one.plugin === "speaker" && one.method === method),
        );
        assert.ok(pluginToHost[method].params.safeParse(mine.params).success);
        const own = mine.params._meta as { callId?: string } | undefined;
        if (method !== "register" && method !== "unregister") assert.ok(own?.callId, "it belongs to the call");
      });
    }

    /** A call of the speaker's own that goes on. */
    async function detached(): Promise<string> {
      const speaker = real.host.supervisor.installed("speaker");
      assert.ok(speaker);
      const caller = { caller: "plugin:speaker", callerOwner: homeOf(speaker).owner };
      const request = { ...caller, to: { plugin: "target" }, name: "held", args: {}, detach: true };
      return ((await real.host.calls.call(request)).result as { callId: string }).callId;
    }
  });
}

function packSpeaker(folder: string, ending: string): void {
  const root = join(folder, "speaker");
  mkdirSync(root);
  cpSync(join(import.meta.dirname, `fixtures/speaker.${ending}`), join(root, `speaker.${ending}`));
  const run = { runtime: ending === "py" ? "python" : "node", entry: `./speaker.${ending}` };
  writeFileSync(join(root, "plugin.json"), manifestText("speaker", { run, wants: allWants }));
}
