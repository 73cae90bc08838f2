import * as vscode from "vscode";
import { type Disposable, Scope } from "../base/dispose.ts";
import { type CommandId, commandIds } from "./commandIds.ts";
import { sayFailure } from "./notices.ts";

export type CommandTable = Readonly<Record<CommandId, (...args: unknown[]) => Promise<unknown>>>;

/**
 * Registers every command of ours; who runs one by its id gets its answer. A failure is said to the person, never
 * thrown at VS Code.
 */
export function registerCommands(table: CommandTable): Disposable {
  const scope = new Scope("commands");
  for (const id of Object.values(commandIds)) {
    scope.add(
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          return await table[id](...args);
        } catch (error) {
          sayFailure(error, `The command ${id}`);
        }
      }),
    );
  }
  return scope;
}
