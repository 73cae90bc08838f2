import type { CancelSignal } from "../base/cancel.ts";
import type { Event } from "../base/emitter.ts";
import type { SharedField } from "../base/sharedField.ts";
import type { Limits, Rate } from "../protocol/limits.ts";
import type { RunSpec } from "../protocol/manifest.ts";
import type { QuestionChoice } from "../protocol/plugin/actions.ts";
import type { ChatMessage, ChatTool } from "../protocol/plugin/capabilities.ts";
import type { JsonSchema } from "../protocol/plugin/common.ts";
import type { Focus, TokenUsage } from "../protocol/plugin/conversation.ts";
import type { QueryDatabaseResult, SqlStatement } from "../protocol/plugin/database.ts";
import type { Rule, Want } from "../protocol/rules.ts";
import type { FileDiff } from "../protocol/webview.ts";
import type { ContentRecord } from "./events/contents.ts";
import type { RetainedRecord } from "./events/retainedRows.ts";
import type {
  ApprovalEntry,
  CallRecord,
  ConversationRecord,
  Entry,
  JournalFilter,
  JournalRow,
  Lease,
  TurnRecord,
} from "./journal/records.ts";
import type { SandboxPlan, SandboxState } from "./plugins/sandbox.ts";
import type { Span } from "./trace/span.ts";

/** One end of a channel, as core sees it. `request` rejects with a `Failure`; a closed channel answers `unavailable`. */
export interface Peer {
  request(method: string, params: Record<string, unknown>, options?: PeerRequestOptions): Promise<unknown>;
  notify(method: string, params: Record<string, unknown>): void;
  /**
   * Sends `{...own, [shared.name]: shared.value}`, which the caller answers for: it is checked by no schema, and what many receivers
   * share is written once. `own` is not empty. Where it is missing, `notify` does the same.
   */
  notifyShared?(method: string, own: Record<string, unknown>, shared: SharedField): void;
  /** When there is room for more events, where the peer reads too slowly; undefined where there is room now. */
  roomForEvents?(): Promise<void> | undefined;
  /** `broken` when the peer broke the rules of the channel or its stream failed; `ended` when it went by itself. */
  readonly closed: Promise<{ readonly message: string; readonly kind?: "ended" | "broken" | "closed" }>;
}

export interface PeerRequestOptions {
  signal?: CancelSignal;
  /** Milliseconds since the last progress; `Infinity` for none. */
  timeoutMs?: number;
  /** A promise that it answers for a `partial` holds back the sender until the piece is consumed. */
  onProgress?: (value: { message?: string; percentage?: number; partial?: unknown }) => unknown;
}

/** What the host answers to a plugin's message: parsed params in, a result of the method's schema out, or a `Failure`. */
export type PluginMessageHandler = (
  method: string,
  params: Record<string, unknown>,
  cancellation: CancelSignal,
  progress: (value: { message?: string; percentage?: number; partial?: unknown }) => unknown,
) => unknown;

/** How a plugin's process is to be made. All paths are absolute. */
export interface LaunchSpec {
  readonly plugin: string;
  /** Its identity: whose the data folder is. Missing: nobody's in particular. */
  readonly owner?: string;
  readonly epoch: number;
  readonly root: string;
  readonly dataDir: string;
  readonly run: RunSpec;
  readonly env: Readonly<Record<string, string>>;
  /** What the package must still hold when it is started (`InstalledPlugin.contentHash`); else it is not. */
  readonly contentHash?: string;
  /** The limits of its channel; missing: the protocol's own. */
  readonly limits?: Limits;
  /** How many lines a second it may write beside its channel; missing: the protocol's own. */
  readonly logRate?: Rate;
  /** Its author is at work on it: what its messages have too much is refused, not only told. */
  readonly development?: boolean;
  /** How the process is to be shut in; missing: not at all. */
  readonly sandbox?: SandboxPlan;
  /** The port on this machine at which a debugger may reach a Node plugin; 0 for any. */
  readonly inspect?: number;
  /** A file of the package that names the Python packages that it needs. */
  readonly requirements?: string;
}

/** How a process ended. `signal` and `code` as the system reports them; both null when it could not be started. */
export interface ExitInfo {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines of its stderr, bounded. */
  readonly stderr: string;
  /** Why it could not be started, with what to do. */
  readonly startError?: string;
}

/** One plugin process. `exited` settles once; the peer is closed by then. */
export interface PluginProcess {
  readonly pid: number | undefined;
  readonly runDir: string;
  readonly peer: Peer;
  readonly exited: Promise<ExitInfo>;
  /** Text outside the protocol, line by line: stderr and stray stdout. */
  readonly onText: Event<{ stream: "stderr" | "stray"; text: string }>;
  /**
   * `shutdown` 1.5 s → `exit` and EOF 0.5 s → SIGTERM to the group 1 s → SIGKILL. Resolves when the process is gone. `why` is
   * a sentence for whoever waits for an answer of it.
   */
  stop(why?: string): Promise<ExitInfo>;
  /** SIGKILL to the group, now. */
  kill(): void;
  /** What holds the process; undefined before it is there. */
  readonly sandbox?: SandboxState | undefined;
}

/** Makes plugin processes. Never throws for a plugin's fault: that comes as `exited` with `startError`. */
export interface LauncherPort {
  launch(spec: LaunchSpec, onMessage: PluginMessageHandler): PluginProcess;
  /** What would hold such a process; does not fail. */
  sandboxFor?(spec: LaunchSpec): Promise<SandboxState>;
}

/** Everything that is kept. Each promise resolves when the change is on disk; changes of one tick are one transaction. */
export interface StorePort {
  /** Set when the database belongs to a newer version or cannot be written: reads work, writes fail with `unavailable`. */
  readonly readOnly: string | undefined;
  /** Newest first; only those of a workspace where one is named. */
  listConversations(filter: { query?: string; workspace?: string; limit?: number }): Promise<ConversationRecord[]>;
  saveConversation(record: ConversationRecord): Promise<void>;
  deleteConversation(id: string): Promise<void>;
  loadConversation(
    id: string,
  ): Promise<{ conversation: ConversationRecord; entries: Entry[]; calls: CallRecord[] } | undefined>;
  saveEntry(entry: Entry): Promise<void>;
  deleteEntry(id: string): Promise<void>;
  saveCall(call: CallRecord): Promise<void>;
  loadCall(id: string): Promise<CallRecord | undefined>;
  /** Calls that have not ended, in whichever window. */
  openCalls(): Promise<CallRecord[]>;
  /** Approval cards without an answer, in whichever window. */
  openCards(): Promise<ApprovalEntry[]>;
  saveTurn(turn: TurnRecord): Promise<void>;
  openTurns(): Promise<TurnRecord[]>;
  /** `lazily`: the rows may wait a moment, so that many are written together; whatever is asked for later still comes after them. */
  append(rows: readonly JournalRow[], lazily?: boolean): Promise<void>;
  /** The newest rows that fit, oldest first. */
  readJournal(filter: JournalFilter & { limit?: number; beforeSeq?: number }): Promise<JournalRow[]>;
  /** Rows that fit in the order in which they were written, from behind the place `after`; `next` is the place of the last one. */
  pageJournal(
    filter: JournalFilter,
    page: { after?: number; limit: number },
  ): Promise<{ rows: JournalRow[]; next?: number }>;
  /**
   * Deletes one batch of the journal's oldest rows, those from before `since` and those beyond the newest `most`, and
   * as many calls that ended before `since` and belong to no conversation. Answers the place for the next batch, or
   * undefined where nothing is left to do.
   */
  sweepJournal(keep: { since: number; most: number }, after: number): Promise<number | undefined>;
  /** Keeps events that outlive the window, each row in the place of the one with its id. */
  saveRetained(records: readonly RetainedRecord[]): Promise<void>;
  deleteRetained(ids: readonly string[]): Promise<void>;
  /** What the windows of a workspace share. */
  sharedRetained(workspace: string): Promise<RetainedRecord[]>;
  /** Who has rows of a workspace. */
  retainedLeases(workspace: string): Promise<Lease[]>;
  /** Gives the rows of a workspace that some have to another, and answers them in the order in which they were first written. */
  takeRetained(workspace: string, from: readonly Lease[], to: Lease): Promise<RetainedRecord[]>;
  /** Keeps spans that have ended, and of all spans the newest `most` that are younger than `since`. */
  saveSpans(spans: readonly Span[], keep: { most: number; since: number }): Promise<void>;
  /** Spans of one trace, or the newest of all, by their start. */
  readSpans(filter: { traceId?: string; limit: number }): Promise<Span[]>;
  /** Fires when a window of the same database may have changed the rules, this one included. */
  readonly onRulesChanged?: Event<void>;
  loadRules(): Promise<Rule[]>;
  saveRule(rule: Rule): Promise<void>;
  deleteRule(id: string): Promise<void>;
  /**
   * `owner` is whose it is (`<source>/<publisher>/<plugin>`, or `shared:<namespace>`), `scope` the rest of the key
   * space, for example `workspace:<id>`.
   */
  getState(owner: string, scope: string, key: string): Promise<{ value: string; rev: number } | undefined>;
  /** Keeps what was too large for an event, for 30 days and the newest 512 MiB. */
  saveContent(content: ContentRecord): Promise<void>;
  loadContent(id: string): Promise<ContentRecord | undefined>;
  /** Copies the rows of one owner to another, the first time that somebody asks for them; the rows of old stay as they are. */
  adoptState(from: string, to: string): Promise<void>;
  /**
   * Fails with `conflict` when `ifRev` is another revision (0 for "not set"), `tooLarge` over the owner's total.
   * `value` is JSON text.
   */
  setState(
    owner: string,
    scope: string,
    key: string,
    value: string,
    ifRev?: number,
    totalBytes?: number,
  ): Promise<number>;
  deleteState(owner: string, scope: string, key: string, ifRev?: number): Promise<boolean>;
  listState(
    owner: string,
    scope: string,
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<{ key: string; rev: number }[]>;
}

/** Plugins' own SQLite files, one in each data folder. Fails as `database/query` says. */
export interface DatabasePort {
  query(
    folder: string,
    statements: readonly SqlStatement[],
    signal: AbortSignal,
    limits?: Limits,
  ): Promise<QueryDatabaseResult>;
}

/** One step of a model: messages in, a stream of pieces out. Cancelling the signal ends the stream with `cancelled`. */
export interface ModelPort {
  readonly id: string;
  readonly label: string;
  /** `rules` for the offline guide. */
  readonly kind: "model" | "rules";
  /** Tokens that a request and its answer may have together; undefined where it is not known. */
  readonly contextWindow?: number;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export interface ModelRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
  readonly conversation: string;
  readonly turn: string;
  /** The plugin that asks the model; none where the agent does. */
  readonly by?: string;
  /** The call in progress inside which it asks. */
  readonly inside?: string;
}

/** The last event is `end`, unless the stream throws a `Failure` (unavailable, overloaded with retryAfterMs, denied, …). */
export type ModelEvent =
  | { type: "text"; text: string }
  | { type: "thinking"; text: string }
  /** Complete: `arguments` is the JSON text as the model wrote it, unchecked. */
  | { type: "toolCall"; id: string; name: string; arguments: string }
  | { type: "end"; finish: "stop" | "tool-calls" | "length"; usage?: TokenUsage };

/** Finds the model that the person chose, by id; `list` is for a picker and may ask endpoints. */
export interface ModelsPort {
  current(): Promise<ModelPort>;
  list(): Promise<{ id: string; label: string; detail: string; kind: "model" | "rules" }[]>;
  select(id: string): Promise<void>;
  readonly onDidChange: Event<void>;
}

/** Compiles JSON Schemas. `validate` answers undefined, or one sentence that names the field and what is wrong. */
export interface ValidatorPort {
  compile(schema: JsonSchema): { validate(value: unknown): string | undefined };
  /** Fails as `compile` does where it is no JSON Schema at all, for a hundredth of the cost. */
  check(schema: JsonSchema): void;
}

/** What core asks of the window. Paths are absolute or relative to the first workspace folder. */
export interface EditorPort {
  focus(): Focus;
  workspaceFolders(): { uri: string; name: string; path: string }[];
  trusted(): boolean;
  windowFocused(): boolean;
  /** A notification outside the panel, when the person may not see it. */
  notify(text: string): void;
}

/** What a change of files would do, before it is done. Undefined where the capability changes no files. */
export interface PreviewPort {
  preview(capability: string, args: Record<string, unknown>): Promise<FileDiff[] | undefined>;
}

/**
 * What plugins ask of the window. Paths are absolute or relative to a workspace folder; each fails with `notFound`
 * where there is none.
 */
export interface WindowPort {
  /** A notification that names the plugin. */
  notify(plugin: string, level: "info" | "warning" | "error", text: string): void;
  /** Puts a question before the person; answers the title of the choice, or undefined where it was closed. Ends with the signal. */
  ask(
    plugin: string,
    question: { question: string; choices: readonly QuestionChoice[] },
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** Puts a sheet with rights that a plugin asks for before the person; answers whether they are granted. */
  consent(plugin: string, wants: readonly Want[], signal: AbortSignal): Promise<boolean>;
  /** Shows a file, with the lines selected that are named (1-based). */
  open(path: string, lines: { first: number; last: number } | undefined): Promise<void>;
  /** Shows a file beside a text that it could become. */
  showDiff(path: string, after: string): Promise<void>;
  /** Answers what the command answered; `notFound` where there is no such command, `unavailable` where it failed. */
  executeCommand(command: string, args: readonly unknown[]): Promise<unknown>;
  /** Runs a line in the plugin's terminal, which is shown; with `wait` until it has ended, if the shell tells. */
  runInTerminal(
    plugin: string,
    line: { command: string; cwd?: string; wait: boolean },
    signal: AbortSignal,
  ): Promise<{ state: "started" | "ended"; exitCode?: number }>;
}
