/** What a plugin on raw frames states of its intercepts when it starts. */
import assert from "node:assert/strict";
import { offered, startPuppets } from "../../support/puppets.ts";

describe("an intercept in the answer to initialize", function () {
  this.timeout(60_000);

  it("at a point that nobody passes is told to the author, and the rest of the answer counts", async () => {
    const { real, puppets, stop } = await startPuppets(
      { target: { offers: [offered("go")] }, gate: {} },
      {
        prepare({ gate }) {
          gate.declares = { intercepts: [{ point: "tol" }, { handle: "h", point: "offer:target/go" }] };
        },
      },
    );
    try {
      await real.host.calls.call({ caller: "person", to: { plugin: "target" }, name: "go", args: {} });
      const asked = puppets.gate.came("intercept").map(({ params }) => (params as { point: string }).point);
      assert.deepEqual(asked, ["offer:target/go"]);
      const log = real.host.activity.logOf("gate").join("\n");
      assert.match(log, /There is no point "tol", so its intercept is never asked\. The host's are turn, step, model,/);
    } finally {
      await stop();
    }
  });
});
