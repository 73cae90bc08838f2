import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { SharedField } from "../base/sharedField.ts";
import type { MethodTable } from "../protocol/plugin/methods.ts";
import type { StreamAgreement } from "./credit.ts";
import type { FieldWatch } from "./fields.ts";
import type { Lane } from "./framing/lanes.ts";

/** Limits of one connection; see `protocol/limits.ts` for units and defaults. */
export interface ConnectionLimits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  readonly bodyTimeoutMs: number;
  readonly undispatchedMessages: number;
  readonly outstandingRequests: number;
  readonly outboundBytes: number;
  readonly eventQueueBytes: number;
  readonly defaultCallMs: number;
  readonly cancelSettleMs: number;
  readonly progressPerSecond: number;
  readonly streamCount: number;
  readonly streamBytes: number;
}

/** What both halves of a connection stand on. */
export interface Channel {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly logger: Logger;
  readonly watch: FieldWatch;
  readonly streams: StreamAgreement;
  /** How error messages name the other side, as in `plugin "hello"`. */
  readonly peer: string;
  /**
   * Answers the bytes that it takes; a request's id is its tag, by which it can be taken back. Throws `overloaded`,
   * `tooLarge`, and `unavailable` when the channel is closed.
   */
  send(message: object, lane: Lane, tag?: unknown): number;
  /** The same for a notification that shares a field with others. */
  sendShared(method: string, own: object, shared: SharedField): void;
}

/** How long a peer that is over a count should wait, in milliseconds. */
export const retryAfterMs = 250;

/** The table's own entry: a peer may name `toString` or `constructor` as its method. */
export function specOf(table: MethodTable, method: string) {
  return Object.hasOwn(table, method) ? table[method] : undefined;
}
