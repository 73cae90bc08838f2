/** The plugin without an SDK of docs/examples/raw, as a real process. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import { NodeLauncher } from "../../../src/node/launcher.ts";
import { findPackages } from "../../../src/node/packages.ts";
import { until } from "../../support/until.ts";
import { exampleHost, repository } from "./exampleHost.ts";

describe("the example without an SDK", function () {
  this.timeout(20_000);

  it("answers its call, says something in the conversation, and leaves when it is asked to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-raw-"));
    const runsFolder = join(folder, "runs");
    const none = undefined;
    const launcher = new NodeLauncher({
      runsFolder,
      sdkDir: none,
      guardianProgram: none,
      pythonPath: () => none,
      logger: silentLogger,
    });
    const host = await exampleHost({ launcher, folder });
    try {
      const package_ = {
        folder: join(repository, "docs", "examples", "raw"),
        source: "bundled",
        single: true,
      } as const;
      await host.setInstalled(await findPackages([package_], join(folder, "data")));
      const shout = { caller: "person", to: { plugin: "raw" }, name: "shout", args: { text: "hello" } };
      assert.deepEqual((await host.calls.call(shout)).result, { text: "HELLO" });
      const conversation = await host.conversations.visible();
      await until("its message is there", () =>
        conversation.items().some((item) => item.kind === "message" && item.content === "**HELLO**"),
      );
      await host.supervisor.stop("raw");
      assert.equal(host.supervisor.view("raw")?.lastExit, "It exited with code 0.", "nobody had to end it");
    } finally {
      await host.stop();
      launcher.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
