import type { CallFailure, CallStatus } from "../../protocol/plugin/calls.ts";
import type { OfferAction } from "../../protocol/plugin/common.ts";
import type { MessageAction, MessageIntent, TokenUsage } from "../../protocol/plugin/conversation.ts";
import type { ApprovalChoice, FileDiff } from "../../protocol/webview.ts";

/** Times are milliseconds since the epoch. `position` orders what belongs to a conversation, entries and calls alike. */
export interface ConversationRecord {
  readonly id: string;
  title: string;
  /** The first workspace folder's URI when it was made, for a filter; empty without one. */
  workspace: string;
  readonly createdAt: number;
  updatedAt: number;
  messages: number;
  usage: TokenUsage;
}

interface EntryBase {
  readonly id: string;
  readonly conversation: string;
  readonly position: number;
  readonly turn?: string;
  readonly timestamp: number;
}

/** A message of the person, the model or a plugin. `toolCalls` are those that the model asked for in it. */
export interface MessageEntry extends EntryBase {
  readonly kind: "message";
  readonly role: "user" | "assistant" | "system";
  content: string;
  thinking?: string;
  readonly origin?: { plugin: string; intent: MessageIntent; rule?: string; owner?: string };
  /** The plugins whose intercepts changed the person's words. */
  readonly editedBy?: string;
  readonly actions?: MessageAction[];
  readonly dedupeKey?: string;
  readonly model?: string;
  readonly by?: "model" | "rules";
  toolCalls?: { id: string; name: string; arguments: string }[];
  /**
   * It stands, to the model, for the messages up to the place `upTo`: so many of them, with so many results of tools. People
   * go on seeing them.
   */
  readonly summary?: { readonly upTo: number; readonly messages: number; readonly results: number };
  /** In the person's queue, or a plugin's message that waits for the step boundary. */
  queued?: boolean;
  /** It is still coming. */
  streaming?: boolean;
  /** Cut off by a stop, a failure or a crash. */
  interrupted?: boolean;
}

export interface ApprovalEntry extends EntryBase {
  readonly kind: "approval";
  readonly callId: string;
  readonly caller: string;
  readonly plugin: string;
  readonly name: string;
  readonly title: string;
  readonly action: OfferAction;
  args: Record<string, unknown>;
  /** The first workspace folder, where relative paths begin. */
  readonly folder?: string;
  /** Who waits for the answer; set while there is none. */
  lease?: Lease;
  readonly reason?: string;
  readonly rule?: string;
  readonly diffs?: FileDiff[];
  /** No answer could keep the same from being asked about again. */
  readonly onlyOnce?: boolean;
  /** The arguments cannot be edited. */
  readonly fixed?: boolean;
  choice?: ApprovalChoice;
  feedback?: string;
}

export interface NoticeEntry extends EntryBase {
  readonly kind: "notice";
  readonly level: "info" | "warning" | "error";
  readonly text: string;
  readonly todo?: string;
  readonly command?: { title: string; id: string };
}

export type Entry = MessageEntry | ApprovalEntry | NoticeEntry;

/** A span by its names in W3C trace context: 32 and 16 hexadecimal digits. */
export interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

/** A call of an offer, by whomever. `toolCallId` is the model's id where the agent called. */
export interface CallRecord {
  readonly id: string;
  readonly parent?: string;
  readonly conversation?: string;
  readonly position?: number;
  readonly turn?: string;
  readonly toolCallId?: string;
  readonly caller: string;
  /** The identities of the plugins that made it and that it was made to: what they may know of it goes by these, and not by names. */
  readonly callerOwner?: string | undefined;
  targetOwner?: string | undefined;
  /** The target: of a call by capability the provider that is tried now, or was last. */
  plugin: string;
  name: string;
  title: string;
  action: OfferAction;
  readonly detached: boolean;
  args: Record<string, unknown>;
  /** Who carries it out. */
  lease?: Lease;
  status: CallStatus;
  readonly startedAt: number;
  endedAt?: number;
  rule?: string;
  /** For each principal that had to be allowed, the rule that settled it. */
  rules?: Readonly<Record<string, string>>;
  /** The span of the call in its trace. */
  span?: SpanRef;
  progress?: { message?: string; percentage?: number };
  /** The last of the text of a streaming result, while it comes. */
  soFar?: string;
  result?: unknown;
  error?: string;
  /** What a program may know of the error. */
  failure?: CallFailure;
}

/**
 * Who runs a turn or a call, or waits for an answer: a process, and the moment it began, so that an id that was given
 * out again is not taken for it.
 */
export interface Lease {
  readonly pid: number;
  /** Opaque; equal for the same process. */
  readonly started: string;
}

/** A turn that has begun. A turn whose lease is dead was interrupted. */
export interface TurnRecord {
  readonly id: string;
  readonly conversation: string;
  readonly startedAt: number;
  state: "running" | "ended" | "interrupted";
  endedAt?: number;
  readonly lease: Lease;
}

/** One row of the append-only journal: an event as subscribers saw it, with who caused it and the rule that allowed it. */
export interface JournalRow {
  readonly seq: number;
  readonly timestamp: number;
  readonly type: string;
  readonly source: string;
  readonly conversation?: string;
  readonly callId?: string;
  readonly rule?: string;
  /** For each principal that had to be allowed, the rule that settled it; left out where there is only one. */
  readonly rules?: Readonly<Record<string, string>>;
  readonly data: unknown;
}

/** Which rows of the journal are wanted; all conditions must fit. A type may end in `.>` for all that begin so. */
export interface JournalFilter {
  readonly types?: readonly string[];
  /** The plugin that caused a row, or that it is about. */
  readonly plugin?: string;
  readonly conversation?: string;
  /** A rule that the row names, for whichever principal. */
  readonly rule?: string;
  /** Milliseconds since the epoch, both included. */
  readonly since?: number;
  readonly until?: number;
  /** Words that all stand in the row, in any case. */
  readonly text?: string;
}
