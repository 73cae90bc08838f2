import assert from "node:assert/strict";
import { tellAuthors } from "../../../src/vscode/developTrouble.ts";

type Plugin = Parameters<ReturnType<typeof tellAuthors>>[0][number];

const view = (more: Partial<Plugin>): Plugin => ({
  name: "mine",
  source: "development",
  process: "running",
  problem: undefined,
  eligibility: { ok: true },
  ...more,
});
const failed = view({ process: "failed", problem: "It exited with code 1." });
const broken = view({
  process: "stopped",
  eligibility: { ok: false, reason: "broken", text: "plugin.json is not JSON.", todo: "Correct it." },
});

function rig() {
  const said: string[] = [];
  return { said, see: tellAuthors((plugin, text) => said.push(`${plugin}: ${text}`)) };
}

describe("trouble of a plugin in development", () => {
  it("is told once, with what to do, though the plugins change meanwhile", () => {
    const { said, see } = rig();
    for (const one of [view({}), failed, failed, view({ process: "starting" }), failed]) see([one]);
    see([broken]);
    see([broken]);
    assert.deepEqual(said, [
      'mine: Plugin "mine" does not run. It exited with code 1.',
      "mine: plugin.json is not JSON. Correct it.",
    ]);
  });

  it("is told again when the plugin was well in between", () => {
    const { said, see } = rig();
    for (const one of [failed, view({}), failed]) see([one]);
    assert.equal(said.length, 2);
  });

  it("is nobody's business where a plugin from elsewhere fails, is not let in, or tries again", () => {
    const { said, see } = rig();
    see([{ ...failed, source: "user" }]);
    see([{ ...broken, source: "workspace" }]);
    see([view({ process: "backoff", problem: "It exited with code 1." })]);
    see([view({ process: "stopped", eligibility: { ok: false, reason: "needsConsent", text: "Not let in." } })]);
    assert.deepEqual(said, []);
  });
});
