import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { alone } from "../../support/slowdown.ts";
import { until } from "../../support/until.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

const goalMs = 50;

describe("the activation of the installed extension", () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({ folder: null });
  });
  after(async () => await workbench?.close());

  it("takes at most 50 ms, by VS Code's own measure", async () => {
    // The best of five windows, each by what it would be on a machine alone: what other programs take is not ours.
    const measured: number[] = [];
    while (measured.length < 5 && !measured.some((ms) => ms <= goalMs)) {
      if (measured.length > 0) await workbench.reload();
      measured.push(await alone(activationMs));
    }
    console.log(`      ${measured.map(Math.round).join(", ")} ms`);
    assert.ok(
      measured.some((ms) => ms > 0 && ms <= goalMs),
      `${measured.join(", ")} ms`,
    );
  }).timeout(240_000);

  it("starts no process", async () => {
    assert.deepEqual(
      workbench.children().filter(({ command }) => command.includes("parley-dev.parley")),
      [],
    );
  });

  /** Loading the script and running `activate`, as the list of running extensions says it. */
  async function activationMs(): Promise<number> {
    await workbench.command("Developer: Show Running Extensions");
    const row = workbench.page.locator(".runtime-extensions-editor .monaco-list-row").filter({ hasText: "Parley" });
    const time = /Activation:\s*(\d+)\s*ms/;
    return await until("its activation time is shown", async () => Number(time.exec(await row.innerText())?.[1] ?? 0), {
      timeoutMs: 20_000,
    });
  }
});
