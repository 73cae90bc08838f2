import type { Clock } from "../../base/clock.ts";
import type { IdSource } from "../../base/ids.ts";
import type { CallRecord } from "../journal/records.ts";
import type { KnownOffer } from "../offers/registry.ts";
import type { CallRequest } from "./types.ts";

export interface CallRecordParts {
  readonly ids: IdSource;
  readonly clock: Clock;
  /** The identity of the plugin that has a name now. */
  readonly ownerOf?: (plugin: string) => string | undefined;
  /** The next place in a conversation's order. */
  readonly position: (conversation: string) => number | undefined;
}

/** The record of a call that begins. A hidden one belongs to no conversation; any other to that of its caller unless told. */
export function newRecord(
  request: CallRequest,
  known: KnownOffer,
  parent: CallRecord | undefined,
  parts: CallRecordParts,
): CallRecord {
  const conversation = request.hidden ? undefined : (request.conversation ?? parent?.conversation);
  const { targetOwner, plugin, name, title, action } = targetOf(known, parts);
  return {
    id: parts.ids.next("call"),
    parent: parent?.id,
    conversation,
    position: conversation === undefined ? undefined : parts.position(conversation),
    turn: request.turn ?? parent?.turn,
    toolCallId: request.toolCallId,
    caller: request.caller,
    callerOwner: request.callerOwner,
    targetOwner,
    plugin,
    name,
    title,
    action,
    detached: request.detach === true,
    args: request.args,
    status: "queued",
    startedAt: parts.clock.now(),
    // What every call comes to have is there from the start: a record that grows field by field is moved again and again.
    span: undefined,
    rule: undefined,
    rules: undefined,
    endedAt: undefined,
    progress: undefined,
    soFar: undefined,
    result: undefined,
  };
}

/** What a record says of the offer that is called. */
export function targetOf(
  { plugin, offer }: KnownOffer,
  { ownerOf }: Pick<CallRecordParts, "ownerOf">,
): Pick<CallRecord, "targetOwner" | "plugin" | "name" | "title" | "action"> {
  const { name, title = name, action } = offer;
  return { targetOwner: ownerOf?.(plugin), plugin, name, title, action };
}
