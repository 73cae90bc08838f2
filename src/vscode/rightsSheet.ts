import * as vscode from "vscode";
import { oneLine } from "../base/printable.ts";
import { type ConsentWord, consentSheet } from "../core/rules/consent.ts";
import type { Want } from "../protocol/rules.ts";
import { deedWords } from "./ruleWords.ts";

const headings: Record<ConsentWord, string> = {
  listens: "To listen to:",
  speaks: "To speak through:",
  acts: "To act by:",
  spends: "To spend:",
};

/** Shows rights that a running plugin asks for, on one sheet; answers whether the person grants them. */
export async function askForRights(plugin: string, wants: readonly Want[]): Promise<boolean> {
  const lines = consentSheet(wants).flatMap(({ word, wants: own }) => [headings[word], ...own.map(lineOf), ""]);
  const detail = [...lines, "They last until you revoke them in the plugin's permissions."].join("\n");
  const grant = "Grant";
  const message = `Grant the plugin “${plugin}” more rights?`;
  return (await vscode.window.showInformationMessage(message, { modal: true, detail }, grant)) === grant;
}

/** One line, whatever the plugin wrote: nothing that it says can look like a line of ours. */
function lineOf(want: Want): string {
  return `  • ${oneLine(`${deedWords(want)} — ${want.why}`)}`;
}
