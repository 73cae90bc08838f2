import type { Publish } from "../agent/agent.ts";
import type { Conversations } from "../agent/conversations.ts";
import type { CallObserver } from "../calls/types.ts";
import type { CallRecord } from "./records.ts";

interface CallEventParts {
  readonly conversations: Conversations;
  readonly publish: (
    ...args:
      | [...Parameters<Publish>]
      | [Parameters<Publish>[0], Parameters<Publish>[1], string | undefined, { callId?: string; rule?: string }?]
  ) => void;
}

/** Tells the conversation's rows and the journal what becomes of a call. */
export function callEvents({ conversations, publish }: CallEventParts): CallObserver {
  const show = (record: CallRecord) => {
    if (record.conversation !== undefined) conversations.get(record.conversation)?.showCall(record);
  };
  const about = ({ id, caller, plugin, name }: CallRecord) => ({ callId: id, caller, target: `${plugin}/${name}` });
  const isTool = ({ caller, conversation }: CallRecord) => caller === "agent" && conversation !== undefined;
  return {
    begun(record) {
      show(record);
      publish("call.started", { ...about(record), status: record.status }, record.conversation, { callId: record.id });
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
    changed: show,
    progressed(record, { message, percentage }) {
      if (message === undefined && percentage === undefined) return;
      show(record);
      publish("call.progress", { ...about(record), message, percentage }, record.conversation, { callId: record.id });
    },
    ended(record) {
      show(record);
      publish("call.ended", { ...about(record), status: record.status, error: record.error }, record.conversation, {
        callId: record.id,
        rule: record.rule,
      });
      if (isTool(record)) {
        const { id, name, plugin, status, result, error } = record;
        publish(
          "tool.callEnd",
          { callId: id, toolName: name, plugin, success: status === "succeeded", result, error },
          record.conversation,
          { callId: id, rule: record.rule },
        );
      }
    },
  };
}
