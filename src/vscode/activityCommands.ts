import * as vscode from "vscode";
import type { Host } from "../core/host.ts";
import type { ExportFormat } from "../core/journal/export.ts";
import type { JournalFilter } from "../core/journal/records.ts";
import { metricsReport } from "../core/trace/report.ts";
import { headersOf } from "./headers.ts";
import { traceHeadersKey } from "./knownSecrets.ts";

/** Writes rows of the journal to a file. */
export type ExportTo = (path: string, format: ExportFormat, filter: JournalFilter) => Promise<void>;

const hourMs = 3_600_000;

/** Lets the person choose what to export and where to, and writes it. */
export async function exportActivity(host: Host, exportTo: ExportTo): Promise<void> {
  const filter = await chooseFilter(host);
  if (!filter) return;
  const uri = await vscode.window.showSaveDialog({
    title: "Export Activity",
    filters: { "JSON lines": ["jsonl"], "Comma-separated values": ["csv"] },
    defaultUri: vscode.Uri.joinPath(
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file("/"),
      "activity.jsonl",
    ),
  });
  if (!uri) return;
  if (uri.scheme !== "file") throw new Error("Choose a place on the machine that Parley runs on.");
  const format = uri.path.toLowerCase().endsWith(".csv") ? "csv" : "jsonl";
  const progress = { location: vscode.ProgressLocation.Notification, title: "Exporting activity…" };
  await vscode.window.withProgress(progress, () => exportTo(uri.fsPath, format, filter));
  const open = "Open";
  const answer = await vscode.window.showInformationMessage(`The activity is in ${uri.fsPath}.`, open);
  if (answer === open) await vscode.window.showTextDocument(uri);
}

async function chooseFilter(host: Host): Promise<JournalFilter | undefined> {
  const conversation = host.conversations.visibleId;
  const choices: (vscode.QuickPickItem & { filter: () => Promise<JournalFilter | undefined> })[] = [
    { label: "Everything", filter: async () => ({}) },
    { label: "The last hour", filter: async () => ({ since: Date.now() - hourMs }) },
    { label: "The last day", filter: async () => ({ since: Date.now() - 24 * hourMs }) },
    ...(conversation === undefined ? [] : [{ label: "This conversation", filter: async () => ({ conversation }) }]),
    { label: "One plugin…", filter: () => choosePlugin(host) },
    { label: "Rights: who was allowed or refused what", filter: async () => ({ types: ["permission.>"] }) },
    { label: "What contains a text…", filter: chooseText },
  ];
  const choice = await vscode.window.showQuickPick(choices, {
    title: "Export Activity",
    placeHolder: "What to export",
  });
  return await choice?.filter();
}

async function choosePlugin(host: Host): Promise<JournalFilter | undefined> {
  const names = host.supervisor.list().map(({ name }) => name);
  const plugin = await vscode.window.showQuickPick(names, { title: "The activity of which plugin?" });
  return plugin === undefined ? undefined : { plugin };
}

async function chooseText(): Promise<JournalFilter | undefined> {
  const text = await vscode.window.showInputBox({ title: "Words that the rows contain" });
  return text ? { text } : undefined;
}

/** Shows how often who called what, how long it took and what failed. */
export async function showCallMetrics(host: Host): Promise<void> {
  const content = metricsReport(host.metrics.edges(), Date.now());
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
  await vscode.window.showTextDocument(document, { preview: true });
}

/** The headers that go with exported traces, from the secret storage. */
export async function traceHeaders(secrets: vscode.SecretStorage): Promise<Record<string, string>> {
  const kept: unknown = JSON.parse((await secrets.get(traceHeadersKey)) ?? "{}");
  const entries = typeof kept === "object" && kept !== null ? Object.entries(kept) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** Whether a change of the secret storage is one of these headers. */
export const isTraceHeaders = ({ key }: vscode.SecretStorageChangeEvent): boolean => key === traceHeadersKey;

/** Asks for the headers that a collector wants; they are kept in the secret storage alone. */
export async function setTraceHeaders(secrets: vscode.SecretStorage): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: "Headers for the export of traces",
    prompt: "As `name=value`, several with commas between. Empty to remove them.",
    password: true,
    ignoreFocusOut: true,
    validateInput: (value) => (headersOf(value) ? undefined : "Write each as name=value."),
  });
  if (text === undefined) return;
  if (text.trim() === "") await secrets.delete(traceHeadersKey);
  else await secrets.store(traceHeadersKey, JSON.stringify(headersOf(text)));
}
