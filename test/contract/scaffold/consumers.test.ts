/** Who imports the SDK: strict TypeScript with each way to resolve modules, and CommonJS. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../docs/exampleHost.ts";

const sdk = join(repository, "dist", "sdk");
const ways = { nodenext: "nodenext", bundler: "esnext" };

describe("whoever imports the SDK", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-consumer-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const [moduleResolution, module] of Object.entries(ways)) {
    it(`finds types without a fault, its libraries' too, resolving as ${moduleResolution}`, () => {
      mkdirSync(join(folder, "node_modules", "@parley"), { recursive: true });
      cpSync(sdk, join(folder, "node_modules", "@parley", "sdk"), { recursive: true });
      for (const name of ["@types", "undici-types"])
        symlinkSync(join(repository, "node_modules", name), join(folder, "node_modules", name));
      cpSync(join(import.meta.dirname, "fixtures", "consumer.mts"), join(folder, "main.mts"));
      const compilerOptions = {
        ...{ target: "es2023", lib: ["es2023"], types: ["node"], noEmit: true, module, moduleResolution },
        ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        ...{ verbatimModuleSyntax: true, isolatedModules: true, noPropertyAccessFromIndexSignature: true },
      };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.mts"] }));
      const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
      const { stdout, status } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
      assert.equal(status, 0, stdout);
    });
  }

  it("may be a CommonJS module", () => {
    const run = { runtime: "node", entry: "./main.js" };
    const manifest = { name: "older", version: "0.0.1", extensions: { "dev.parley": { parley: "^1", run } } };
    writeFileSync(join(folder, "plugin.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "commonjs" }));
    writeFileSync(
      join(folder, "main.js"),
      `const { createPlugin } = require("@parley/sdk");
       const plugin = createPlugin();
       plugin.offer({ name: "answer", description: "Answers." }, () => 42);
       void plugin.start();`,
    );
    writeFileSync(
      join(folder, "drive.mjs"),
      `import { startTestHost } from "@parley/sdk/testing";
       const host = await startTestHost(${JSON.stringify(folder)});
       console.log(await host.call("answer"), await host.stop());`,
    );
    const args = ["--import", join(sdk, "resolve.mjs"), join(folder, "drive.mjs")];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
    assert.equal(stdout.trim(), "42 0", stderr);
  });
});
