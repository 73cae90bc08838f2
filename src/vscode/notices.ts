import * as vscode from "vscode";
import { asFailure } from "../base/failure.ts";
import { type CommandId, commandIds } from "./commandIds.ts";

/** A button of a notice: a command of ours, of VS Code's, or a deed. */
export interface NoticeButton {
  readonly title: string;
  readonly run: () => unknown;
}

export type NoticeLevel = "info" | "warning" | "error";

/** A button that runs a command of ours. */
export function button(title: string, command: CommandId, ...args: unknown[]): NoticeButton {
  return { title, run: () => vscode.commands.executeCommand(command, ...args) };
}

/** A button that opens the settings at one of them. */
export function settingsButton(setting: string): NoticeButton {
  return {
    title: "Open Settings",
    run: () => vscode.commands.executeCommand("workbench.action.openSettings", setting),
  };
}

export const showPlugins: NoticeButton = {
  title: "Show Plugins",
  run: () => vscode.commands.executeCommand("parley.plugins.focus"),
};
export const manageTrust: NoticeButton = {
  title: "Manage Workspace Trust",
  run: () => vscode.commands.executeCommand("workbench.trust.manage"),
};
export const showActivity: NoticeButton = button("Show Activity", commandIds.showActivity);

/**
 * Says something in a notification. VS Code cuts one without a button to a single line, in which neither the reason nor what to do
 * would be read: there is always a button, that of the next step.
 */
export function say(level: NoticeLevel, text: string, ...buttons: [NoticeButton, ...NoticeButton[]]): void {
  const titles = buttons.map(({ title }) => title);
  void shower[level](text, ...titles).then((chosen) => press(buttons.find(({ title }) => title === chosen)));
}

/** What a button does may fail: a file is gone, a command finds nothing. */
async function press(chosen: NoticeButton | undefined): Promise<void> {
  try {
    await chosen?.run();
  } catch (error) {
    sayFailure(error, `“${chosen?.title}”`);
  }
}

const shower = {
  info: (text: string, ...titles: string[]) => vscode.window.showInformationMessage(text, ...titles),
  warning: (text: string, ...titles: string[]) => vscode.window.showWarningMessage(text, ...titles),
  error: (text: string, ...titles: string[]) => vscode.window.showErrorMessage(text, ...titles),
} as const;

/** Says why something failed, and what to do. A failure of one plugin leads to what mends it or to its log, others to the activity. */
export function sayFailure(error: unknown, what: string, plugin?: string): void {
  const { message, todo, details } = asFailure(error, what);
  say("error", withTodo(message, todo), nextStep(details?.reason, plugin));
}

function nextStep(reason: unknown, plugin: string | undefined): NoticeButton {
  if (plugin === undefined) return showActivity;
  if (reason === "needsConsent") return button("Review…", commandIds.reviewPlugin, plugin);
  if (reason === "untrusted") return manageTrust;
  if (reason === "disabled") return settingsButton("parley.plugins.disabled");
  return button("Show Log", commandIds.showPluginLog, plugin);
}

/** What happened and what to do, in a row. */
export function withTodo(message: string, todo: string | undefined): string {
  return todo ? `${message} ${todo}` : message;
}
