import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type { WindowPort } from "../../../src/core/ports.ts";
import { NodeLauncher } from "../../../src/node/launcher.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";

const dist = join(import.meta.dirname, "../../../dist");
const names = ["hello", "calculator", "repoagent", "conversation-monitor", "sentinel", "llmserver", "scaffold"];

describe("Parley's own plugins, shut in", function () {
  this.timeout(60_000);
  let real: RealHost;
  const home = mkdtempSync(join(tmpdir(), "parley-home-"));
  const { HOME } = process.env;
  before(async () => {
    // What the person has in their home is not for a test.
    process.env.HOME = home;
    real = await realHost({
      window: { executeCommand: async (_, [folder]) => ({ name: folder, state: "running" }) } as WindowPort,
      packages: (folder) => {
        for (const name of names) cpSync(join(dist, "plugins", name), join(folder, name), { recursive: true });
      },
      settings: { sandbox: () => "on" },
      // As they are shipped: the SDK is one file, and nothing of this checkout is to be read.
      launcher: (_, data) =>
        new NodeLauncher({
          runsFolder: join(data, "..", "runs"),
          sdkDir: join(dist, "sdk"),
          guardianProgram: undefined,
          pythonPath: () => undefined,
          logger: silentLogger,
        }),
    });
  });
  after(async () => {
    await real.stop();
    process.env.HOME = HOME;
    rmSync(home, { recursive: true, force: true });
  });

  const call = async (plugin: string, name: string, args: Record<string, unknown> = {}) => {
    const conversation = (await real.host.conversations.visible()).id;
    return (await real.host.calls.call({ caller: "person", to: { plugin }, name, args, conversation })).result;
  };

  for (const name of names) {
    it(`${name} starts, and it is said what holds it`, async () => {
      await real.host.supervisor.ensureRunning(name);
      const { sandbox } = real.host.supervisor.view(name) ?? {};
      assert.ok(sandbox, "it is known");
      const before = await real.host.supervisor.sandbox(name);
      assert.equal(sandbox.kind, before.kind, "the sheet says before what holds then");
    });
  }

  it("the calculator still calls hello", async () => {
    const result = await call("calculator", "calculate_via_hello", { operation: "add", a: 2, b: 3 });
    assert.deepEqual(result, { result: 5, callee_plugin: "hello" });
  });

  it("the scaffold still makes plugins in the open folder and in the person's home", async () => {
    const make = (name: string, where?: string) =>
      call("scaffold", "create_plugin", { name, language: "typescript", ...(where ? { where } : {}) });
    await make("here", "workspace");
    assert.match(readFileSync(real.file(".parley/plugins/here/plugin.json"), "utf8"), /"name": "here"/);
    await make("mine", "user");
    assert.deepEqual(readdirSync(join(home, ".parley", "plugins")), ["mine"]);
    assert.ok(real.host.supervisor.view("scaffold")?.sandbox?.kind !== "none", "it is shut in");
    assert.deepEqual(readdirSync(home), [".parley"]);
  });

  it("the repository tools still read and write the open folder, which their manifest wishes", async () => {
    writeFileSync(real.file("notes.txt"), "find me here\n");
    const read = await call("repoagent", "repo.file.read", { path: "notes.txt" });
    assert.match(JSON.stringify(read), /find me here/);
    assert.match(JSON.stringify(await call("repoagent", "repo.search", { query: "find me" })), /notes\.txt/);
    await call("repoagent", "repo.file.write", { path: "new.txt", content: "written", mode: "create" });
    assert.equal(readFileSync(real.file("new.txt"), "utf8"), "written");
  });
});
