import * as vscode from "vscode";
import type { Host } from "../core/host.ts";
import type { KnownOffer } from "../core/offers/registry.ts";
import { choicesOf, problemWith, resultWords, textOf, valueFrom } from "./argumentChoices.ts";
import { argumentsOf } from "./argumentSchema.ts";
import { say, showPlugins } from "./notices.ts";

/** Results up to this many characters are shown in a notification, larger ones in an editor. */
const noticeLength = 300;

/** The offers that a person may run from the palette, in the order of their titles. */
export function paletteOffers(host: Host): KnownOffer[] {
  const offers = host.offers.all().filter(({ offer }) => offer.facets?.palette);
  return offers.sort((one, other) => titleOf(one).localeCompare(titleOf(other)));
}

/** Lets the person choose among all of them. */
export async function chooseOffer(host: Host): Promise<KnownOffer | undefined> {
  const items = paletteOffers(host).map((known) => ({
    label: titleOf(known),
    description: known.plugin,
    detail: known.offer.description,
    known,
  }));
  if (items.length === 0) {
    say("info", "No plugin that may run offers a command to you.", showPlugins);
    return undefined;
  }
  const choice = await vscode.window.showQuickPick(items, {
    title: "Run a plugin's command",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return choice?.known;
}

/**
 * Runs an offer for the person: its arguments are asked for one by one, it can be cancelled while it runs, and its result is shown.
 * What changes something and asks for nothing is confirmed first, because any extension can run a command by its id.
 */
export async function runForPerson(host: Host, known: KnownOffer): Promise<void> {
  const args = await askArguments(known);
  if (!args || !(await confirmed(known, args))) return;
  const result = await call(host, known, args, "person");
  await show(titleOf(known), result);
}

/** Runs an offer with arguments that came with the command: from another extension, for all that can be known. */
export async function runForExtension(host: Host, known: KnownOffer, args: Record<string, unknown>): Promise<unknown> {
  return await call(host, known, args, "extension");
}

async function call(
  host: Host,
  known: KnownOffer,
  args: Record<string, unknown>,
  caller: "person" | "extension",
): Promise<unknown> {
  const title = titleOf(known);
  const conversation = await host.conversations.visible();
  return await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const outcome = await host.calls.call({
        caller,
        to: { plugin: known.plugin },
        name: known.offer.name,
        args,
        conversation: conversation.id,
        signal: abort.signal,
        onProgress: ({ message }) => progress.report({ message }),
      });
      return outcome.result;
    },
  );
}

async function confirmed(known: KnownOffer, args: Record<string, unknown>): Promise<boolean> {
  if (known.offer.action === "read" || Object.keys(args).length > 0) return true;
  const run = "Run";
  const question = `Run “${titleOf(known)}” of ${known.plugin}?`;
  const detail = `${known.offer.description} It may ${known.offer.action} things.`;
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, run)) === run;
}

/** In words where that is short; the whole is a button away, and is shown at once where words would not do. */
async function show(title: string, result: unknown): Promise<void> {
  const content = typeof result === "string" ? result : (JSON.stringify(result, null, 2) ?? "");
  const language = typeof result === "string" ? "plaintext" : "json";
  const open = async () =>
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language }));
  const words = resultWords(result);
  if (result === undefined || result === null) {
    vscode.window.setStatusBarMessage(`${title}: ${words}`, 5_000);
    return;
  }
  if (words === undefined || words.length > noticeLength) await open();
  else
    say(
      "info",
      `${title}: ${words}`,
      { title: "Copy", run: () => vscode.env.clipboard.writeText(content) },
      { title: "Open", run: open },
    );
}

const titleOf = ({ offer }: KnownOffer): string => offer.title ?? offer.name;

/** Asks for what the input schema wants until it fits, and says why it did not; undefined when the person left. */
async function askArguments(
  known: KnownOffer,
  typed = new Map<string, string>(),
  problem?: string,
): Promise<Record<string, unknown> | undefined> {
  const args = await askOnce(known, typed, problem);
  const wrong = args && known.validateInput(args);
  return wrong === undefined || typed.size === 0 ? args : await askArguments(known, typed, wrong);
}

/**
 * Asks for each argument in its turn. What is typed is kept in `typed` for the next time; `problem` is what was wrong
 * the last time.
 */
async function askOnce(
  { offer }: KnownOffer,
  typed: Map<string, string>,
  problem: string | undefined,
): Promise<Record<string, unknown> | undefined> {
  const args: Record<string, unknown> = {};
  const wanted = argumentsOf(offer.input);
  for (const [index, { name, schema, required }] of wanted.entries()) {
    const place = [required ? "" : "optional", wanted.length > 1 ? `${index + 1}/${wanted.length}` : ""];
    const where = place.filter(Boolean).join(", ");
    const title = `${offer.title ?? offer.name}: ${name}${where && ` (${where})`}`;
    const prompt = [problem && `Not taken: ${problem}`, schema.description].filter(Boolean).join(" · ");
    const items = choicesOf(schema, required);
    if (items?.length) {
      const options = { title, placeHolder: prompt, ignoreFocusOut: true };
      const chosen = await vscode.window.showQuickPick(items, options);
      if (!chosen) return undefined;
      if (chosen.leftOut !== true) args[name] = chosen.value;
      continue;
    }
    const text = await vscode.window.showInputBox({
      title,
      prompt,
      value: typed.get(name) ?? textOf(schema.default),
      ignoreFocusOut: true,
      validateInput: (now) => problemWith(now, schema, required),
    });
    if (text === undefined) return undefined;
    typed.set(name, text);
    if (text === "" && !required) continue;
    args[name] = valueFrom(text, schema);
  }
  return args;
}
