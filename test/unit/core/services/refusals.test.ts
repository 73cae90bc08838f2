import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";

describe("what a plugin is told that may not do something", () => {
  it("says whether the manifest lacks it or a rule refuses it", async () => {
    const { host } = await scriptedHost({
      plugins: {
        speaker: {
          manifest: {
            offers: [{ name: "go", description: "Goes.", action: "read" }],
            wants: [{ verb: "publish", target: "told.>", why: "for the test" }],
          },
          onRequest: async (method, params, { send }) =>
            method === "call"
              ? await send("publish", { topic: (params.args as { topic: string }).topic, data: 1 })
              : {},
        },
      },
    });
    const publish = async (topic: string) => {
      const call = { caller: "person", to: { plugin: "speaker" }, name: "go", args: { topic } };
      const error = await host.calls.call(call).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return error instanceof Failure ? [error.kind, error.details?.rule, error.todo] : "published";
    };
    assert.equal(await publish("told.this"), "published");
    const [kind, rule, todo] = await publish("other.this");
    assert.deepEqual([kind, rule], ["denied", "default:plugin"]);
    assert.match(String(todo), /manifest's wants/);
    const { id } = await host.rules.addPersonRule({
      ...{ who: "plugin:speaker", verb: "publish", target: "told.*", effect: "deny" },
    });
    const [again, own, what] = await publish("told.this");
    assert.deepEqual([again, own], ["denied", id]);
    assert.match(String(what), /^That rule refuses it/);
    await host.stop();
  });
});
