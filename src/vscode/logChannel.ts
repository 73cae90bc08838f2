import * as vscode from "vscode";
import type { Scope } from "../base/dispose.ts";
import type { Logger } from "../base/logger.ts";

/** Parley's own log, in the Output panel. */
export function logChannel(scope: Scope): Logger {
  const channel = scope.add(vscode.window.createOutputChannel("Parley", { log: true }));
  return {
    log(level, message, fields) {
      channel[level](fields ? `${message} ${JSON.stringify(fields)}` : message);
    },
  };
}
