import assert from "node:assert/strict";
import { newlyWaiting } from "../../../src/vscode/waitingPlugins.ts";

type Plugin = Parameters<ReturnType<typeof newlyWaiting>>[0][number];

const waits: Plugin = {
  name: "team",
  root: "/team",
  eligibility: { ok: false, reason: "needsConsent", text: "It has not been let in yet." },
};
const runs: Plugin = { ...waits, eligibility: { ok: true } };

describe("plugins that wait for consent", () => {
  it("are named once, and again when what was let in has changed", () => {
    const look = newlyWaiting(new Set());
    const said = [waits, waits, runs, runs, waits, waits].map((one) => look([one]));
    assert.deepEqual(said, [[{ name: "team", again: false }], [], [], [], [{ name: "team", again: true }], []]);
  });

  it("are not named while the person looks at them, nor when something else keeps them from running", () => {
    const reviewing = new Set(["/team"]);
    const look = newlyWaiting(reviewing);
    assert.deepEqual(look([waits]), []);
    reviewing.clear();
    const broken: Plugin = { ...waits, name: "bad", eligibility: { ok: false, reason: "broken", text: "No." } };
    assert.deepEqual(look([waits, broken]), [{ name: "team", again: false }]);
  });
});
