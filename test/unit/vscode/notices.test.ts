import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { Failure } from "../../../src/base/failure.ts";
import type { NoticeButton } from "../../../src/vscode/notices.ts";
import { until } from "../../support/until.ts";

interface Shown {
  readonly level: string;
  readonly text: string;
  readonly titles: string[];
  readonly choose: (title: string | undefined) => void;
}

/** As much of VS Code as notices touch: what is shown is kept for the test, which chooses. */
const shown: Shown[] = [];
Object.assign(globalThis, { shownNotices: shown });
const vscode = `data:text/javascript,${encodeURIComponent(`
  const shower = (level) => (text, ...titles) =>
    new Promise((choose) => globalThis.shownNotices.push({ level, text, titles, choose }));
  export const window = {
    showInformationMessage: shower("info"), showWarningMessage: shower("warning"), showErrorMessage: shower("error"),
  };
  export const commands = { executeCommand: async () => {} };
`)}`;

describe("a notice", () => {
  let hooks: ReturnType<typeof registerHooks>;
  before(() => {
    hooks = registerHooks({
      resolve: (name, context, next) => (name === "vscode" ? { url: vscode, shortCircuit: true } : next(name, context)),
    });
  });
  after(() => hooks.deregister());

  it("runs the button that the person chose, and says why that failed", async () => {
    const { say } = await import("../../../src/vscode/notices.ts");
    const pressed: string[] = [];
    const gone = new Failure("notFound", "The file is gone.", { todo: "Export it again." });
    const buttons: [NoticeButton, NoticeButton] = [
      { title: "Copy", run: () => pressed.push("Copy") },
      { title: "Open", run: () => Promise.reject(gone) },
    ];
    say("info", "It is done.", ...buttons);
    say("info", "It is done.", ...buttons);
    say("info", "It is done.", ...buttons);
    for (const [index, title] of ["Copy", "Open", undefined].entries()) shown[index]?.choose(title);
    await until("the failure is said", () => shown.length === 4);
    const [first, , , failure] = shown;
    assert.deepEqual([first?.level, first?.text, first?.titles], ["info", "It is done.", ["Copy", "Open"]]);
    assert.deepEqual([failure?.level, failure?.text], ["error", "The file is gone. Export it again."]);
    assert.deepEqual(pressed, ["Copy"]);
  });
});
