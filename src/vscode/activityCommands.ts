import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import type { Host } from "../core/host.ts";
import type { ExportFormat } from "../core/journal/export.ts";
import type { JournalFilter } from "../core/journal/records.ts";
import { headersOf } from "./headers.ts";
import { traceHeadersKey } from "./knownSecrets.ts";
import { say } from "./notices.ts";

/** Writes rows of the journal to a file. */
export type ExportTo = (path: string, format: ExportFormat, filter: JournalFilter) => Promise<void>;

interface ExportParts {
  readonly host: Host;
  readonly exportTo: ExportTo;
  /** The person's home folder: where the file goes unless a folder is open. */
  readonly home: string;
}

const hourMs = 3_600_000;

const formats: readonly (vscode.QuickPickItem & { format: ExportFormat })[] = [
  { label: "JSON lines", detail: "Every field, an object on each line: for programs.", format: "jsonl" },
  { label: "Comma-separated values", detail: "A table with a row for each event: for spreadsheets.", format: "csv" },
];

/** Lets the person choose what to export and where to, and writes it. */
export async function exportActivity({ host, exportTo, home }: ExportParts): Promise<void> {
  const filter = await chooseFilter(host);
  if (!filter) return;
  const chosen = await vscode.window.showQuickPick(formats, { title: "Export Activity: as what?" });
  if (!chosen) return;
  const { label, format } = chosen;
  const uri = await vscode.window.showSaveDialog({
    title: "Export Activity",
    saveLabel: "Export",
    filters: { [label]: [format] },
    defaultUri: vscode.Uri.joinPath(
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(home),
      `activity.${format}`,
    ),
  });
  if (!uri) return;
  if (uri.scheme !== "file")
    throw new Failure("invalidParams", `The activity cannot be written to ${uri.toString(true)}.`, {
      todo: "Choose a place on the machine that Parley runs on.",
    });
  const progress = { location: vscode.ProgressLocation.Notification, title: "Exporting activity…" };
  await vscode.window.withProgress(progress, () => exportTo(uri.fsPath, format, filter));
  say("info", `The activity is in ${uri.fsPath}.`, { title: "Open", run: () => vscode.window.showTextDocument(uri) });
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
    title: "Export Activity: what?",
  });
  return await choice?.filter();
}

async function choosePlugin(host: Host): Promise<JournalFilter | undefined> {
  const names = [...new Set(host.supervisor.list().map(({ name }) => name))].sort();
  const plugin = await vscode.window.showQuickPick(names, { title: "Export Activity: of which plugin?" });
  return plugin === undefined ? undefined : { plugin };
}

async function chooseText(): Promise<JournalFilter | undefined> {
  const text = await vscode.window.showInputBox({
    title: "Export Activity: what contains a text",
    prompt: "Rows that contain all of these words are exported.",
    ignoreFocusOut: true,
  });
  return text ? { text } : undefined;
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
