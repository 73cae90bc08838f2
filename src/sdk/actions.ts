import type { QuestionChoice } from "../protocol/plugin/actions.ts";
import type { PluginToHost, ResultOf } from "../protocol/plugin/methods.ts";
import type { RequestOptions } from "../rpc/types.ts";
import type { Channel } from "./channel.ts";
import { type CallContext, childMeta } from "./context.ts";

/** What a plugin asks the host to do in the window. Each needs the right to act; the person may be asked, which takes its time. */
export interface Actions {
  readonly ui: {
    /** Shows a notification that names the plugin. */
    notify(text: string, options?: { level?: "info" | "warning" | "error" }): Promise<void>;
    /** Asks the person; answers the title of the choice, or undefined where the question was closed. */
    ask(question: string, choices: readonly (string | QuestionChoice)[]): Promise<string | undefined>;
  };
  readonly editor: {
    /** Shows a file, relative to a workspace folder or absolute; lines are 1-based. */
    open(path: string, options?: { line?: number; endLine?: number }): Promise<void>;
    /** Shows a file beside a text that it could become; nothing is written. */
    showDiff(path: string, after: string): Promise<void>;
    /** Runs a VS Code command and answers what it answered, where that is JSON. */
    executeCommand<Result = unknown>(command: string, ...args: unknown[]): Promise<Result>;
  };
  readonly terminal: {
    /** Runs a line in the plugin's terminal, which is shown; with `wait` it answers when the line has ended. */
    run(command: string, options?: { cwd?: string; wait?: boolean }): Promise<ResultOf<PluginToHost, "terminal/run">>;
  };
}

/** The actions, bound to a call as the verbs are. They have no deadline of their own: a person may be thinking. */
export function createActions(channel: Channel, context: CallContext): Actions {
  const meta = () => childMeta(context);
  const patient = (): RequestOptions => ({
    signal: context.signal,
    timeoutMs: Number.POSITIVE_INFINITY,
    onProgress: () => {},
  });
  return {
    ui: {
      async notify(text, options = {}) {
        await channel.request("ui/notify", { text, ...options, _meta: meta() }, patient());
      },
      async ask(question, choices) {
        const listed = choices.map((choice) => (typeof choice === "string" ? { title: choice } : choice));
        return (await channel.request("ui/ask", { question, choices: listed, _meta: meta() }, patient())).choice;
      },
    },
    editor: {
      async open(path, options = {}) {
        await channel.request("editor/open", { path, ...options, _meta: meta() }, patient());
      },
      async showDiff(path, after) {
        await channel.request("editor/showDiff", { path, after, _meta: meta() }, patient());
      },
      async executeCommand<Result>(command: string, ...args: unknown[]) {
        const params = { command, args, _meta: meta() };
        return (await channel.request("editor/executeCommand", params, patient())).result as Result;
      },
    },
    terminal: {
      run: (command, options = {}) =>
        channel.request("terminal/run", { command, ...options, _meta: meta() }, patient()),
    },
  };
}
