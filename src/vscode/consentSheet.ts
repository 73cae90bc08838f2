import * as vscode from "vscode";
import { oneLine } from "../base/printable.ts";
import type { Host } from "../core/host.ts";
import { acceptedLines } from "../core/offers/accepts.ts";
import type { InstalledPlugin } from "../core/plugins/installed.ts";
import { processWishes, shownWish } from "../core/plugins/sandbox.ts";
import { consentSheet, offersForAgent } from "../core/rules/consent.ts";
import { commandIds } from "./commandIds.ts";
import { button, say } from "./notices.ts";
import { deedWords } from "./ruleWords.ts";
import { newlyWaiting } from "./waitingPlugins.ts";

const meanings = {
  listens: "Listens to",
  speaks: "Speaks through",
  acts: "Acts by",
  spends: "Spends",
} as const;

/** Shows what a plugin wants, in four words, and lets it in if the person says so. */
export async function reviewPlugin(host: Host, name: string): Promise<void> {
  const plugin = host.supervisor.installed(name);
  if (!plugin) return;
  const wants = plugin.parley?.wants ?? [];
  const lines = consentSheet(wants).flatMap(({ word, wants: own }) => [
    `${meanings[word]}:`,
    ...own.map((want) => `  • ${deedWords(want)} — ${firstLine(want.why)}`),
    "",
  ]);
  const { reads, provides } = offersForAgent(plugin.parley?.offers ?? []);
  const offers = [
    ...(reads.length > 0 ? ["The agent may use without asking (the plugin says that these only read):"] : []),
    ...reads.map(({ name: offer, description }) => `  • ${offer} — ${firstLine(description)}`),
    ...(provides.length > 0 ? ["Provides:"] : []),
    ...provides.map(({ name: offer, facets }) => `  • ${facets?.provides} (${offer})`),
    ...(reads.length + provides.length > 0 ? [""] : []),
  ];
  const accepted = acceptedLines(plugin.parley?.accepts);
  const reach = plugin.parley ? processWishes(plugin.parley) : [];
  const sandbox = await host.supervisor.sandbox(name);
  const detail = [
    firstLine(plugin.description ?? ""),
    oneLine(originOf(plugin)),
    "",
    "Its process runs as you: the rights below limit what it does in Parley.",
    sandbox.text,
    "",
    ...(lines.length > 0 ? lines : ["It asks for no rights beyond its own words and its own state.", ""]),
    ...offers,
    ...(accepted.length > 0
      ? ["Only these may call it, besides you:", ...accepted.map((line) => `  • ${firstLine(line)}`), ""]
      : []),
    ...(reach.length > 0
      ? ["Its process wishes to:", ...reach.map((line) => `  • ${firstLine(shownWish(line))}`), ""]
      : []),
  ]
    .join("\n")
    .trimEnd();
  const allow = "Let It In";
  const answer = await vscode.window.showInformationMessage(
    `Let the plugin “${name}” in?`,
    { modal: true, detail },
    allow,
  );
  if (answer === allow) await host.letIn(name, plugin);
}

/** What consent is tied to, and where it lies. */
function originOf({ source, extension, root }: InstalledPlugin): string {
  if (extension !== undefined) return `From the extension ${extension}: ${root}`;
  if (source === "workspace") return `From this workspace: ${root}. When any of its files changes you are asked again.`;
  return `From ${root}`;
}

function firstLine(text: string): string {
  const line = oneLine(text.split("\n", 1)[0] ?? "");
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** Says of each plugin that begins to wait for the person's consent that it does, but not of those in the folders of `reviewing`. */
export function announceNewPlugins(host: Host, reviewing: ReadonlySet<string>): () => void {
  const look = newlyWaiting(reviewing);
  return () => {
    for (const { name, again } of look(host.supervisor.list())) {
      const text = again
        ? `The plugin “${name}” has changed. It does not run before you have looked at what it wants now.`
        : `Parley found the plugin “${name}”. It does not run before you have looked at what it wants.`;
      say("info", text, button("Review…", commandIds.reviewPlugin, name));
    }
  };
}
