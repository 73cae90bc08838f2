/** The published JSON Schema of plugin.json says the same as the host's own. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readManifest } from "../../../src/core/plugins/manifest.ts";
import { repository } from "./exampleHost.ts";

type Package = { name: string; extensions: { "dev.parley": Record<string, unknown> } };

describe("the published schema of plugin.json", () => {
  const schema = JSON.parse(readFileSync(join(repository, "docs/schema/manifest.json"), "utf8")) as object;
  const fits = new Ajv2020({ strict: false }).compile(schema);
  const packages = globSync(["plugins/*/plugin.json", "docs/examples/*/plugin.json"], { cwd: repository }).map(
    (file) => JSON.parse(readFileSync(join(repository, file), "utf8")) as Package,
  );

  it("takes every package of ours, as the host does", () => {
    assert.ok(packages.length >= 9);
    for (const each of packages) {
      assert.ok(fits(each), `${each.name}: ${JSON.stringify(fits.errors)}`);
      assert.ok(!("problem" in readManifest(JSON.stringify(each))), each.name);
    }
  });

  it("refuses what the host refuses", () => {
    const [good] = packages;
    assert.ok(good);
    const parley = good.extensions["dev.parley"];
    const flaws: Record<string, unknown>[] = [
      { ...parley, run: { runtime: "node", entry: "../main.js" } },
      { ...parley, run: { runtime: "basic", entry: "./main.js" } },
      { ...parley, parley: "one" },
      { ...parley, wants: [{ verb: "fly", target: "*", why: "fun" }] },
      { ...parley, activation: ["always"] },
      { ...parley, colour: "red" },
    ];
    for (const flaw of flaws) {
      const bad = { ...good, extensions: { "dev.parley": flaw } };
      assert.ok(!fits(bad), `the schema takes ${JSON.stringify(flaw).slice(0, 200)}`);
      assert.ok("problem" in readManifest(JSON.stringify(bad)), `the host takes ${JSON.stringify(flaw).slice(0, 200)}`);
    }
  });
});
