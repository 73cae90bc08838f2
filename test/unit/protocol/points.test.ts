/** A point that could never be passed is told, so that nobody relies on a gate that is never asked. */
import assert from "node:assert/strict";
import { readManifest } from "../../../src/core/plugins/manifest.ts";
import { hostPoints, isPoint } from "../../../src/protocol/plugin/intercepts.ts";
import { manifestText } from "../../support/realHost.ts";
import { scriptedHost } from "../../support/scriptedHost.ts";

describe("a point", () => {
  it("is the host's, an offer's, a plugin's own, or a pattern of them", () => {
    for (const point of [...hostPoints, "offer:notes/save", "notes:save", "*:save", "offer:notes/*", "*"])
      assert.ok(isPoint(point), point);
    for (const point of ["", "tol", "Tool", "save", "offer", "tool "]) assert.ok(!isPoint(point), point);
  });

  it("that there is not is refused where it is registered, with those that there are", async () => {
    let send: (method: string, params: Record<string, unknown>) => Promise<unknown> = async () => {};
    const wants = [{ verb: "intercept", target: "*", why: "for the test" }];
    const { host } = await scriptedHost({
      plugins: {
        gate: {
          manifest: { offers: [{ name: "go", description: "Goes.", action: "read" }], wants },
          onRequest(method, _, channel) {
            if (method === "call") send = channel.send;
            return {};
          },
        },
      },
    });
    await host.calls.call({ caller: "person", to: { plugin: "gate" }, name: "go", args: {} });
    await assert.rejects(send("register", { intercept: { point: "tol" } }), {
      kind: "invalidParams",
      message: 'There is no point "tol".',
      todo: /^The host's are turn, .*, gateway;/,
    });
    await send("register", { intercept: { point: "tool" } });
    await host.stop();
  });

  it("that there is not is a warning where a manifest has it: a newer plugin runs on an older host", () => {
    const reading = readManifest(manifestText("gate", { intercepts: [{ point: "tol" }, { point: "tool" }] }));
    assert.ok(!("problem" in reading));
    assert.deepEqual(reading.warnings, ['plugin.json: there is no point "tol", so its intercept is never asked.']);
  });
});
