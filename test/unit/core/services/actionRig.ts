/** A plugin that asks the window for something from inside a call, and a window that notes it. */
import type { WindowPort } from "../../../../src/core/ports.ts";
import type { PluginEvent } from "../../../../src/protocol/plugin/events.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

export type Sent = (method: string, params: Record<string, unknown>) => Promise<unknown>;

/** The rights to what the window does, which the plugin of a test wants. */
export const allWants = ["ui/notify", "ui/ask", "editor/open", "editor/showDiff", "editor/executeCommand:demo.*"].map(
  (target) => ({ verb: "act", target, why: "for the test" }),
);

/** A window that notes what it is asked to do; `answer` answers questions. */
export function playedWindow(answer: WindowPort["ask"] = async () => undefined) {
  const done: unknown[][] = [];
  const window: WindowPort = {
    notify: (...args) => void done.push(["notify", ...args]),
    ask: (...args) => {
      done.push(["ask", args[0], args[1]]);
      return answer(...args);
    },
    consent: async () => false,
    open: async (...args) => void done.push(["open", ...args]),
    showDiff: async (...args) => void done.push(["showDiff", ...args]),
    executeCommand: async (command, args) => {
      done.push(["executeCommand", command, args]);
      return { files: ["a.ts"], self: () => {} };
    },
    runInTerminal: async (plugin, line) => {
      done.push(["runInTerminal", plugin, line]);
      return { state: "started" };
    },
  };
  return { window, done };
}

/** A plugin that sends what the test says from inside a call of the person's. */
export function sender(wants: unknown[] = allWants, offer: Record<string, unknown> = {}) {
  let script: (send: Sent, callId: string) => Promise<unknown> = async () => null;
  const plugin: ScriptedPlugin = {
    manifest: { wants, offers: [{ name: "go", description: "Goes.", action: "read", ...offer }] },
    onRequest: (method, params, { send }) =>
      method === "call" ? script(send, (params._meta as { callId: string }).callId) : null,
  };
  return { plugin, sends: (run: typeof script) => (script = run) };
}

/** A host with the plugin of `own`; `send` sends a message of it, `card` is the card that waits, `told` what was told. */
export async function rig(options: Omit<Parameters<typeof scriptedHost>[0], "plugins">, own = sender()) {
  const scripted = await scriptedHost({ ...options, plugins: { demo: own.plugin } });
  const { host } = scripted;
  const told: PluginEvent[] = [];
  host.bus.on("plugin.actionRequested", (event) => void told.push(event));
  /** Sends one message from inside a call, with the call's id. */
  const send = async (method: string, params: Record<string, unknown>) => {
    own.sends((by, callId) => by(method, { ...params, _meta: { callId } }));
    const call = { caller: "person", to: { plugin: "demo" }, name: "go", args: {} };
    return (await host.calls.call(call)).result;
  };
  const card = () =>
    until("a card is shown", async () => {
      const entries = (await host.conversations.visible()).entries();
      const found = entries.find((entry) => entry.kind === "approval" && entry.choice === undefined);
      return found?.kind === "approval" ? found : undefined;
    });
  return { ...scripted, told, send, card };
}
