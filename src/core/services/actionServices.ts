import { Failure } from "../../base/failure.ts";
import type { EditorPort, WindowPort } from "../ports.ts";
import { deeds } from "../rules/targets.ts";
import type { ServiceTable } from "./service.ts";

export interface ActionServiceParts {
  /** None where the host runs without a window. */
  readonly window: WindowPort | undefined;
  readonly editor: Pick<EditorPort, "trusted">;
}

type Actions = "ui/notify" | "ui/ask" | "editor/open" | "editor/showDiff" | "editor/executeCommand" | "terminal/run";

/** What a plugin asks the window to do. Each is an act of its own; a VS Code command is one by its id. */
export function actionServices({ window, editor }: ActionServiceParts): Pick<ServiceTable, Actions> {
  const theWindow = (): WindowPort => {
    if (window) return window;
    throw noWindow();
  };
  return {
    "ui/notify": {
      rate: () => ({ kind: "messages", what: "messages" }),
      rights: () => [deeds.act("ui/notify")],
      handle({ level, text }, { session }) {
        theWindow().notify(session.plugin, level, text);
        return {};
      },
    },
    "ui/ask": {
      rate: () => ({ kind: "questions", what: "questions" }),
      rights: () => [deeds.act("ui/ask")],
      async handle({ question, choices }, { session, signal, whileAsking }) {
        const choice = await whileAsking(() => theWindow().ask(session.plugin, { question, choices }, signal));
        signal.throwIfAborted();
        return choice === undefined ? { state: "dismissed" } : { state: "answered", choice };
      },
    },
    "editor/open": {
      rights: () => [deeds.act("editor/open")],
      async handle({ path, line, endLine }) {
        if (endLine !== undefined && (line === undefined || endLine < line))
          throw new Failure("invalidParams", "`endLine` goes with a `line` that is not behind it.", {
            todo: "Give both, the first line first.",
          });
        await theWindow().open(path, line === undefined ? undefined : { first: line, last: endLine ?? line });
        return {};
      },
    },
    "editor/showDiff": {
      rights: () => [deeds.act("editor/showDiff")],
      async handle({ path, after }) {
        await theWindow().showDiff(path, after);
        return {};
      },
    },
    "editor/executeCommand": {
      rights: ({ command }) => [deeds.executeCommand(command)],
      async handle({ command, args }) {
        const result = jsonOf(await theWindow().executeCommand(command, args));
        return result === undefined ? {} : { result };
      },
    },
    "terminal/run": {
      rights: () => [deeds.act("terminal/run")],
      async handle({ command, cwd, wait }, { session, signal }) {
        if (!editor.trusted())
          throw new Failure("unavailable", "The open folder is not trusted, so nothing runs in its terminal.", {
            todo: "The person can trust the folder in VS Code.",
          });
        return await theWindow().runInTerminal(session.plugin, { command, cwd, wait }, signal);
      },
    },
  };
}

/** What a plugin is told that asks a host without a window. */
export function noWindow(): Failure {
  return new Failure("unavailable", "This host has no window to do that in.", {
    todo: "Do without it, or try again where Parley runs in VS Code.",
  });
}

/** A value as JSON says it; undefined for what JSON cannot say. */
function jsonOf(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
