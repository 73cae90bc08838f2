import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: { configuration: { properties: Record<string, { scope?: string }> } };
}

describe("the extension's settings", () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8")) as Manifest;
  const properties = manifest.contributes.configuration.properties;

  it("leave to no folder what runs, what may be done without asking and what is kept from running", () => {
    const open = Object.keys(properties).filter((name) => properties[name]?.scope !== "machine");
    assert.deepEqual(open, ["parley.agent.stepLimit"]);
  });

  it("take no word of an untrusted folder, whatever its scope is later", () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    for (const name of ["python.path", "agent.mode", "agent.stepLimit", "plugins.disabled"])
      assert.ok(restricted.includes(`parley.${name}`), name);
    for (const name of restricted) assert.ok(properties[name], `${name} is a setting`);
  });
});
