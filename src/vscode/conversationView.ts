import * as vscode from "vscode";
import { Scope } from "../base/dispose.ts";
import { Emitter } from "../base/emitter.ts";
import { asFailure } from "../base/failure.ts";
import type { Logger } from "../base/logger.ts";
import type { ConversationFeed, FeedParts } from "../core/agent/feed.ts";
import type { ActivityEntry } from "../protocol/webview.ts";
import { failurePage, isRetry } from "./failurePage.ts";
import { conversationHtml } from "./html.ts";

/** The id of the conversation view in package.json. */
export const conversationViewId = "parley.conversation";

/** Remembers that the view has been shown by itself. */
const welcomed = "parley.welcomed";

/**
 * The conversation view. VS Code destroys its page when it is hidden; the page says `ready` when it is back and gets a
 * snapshot, so nothing is retained here but the feed of the page that lives.
 */
export class ConversationView implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #parts: () => Promise<FeedParts>;
  readonly #logger: Logger;
  #feed: ConversationFeed | undefined;
  #view: vscode.WebviewView | undefined;
  #waiting = 0;
  readonly #shown = new Emitter<void>();
  /** Fires when the page shows a conversation: another one, or the same anew. */
  readonly onDidShow = this.#shown.event;

  constructor(extensionUri: vscode.Uri, parts: () => Promise<FeedParts>, logger: Logger) {
    this.#extensionUri = extensionUri;
    this.#parts = parts;
    this.#logger = logger;
  }

  get feed(): ConversationFeed | undefined {
    return this.#feed;
  }

  activity(entry: ActivityEntry): void {
    this.#feed?.activity([entry]);
  }

  /** Reveals the view; its feed is there once the page has said that it is ready. */
  async reveal(options: { preserveFocus?: boolean } = {}): Promise<void> {
    await vscode.commands.executeCommand(`${conversationViewId}.focus`, options);
  }

  /** Reveals it once in a lifetime, when Parley has just been installed, and leaves the focus where it is. */
  async welcome(memory: vscode.Memento): Promise<void> {
    if (memory.get(welcomed)) return;
    await memory.update(welcomed, true);
    await this.reveal({ preserveFocus: true });
  }

  /** How many cards wait for the person, in all conversations; kept for a view that is shown later. */
  badge(waiting: number): void {
    this.#waiting = waiting;
    if (this.#view)
      this.#view.badge = waiting > 0 ? { value: waiting, tooltip: "Parley needs your approval" } : undefined;
  }

  dispose(): void {
    this.#shown.dispose();
  }

  async resolveWebviewView(view: vscode.WebviewView): Promise<void> {
    const scope = new Scope("conversation view");
    this.#view = view;
    this.badge(this.#waiting);
    view.webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(this.#extensionUri, "dist", "webview")],
    };
    let feed: ConversationFeed | undefined;
    let receive: (message: unknown) => void = () => {};
    scope.add(view.webview.onDidReceiveMessage((message) => receive(message)));
    view.onDidDispose(() => {
      if (this.#feed === feed) this.#feed = undefined;
      if (this.#view === view) this.#view = undefined;
      scope.dispose();
    });
    const start = async (): Promise<void> => {
      const early: unknown[] = [];
      receive = (message) => void early.push(message);
      view.webview.html = conversationHtml(view.webview, this.#extensionUri);
      // Read only now: the schemas behind them would be half of what the extension loads at its start.
      const [parts, { ConversationFeed }, { fromWebview }] = await Promise.all([
        this.#parts(),
        import("../core/agent/feed.ts"),
        import("../protocol/webview.ts"),
      ]);
      if (scope.disposed) return;
      const live = scope.add(
        new ConversationFeed(parts, (message) => {
          void view.webview.postMessage(message);
          if (message.type === "snapshot") this.#shown.fire();
        }),
      );
      feed = live;
      this.#feed = live;
      receive = (message) => {
        const parsed = fromWebview.safeParse(message);
        if (parsed.success) void live.handle(parsed.data);
        else
          this.#logger.log("warn", "The conversation view sent something that does not fit.", {
            issues: parsed.error.issues.length,
          });
      };
      for (const message of early.splice(0)) receive(message);
    };
    /** Where the host cannot start the page says why, until the person tries again. */
    const tryToStart = async (): Promise<void> => {
      try {
        await start();
      } catch (error) {
        if (scope.disposed) return;
        receive = (message) => void (isRetry(message) && tryToStart());
        view.webview.html = failurePage(view.webview.cspSource, asFailure(error, "Starting Parley"));
      }
    };
    await tryToStart();
  }
}
