import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import type { Host } from "../core/host.ts";
import { setDebugPort } from "./settings.ts";

/** What Node says first when it waits for a debugger; the port was its own choice. */
const listening = /Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\/[\w-]+/;

/**
 * Starts a plugin anew under Node's inspector, on a port of the system's choice, and answers it. While it is debugged it is not ended
 * for being silent. When the debugger lets go of it, it runs without one again.
 *
 * @throws Failure `unavailable` for a plugin that is not run by Node, or that did not come up
 */
export async function debugPlugin(host: Host, name: string): Promise<string> {
  const runtime = host.supervisor.view(name)?.parley?.run.runtime;
  if (runtime !== "node")
    throw new Failure("unavailable", `${name} is not run by Node, so Node's debugger cannot look into it.`, {
      todo: "Debug its tests: a plugin that Parley made has a configuration for that.",
    });
  const lastListening = () => host.activity.logOf(name).findLast((line) => listening.test(line));
  const earlier = lastListening();
  await setDebugPort(name, 0);
  await host.supervisor.restart(name);
  const line = lastListening();
  const port = line === earlier ? undefined : listening.exec(line ?? "")?.[1];
  if (port === undefined) throw new Failure("unavailable", `${name} runs, and no debugger can be attached to it.`);
  const ended = vscode.debug.onDidTerminateDebugSession(async ({ configuration }) => {
    if (String(configuration.port) !== port) return;
    ended.dispose();
    await setDebugPort(name, undefined);
    await host.supervisor.restart(name);
  });
  return port;
}

/** The same, and attaches VS Code's debugger. */
export async function attachDebugger(host: Host, name: string): Promise<void> {
  const port = Number(await debugPlugin(host, name));
  const folder = vscode.workspace.workspaceFolders?.[0];
  await vscode.debug.startDebugging(folder, {
    type: "node",
    request: "attach",
    name: `${name} (plugin)`,
    address: "127.0.0.1",
    port,
    skipFiles: ["<node_internals>/**"],
  });
}
