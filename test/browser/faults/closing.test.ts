import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isAlive, listProcesses } from "../../host/processes.ts";
import { slowdown } from "../../support/slowdown.ts";
import { until } from "../../support/until.ts";
import { root } from "../../tools/paths.ts";
import { Conversation } from "../support/conversation.ts";
import { extensionsWith, type TestExtensions } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("the end of a window", () => {
  let extensions: TestExtensions;
  let workbench: Workbench | undefined;

  beforeEach(() => {
    extensions = extensionsWith([join(root, "test", "browser", "faults", "plugins", "stubborn")]);
  });
  afterEach(async () => {
    await workbench?.close({ expectLeftovers: true });
    extensions.remove();
  });

  /** Opens a window with plugins that run, the stubborn one and its child among them; answers all their processes. */
  async function openBusyWindow(): Promise<{ workbench: Workbench; processes: number[] }> {
    workbench = await openWorkbench({ extensions: extensions.folder });
    const opened = workbench;
    const conversation = await Conversation.open(opened);
    await conversation.say("find where the parser handles comments");
    await conversation.settled();
    await until("the stubborn plugin and its child run", () => {
      const commands = ours(opened).map(({ command }) => command);
      return (
        commands.some((one) => one.includes("plugins/stubborn/")) && commands.some((one) => one.includes("// stubborn"))
      );
    });
    const processes = ours(opened);
    for (const word of ["guardian.js", "plugins/repoagent/", "plugins/llmserver/"])
      assert.ok(
        processes.some(({ command }) => command.includes(word)),
        `${word} runs`,
      );
    return { workbench: opened, processes: processes.map(({ pid }) => pid) };
  }

  /** What Parley started in this workbench; all of it has the profile's path or the stubborn words in its command. */
  function ours({ profile, children }: Workbench) {
    const below = new Set(children().map(({ pid }) => pid));
    return listProcesses().filter(
      ({ pid, command }) =>
        command.includes(join(profile, "extensions", "parley-dev.")) ||
        (below.has(pid) && command.includes("stubborn")),
    );
  }

  const left = (processes: number[]) =>
    listProcesses()
      .filter(({ pid }) => processes.includes(pid) && isAlive(pid))
      .map(({ command }) => command);

  /** Fails with the command lines of those that are left; on a busy machine it waits as much longer as that is slower than alone. */
  async function goneWithin(ms: number, processes: number[]): Promise<void> {
    const timeoutMs = ms * slowdown();
    await until("every process has ended", () => left(processes).length === 0, { timeoutMs }).catch(() => {});
    assert.deepEqual(left(processes), []);
  }

  it("leaves no process behind when it is closed, even of a plugin that ignores all that it is told", async () => {
    const { workbench: opened, processes } = await openBusyWindow();
    await opened.page.goto("about:blank");
    await goneWithin(8_000, processes);
    workbench = undefined;
    await opened.close();
  });

  it("leaves none within 5 s when the extension host is killed", async () => {
    const { workbench: opened, processes } = await openBusyWindow();
    const host = await opened.extensionHost();
    process.kill(host, "SIGKILL");
    await goneWithin(5_000, processes);
  });

  it("leaves none either when the whole server is killed and no later host can clean up", async () => {
    const { workbench: opened, processes } = await openBusyWindow();
    const host = await opened.extensionHost();
    for (const pid of [opened.server.pid, host]) process.kill(pid, "SIGKILL");
    await goneWithin(5_000, processes);
  });

  it("is the same after a reload: the old window's processes are gone, the new one works", async () => {
    const { workbench: opened, processes } = await openBusyWindow();
    await opened.reload();
    await goneWithin(10_000, processes);
    const conversation = await Conversation.open(opened);
    await conversation.say("add 5 and 3 with the calculator");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /\b8\b/);
    workbench = undefined;
    await opened.close();
  });
});
