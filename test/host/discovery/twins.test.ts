import assert from "node:assert/strict";
import * as vscode from "vscode";
import { asFailure } from "../../../src/base/failure.ts";
import type { PluginView } from "../../../src/core/plugins/run.ts";
import { until } from "../../support/until.ts";
import { type WindowHost, windowHost } from "../../support/windowHost.ts";
import { isAlive } from "../processes.ts";
import { install, uninstall } from "./contributor.ts";

const first = { name: "twin-a", plugin: "twin" };
const second = { name: "twin-b", plugin: "twin" };

describe("two extensions that contribute a plugin of the same name", () => {
  let window: WindowHost;
  before(async () => {
    window = await windowHost();
    await install(window.home, first);
    await install(window.home, second);
    await soon("both are there", () => of("twin-a") && of("twin-b"));
  });
  after(async () => {
    await window.close();
    await vscode.workspace.getConfiguration("parley").update("plugins.disabled", undefined, true);
    for (const each of [first, second]) await uninstall(each).catch(() => {});
  });

  const of = (extension: string): PluginView | undefined =>
    window.host.supervisor.list().find(({ name, root }) => name === "twin" && root.includes(`.${extension}-`));
  const stateOf = (extension: string) => {
    const eligibility = of(extension)?.eligibility;
    return eligibility && (eligibility.ok ? "may run" : eligibility.reason);
  };
  const soon = <Value>(what: string, look: () => Value) => until(what, look, { timeoutMs: 20_000 });
  const where = async () => await window.call("twin", "where");

  /** Begins a call that does not end by itself, does something, and answers how it ended; none of its processes is left then. */
  async function endOfCall(act: (cancel: () => void) => unknown): Promise<string> {
    const abort = new AbortController();
    let child = 0;
    const plugin = Number((await where()).pid);
    const outcome = window.host.calls
      .call({
        ...{ caller: "person", to: { plugin: "twin" }, name: "hang", args: {}, signal: abort.signal },
        onProgress: ({ message }) => {
          child = Number(message);
        },
      })
      .then(
        () => assert.fail("it answers never"),
        (error) => asFailure(error, "The call"),
      );
    await until("it works", () => child);
    await act(() => abort.abort());
    const { kind, message } = await outcome;
    await until("no process is left", () => !isAlive(plugin) && !isAlive(child));
    return `${kind}: ${message}`;
  }

  it("has one that may run and one that says why it does not", async () => {
    assert.equal(stateOf("twin-a"), "needsConsent");
    const { eligibility } = of("twin-b") ?? assert.fail();
    assert.ok(!eligibility.ok);
    assert.equal(eligibility.reason, "shadowed");
    assert.match(eligibility.text, /twin-b-.* is not used, because .*twin-a-.* has the same name and goes first/);
    await window.host.letIn("twin");
    assert.equal((await where()).of, "twin-a 1.0.0");
  });

  it("stops the first at once when it is uninstalled; the other takes over once the person has let it in", async () => {
    const { root } = of("twin-b") ?? assert.fail();
    const stopped = `unavailable: Plugin "twin" was stopped, because its name belongs to ${root} now.`;
    assert.equal(await endOfCall(() => uninstall(first)), stopped);
    await soon("the other has the name", () => stateOf("twin-b") === "needsConsent" && !of("twin-a"));
    assert.equal(of("twin-b")?.lastExit, undefined);
    await assert.rejects(where(), /has not been let in yet/);
    await window.host.letIn("twin");
    assert.equal((await where()).of, "twin-b 1.0.0");
  });

  it("gives the name back when the first is installed again, with the consent that it had", async () => {
    const ended = await endOfCall(() => install(window.home, first));
    assert.match(ended, /^unavailable: Plugin "twin" was stopped, because its name belongs to .*twin-a-.* now\.$/);
    await soon("the first has the name", () => stateOf("twin-b") === "shadowed");
    assert.equal((await where()).of, "twin-a 1.0.0");
  });

  it("lets a call end when its extension is updated, and runs the new version afterwards", async () => {
    const before = Number((await where()).pid);
    const ended = await endOfCall(async (cancel) => {
      await install(window.home, { ...first, version: "1.1.0" });
      await soon("it is to be updated", () => of("twin-a")?.updating);
      assert.ok(isAlive(before));
      cancel();
    });
    assert.match(ended, /^cancelled: /);
    assert.equal((await where()).of, "twin-a 1.1.0");
  });

  it("has one outcome when the plugin is disabled", async () => {
    const disable = (names: string[]) =>
      vscode.workspace.getConfiguration("parley").update("plugins.disabled", names, true);
    assert.equal(await endOfCall(() => disable(["twin"])), `unavailable: Plugin "twin" is disabled.`);
    await assert.rejects(where(), { message: `Plugin "twin" is disabled.`, todo: /parley\.plugins\.disabled/ });
    await disable([]);
    await until("it may run", () => stateOf("twin-a") === "may run");
    assert.equal((await where()).of, "twin-a 1.1.0");
  });

  it("is gone, and says so, when the last is uninstalled", async () => {
    await uninstall(second);
    await soon("the second is gone", () => !of("twin-b"));
    const stopped = `unavailable: Plugin "twin" was stopped, because it was removed.`;
    assert.equal(await endOfCall(() => uninstall(first)), stopped);
    await assert.rejects(where(), { kind: "notFound" });
    assert.equal(of("twin-a"), undefined);
  });
});
