import type { Clock } from "../../base/clock.ts";
import type { Publish } from "../agent/agent.ts";
import type { Conversations } from "../agent/conversations.ts";
import { isPassing } from "../calls/passed.ts";
import { TextSoFar } from "../calls/soFar.ts";
import type { CallObserver } from "../calls/types.ts";
import { toldFailure } from "./callFailure.ts";
import { aboutOf } from "./journal.ts";
import type { CallRecord, JournalRow } from "./records.ts";

interface CallEventParts {
  readonly conversations: Conversations;
  readonly publish: (
    ...args: [...Parameters<Publish>] | [Parameters<Publish>[0], Parameters<Publish>[1], string | undefined, More?]
  ) => void;
  /** A call has ended that is counted with its like and has no row of its own. */
  readonly passed: (record: CallRecord) => void;
  readonly clock: Clock;
  /** Whether anybody listens for a topic. */
  readonly hears: (type: string) => boolean;
}

interface More extends Pick<JournalRow, "callId" | "rule" | "rules"> {
  readonly counted?: boolean;
}

/** Tells the conversation's rows and the journal what becomes of a call. */
export function callEvents({ conversations, publish, passed, clock, hears }: CallEventParts): CallObserver {
  const show = (record: CallRecord) => {
    if (record.conversation !== undefined) conversations.get(record.conversation)?.showCall(record);
  };
  const soFar = new TextSoFar(clock, show);
  const about = ({ id, caller, plugin, name }: CallRecord) => ({ callId: id, caller, target: `${plugin}/${name}` });
  const endOf = (record: CallRecord) => ({
    ...about(record),
    status: record.status,
    error: record.error,
    ...toldFailure(record.failure),
  });
  const isTool = ({ caller, conversation }: CallRecord) => caller === "agent" && conversation !== undefined;
  const started = (record: CallRecord, more: More = {}) =>
    publish("call.started", { ...about(record), status: record.status }, record.conversation, {
      callId: record.id,
      ...more,
    });
  const ended = (record: CallRecord, more: More = {}) =>
    publish("call.ended", endOf(record), record.conversation, {
      callId: record.id,
      ...aboutOf(record),
      ...more,
    });
  return {
    begun(record) {
      if (isPassing(record)) {
        if (hears("call.started")) started(record, { counted: true });
        return;
      }
      show(record);
      started(record);
      if (isTool(record))
        publish(
          "tool.callStart",
          {
            callId: record.id,
            toolName: record.name,
            plugin: record.plugin,
            arguments: record.args,
            visibleInChat: true,
          },
          record.conversation,
          { callId: record.id },
        );
    },
    hidden: passed,
    changed: show,
    progressed(record, { message, percentage, partial }) {
      if (partial !== undefined && record.conversation !== undefined) soFar.add(record, partial);
      if (message === undefined && percentage === undefined) return;
      show(record);
      const told = { ...about(record), status: record.status, message, percentage };
      publish("call.progress", told, record.conversation, { callId: record.id });
    },
    ended(record) {
      soFar.ended(record);
      if (isPassing(record)) {
        passed(record);
        if (hears("call.ended")) ended(record, { counted: true });
        return;
      }
      show(record);
      ended(record);
      if (isTool(record)) {
        const { id, name, plugin, status, result, error } = record;
        publish(
          "tool.callEnd",
          { callId: id, toolName: name, plugin, success: status === "succeeded", result, error },
          record.conversation,
          { callId: id, ...aboutOf(record) },
        );
      }
    },
  };
}
