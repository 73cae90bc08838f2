import assert from "node:assert/strict";
import { refused } from "../../../support/failures.ts";
import { playedWindow, rig, sender } from "./actionRig.ts";

describe("what a plugin asks the window to do", () => {
  it("is done in the plugin's name, and told with the decision and its rule", async () => {
    const { window, done } = playedWindow();
    const { host, send, told } = await rig({ window });
    await send("ui/notify", { text: "Look.", level: "info" });
    await send("editor/open", { path: "a.ts", line: 2, endLine: 4 });
    await send("editor/open", { path: "a.ts", line: 2 });
    await send("editor/open", { path: "a.ts" });
    await send("editor/showDiff", { path: "a.ts", after: "x" });
    assert.deepEqual(done, [
      ["notify", "demo", "info", "Look."],
      ["open", "a.ts", { first: 2, last: 4 }],
      ["open", "a.ts", { first: 2, last: 2 }],
      ["open", "a.ts", undefined],
      ["showDiff", "a.ts", "x"],
    ]);
    assert.deepEqual(told.at(-1)?.data, {
      pluginId: "demo",
      service: "editor/showDiff",
      params: { path: "a.ts", after: "x" },
      decision: "allow",
    });
    assert.equal(told.length, 5);
    await refused(send("editor/open", { path: "a.ts", endLine: 3 }), "invalidParams");
    await host.stop();
  });

  it("is refused without the right, told as refused, and not done", async () => {
    const { window, done } = playedWindow();
    const { host, send, told } = await rig({ window }, sender([]));
    const failure = await refused(send("editor/open", { path: "a.ts" }), "denied");
    assert.equal(failure.details?.target, "editor/open");
    assert.deepEqual(done, []);
    assert.deepEqual(told.at(-1)?.data, {
      pluginId: "demo",
      service: "editor/open",
      params: { path: "a.ts" },
      decision: "deny",
    });
    await host.stop();
  });

  it("is a right that the manifest states, also to a line in a terminal: nobody is asked about what was not wanted", async () => {
    const { window, done } = playedWindow();
    const { host, send } = await rig({ window }, sender([]));
    const failure = await refused(send("terminal/run", { command: "npm test", wait: false }), "denied");
    assert.equal(failure.details?.rule, "default:plugin");
    assert.match(failure.todo ?? "", /State it in the manifest's wants/);
    assert.deepEqual((await host.conversations.visible()).entries(), []);
    assert.deepEqual(done, []);
    await host.stop();
  });

  it("is a right per VS Code command, and answers what of the command's answer is JSON", async () => {
    const { window, done } = playedWindow();
    const { host, send } = await rig({ window });
    const answer = await send("editor/executeCommand", { command: "demo.list", args: [1] });
    assert.deepEqual(answer, { result: { files: ["a.ts"] } });
    assert.deepEqual(done, [["executeCommand", "demo.list", [1]]]);
    await refused(send("editor/executeCommand", { command: "workbench.action.quit", args: [] }), "denied");
    assert.equal(done.length, 1);
    await host.stop();
  });

  it("is unavailable where there is no window", async () => {
    const { host, send } = await rig({});
    await refused(send("editor/open", { path: "a.ts" }), "unavailable");
    await host.stop();
  });
});
