import * as vscode from "vscode";
import type { Host } from "../core/host.ts";
import type { ConversationView } from "./conversationView.ts";
import { relative } from "./editor.ts";
import { say, settingsButton } from "./notices.ts";

/** What the person does with the conversation from the palette, the title bar and the editor. */
export class ConversationCommands {
  readonly #host: () => Promise<Host>;
  readonly #view: ConversationView;

  constructor(host: () => Promise<Host>, view: ConversationView) {
    this.#host = host;
    this.#view = view;
  }

  async open(): Promise<void> {
    await this.#view.reveal();
    this.#view.feed?.show("composer");
  }

  async create(): Promise<void> {
    const host = await this.#host();
    const conversation = host.conversations.create();
    await this.#view.reveal();
    await this.#view.feed?.showConversation(conversation);
  }

  async show(section: "history" | "activity"): Promise<void> {
    await this.#view.reveal();
    this.#view.feed?.show(section);
  }

  async stop(): Promise<void> {
    const host = await this.#host();
    const id = host.conversations.visibleId;
    if (id !== undefined) await host.agent.stop(id);
  }

  /** Has the older part of the conversation summarised for the model, minding what the person says is to be kept. */
  async compact(): Promise<void> {
    const host = await this.#host();
    const id = host.conversations.visibleId;
    const instructions = await vscode.window.showInputBox({
      title: "Shorten the Conversation for the Model",
      prompt: "What must the summary keep? You go on seeing every message.",
      placeHolder: "Leave empty to let the model choose",
    });
    if (instructions === undefined) return;
    const nothing = "There is nothing to shorten: the conversation is still short.";
    const done = id === undefined ? "nothing" : await host.agent.compact(id, instructions.trim() || undefined);
    if (done === "nothing") say("info", nothing, settingsButton("parley.agent.compactAt"));
    await this.#view.reveal();
  }

  /** Puts the selection into the composer as a quotation with its place. */
  async askAboutSelection(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor) return;
    const { document, selection } = editor;
    const place = `${relative(document.uri)}:${selection.start.line + 1}`;
    const text = document.getText(selection).slice(0, 8_000);
    await this.#view.reveal();
    this.#view.feed?.compose(`${place}\n\`\`\`${document.languageId}\n${text}\n\`\`\`\n`);
  }
}
