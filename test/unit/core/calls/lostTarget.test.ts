import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";

describe("a call whose plugin ends while it works", () => {
  /** What whoever called is told to do. */
  async function todoOf(action: string): Promise<string> {
    const { host } = await scriptedHost({
      plugins: {
        p: {
          manifest: { offers: [{ name: "go", description: "An offer.", action }] },
          onRequest(method) {
            if (method !== "call") return {};
            throw new Failure("unavailable", "p exited with code 78.", { details: { reason: "exited" } });
          },
        },
      },
    });
    const call = host.calls.call({ caller: "person", to: { plugin: "p" }, name: "go", args: {} });
    const failure: unknown = await call.catch((error: unknown) => error);
    await host.stop();
    assert.ok(failure instanceof Failure);
    return failure.todo ?? "";
  }

  it("says to try again where it only read, and promises no start that may not come", async () => {
    const todo = await todoOf("read");
    assert.match(todo, /^Try again: where it may be started again it is, else you are told why not\. Its log/);
    assert.doesNotMatch(todo, /by itself/);
  });

  it("says to look first where it may have changed something", async () => {
    assert.match(await todoOf("write"), /^Look whether it was done before you try again; its log/);
  });
});
