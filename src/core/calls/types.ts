import type { CancelSignal } from "../../base/cancel.ts";
import type { Failure, FailureKind } from "../../base/failure.ts";
import type { CallTarget } from "../../protocol/plugin/calls.ts";
import type { Meta, OfferAction } from "../../protocol/plugin/common.ts";
import type { RuleEffect, RuleVerb } from "../../protocol/rules.ts";
import type { ApprovalChoice } from "../../protocol/webview.ts";
import type { CallRecord } from "../journal/records.ts";
import type { Peer } from "../ports.ts";
import type { Deed } from "../rules/targets.ts";

/** What `decide()` is asked. All principals must be allowed. */
export interface RightRequest {
  readonly principals: readonly string[];
  readonly verb: RuleVerb;
  readonly target: string;
  readonly action?: OfferAction;
  readonly scope?: { readonly conversation?: string; readonly workspace?: string };
  /** This very object is asked again, and never changed: the answer may be remembered by it. */
  readonly lasting?: true;
}

export interface Verdict {
  readonly effect: RuleEffect;
  /** The id of the rule that settled it. */
  readonly rule: string;
  readonly why?: string;
  /** Which of the principals that rule was about. */
  readonly principal?: string;
  /** For each principal the rule that settled what it may. */
  readonly rules?: Readonly<Record<string, string>>;
}

export type CallProgress = { message?: string; percentage?: number; partial?: unknown };

/**
 * Somebody wants an offer called. `caller` is `person`, `agent`, `extension` or `plugin:<name>`; the host fills it in,
 * never the caller.
 */
export interface CallRequest {
  readonly caller: string;
  /** The identity of the plugin that calls. */
  readonly callerOwner?: string;
  /** Whose doing it is besides: the plugin whose button the person pressed. It must be allowed too. */
  readonly onBehalf?: string;
  /** The plugin whose doing it is though it needs no right to it: one that uses a model which another plugin provides. */
  readonly servedFor?: string;
  /** The call in progress inside which this one happens; issued by the host. */
  readonly parent?: string;
  readonly to: CallTarget;
  readonly name: string;
  readonly action?: OfferAction;
  readonly args: Record<string, unknown>;
  readonly conversation?: string;
  readonly turn?: string;
  readonly toolCallId?: string;
  readonly detach?: boolean;
  /** No row in the conversation: a step of a model that a plugin provides. */
  readonly hidden?: boolean;
  readonly signal?: CancelSignal;
  /** What a plugin sent with its request: where it says that it is in a trace. */
  readonly meta?: Meta;
  readonly timeoutMs?: number;
  /** A promise that it answers for a `partial` holds back the target until the piece is consumed. */
  readonly onProgress?: (value: CallProgress) => unknown;
}

export interface CallOutcome {
  readonly record: CallRecord;
  readonly result: unknown;
  /** Text that intercepts want the model to see with the result. */
  readonly contexts: readonly { readonly plugin: string; readonly text: string }[];
}

/** Something is put before the person: a call, or a service that a plugin asks of the host, which then looks like one. */
export interface ApprovalRequest {
  readonly record: CallRecord;
  /** What an answer that is to last makes a rule about. */
  readonly deed: Deed;
  /** What the offer provides, for a preview. */
  readonly capability?: string;
  /** Why arguments that the person edited do not fit; undefined where they do. Without it they can only be allowed as they are. */
  readonly validate?: (args: Record<string, unknown>) => string | undefined;
  readonly principals: readonly string[];
  readonly rule: string;
  readonly reason?: string;
  /** No answer could keep the same from being asked about again. */
  readonly onlyOnce?: boolean;
  /** What refuses it by now, whatever the person would answer; asked after each change of the rules, and no more once it answered. */
  readonly refusedBy?: () => Failure | undefined;
}

export interface ApprovalAnswer {
  readonly choice: ApprovalChoice;
  readonly feedback?: string;
  /** The arguments as the person edited them. */
  readonly args?: Record<string, unknown>;
  /** The rule that records the answer, if it is to last. */
  readonly rule?: string;
}

/** What follows a call through its life: the conversation's rows, the activity, the journal. */
export interface CallObserver {
  begun(record: CallRecord): void;
  changed(record: CallRecord): void;
  progressed(record: CallRecord, value: CallProgress): void;
  ended(record: CallRecord): void;
  /** A hidden call has ended. */
  hidden?(record: CallRecord): void;
}

/** Traces and measures calls, also hidden ones. On the path of every call: takes note and no more. */
export interface CallProbe {
  begun(record: CallRecord, parent: CallRecord | undefined, meta: Meta | undefined): MeasuredCall;
}

/** A call that is traced and measured, until it has ended. */
export interface MeasuredCall {
  /** What the plugin is told of the trace. */
  readonly meta: Partial<Meta>;
  ended(failure?: FailureKind): void;
}

/** Gets a channel to a running plugin, starting it if need be. */
export type Reach = (plugin: string, cancel: CancelSignal) => Promise<Peer>;
