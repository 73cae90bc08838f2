import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { pluginCommand, pluginEnvironment } from "../../support/fakeHost.ts";
import { RawPeer } from "../../support/rawPeer.ts";
import { until } from "../../support/until.ts";
import { hostSamples } from "../messages/hostSamples.ts";

describe("a handler that takes no notice of its cancel", () => {
  let peer: RawPeer;
  afterEach(() => peer.kill());

  for (const [language, ending] of Object.entries({ TypeScript: "ts", Python: "py" })) {
    it(`in ${language}: the host has its answer about 2 s after the cancel, and what comes later goes nowhere`, async () => {
      const entry = fileURLToPath(new URL(`./fixtures/heedless.${ending}`, import.meta.url));
      peer = new RawPeer(pluginCommand(entry), pluginEnvironment());
      await peer.request("initialize", hostSamples.initialize[0]);
      peer.send({ jsonrpc: "2.0", method: "initialized", params: {} });
      const call = (id: string, name: string) =>
        peer.send({ jsonrpc: "2.0", id, method: "call", params: { to: { plugin: "heedless" }, name, args: {} } });
      const answers = (id: string) => peer.received.filter((message) => message.id === id);
      const cancelled = performance.now();
      for (const name of ["ignore", "late"]) {
        call(name, name);
        peer.send({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: name } });
      }
      await until("both are answered", () => answers("ignore").length === 1 && answers("late").length === 1);
      const took = performance.now() - cancelled;
      assert.ok(took > 1_900, `${took} ms: a handler is given its time to finish`);
      for (const name of ["ignore", "late"]) assert.equal(answers(name)[0]?.error?.code, errorCodes.cancelled);
      call("end", "end");
      await until("it works on", () => answers("end")[0]?.result === true);
      await peer.request("$/ping", {});
      assert.equal(answers("late").length, 1, "no second answer");
    });
  }
});
