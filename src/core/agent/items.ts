import type { CallFailure } from "../../protocol/plugin/calls.ts";
import type { MessageAction } from "../../protocol/plugin/conversation.ts";
import type { Item, ToolItem } from "../../protocol/webview.ts";
import { reasonOf } from "../journal/callFailure.ts";
import type { CallRecord, Entry } from "../journal/records.ts";

/** Characters of a call's input or output that travel with its row; the rest is fetched on demand. */
const shownCharacters = 4_000;

/** What the panel shows of an entry. */
export function itemOfEntry(entry: Entry): Item {
  switch (entry.kind) {
    case "message":
      return {
        kind: "message",
        id: entry.id,
        role: entry.role,
        content: entry.content,
        timestamp: entry.timestamp,
        origin: entry.origin,
        editedBy: entry.editedBy,
        actions: entry.actions?.map(({ title, call }) => ({ title, target: targetOf(call) })),
        thinking: entry.thinking,
        model: entry.model,
        by: entry.by,
        summary: entry.summary && { messages: entry.summary.messages, results: entry.summary.results },
        queued: entry.queued,
        streaming: entry.streaming,
      };
    case "approval":
      return {
        kind: "approval",
        id: entry.id,
        callId: entry.callId,
        caller: entry.caller,
        plugin: entry.plugin,
        name: entry.name,
        title: entry.title,
        action: entry.action,
        input: JSON.stringify(entry.args, null, 2),
        folder: entry.folder,
        reason: entry.reason,
        rule: entry.rule,
        diffs: entry.diffs,
        onlyOnce: entry.onlyOnce,
        fixed: entry.fixed,
        timestamp: entry.timestamp,
        choice: entry.choice,
      };
    case "notice":
      return {
        kind: "notice",
        id: entry.id,
        level: entry.level,
        text: entry.text,
        todo: entry.todo,
        timestamp: entry.timestamp,
        command: entry.command,
      };
  }
}

/** What the panel shows of a call. `full` leaves input and output whole, up to a megabyte. */
export function itemOfCall(call: CallRecord, full = false): ToolItem {
  const limit = full ? 1_000_000 : shownCharacters;
  const input = JSON.stringify(call.args, null, 2) ?? "{}";
  const output =
    call.error ??
    (call.result === undefined
      ? call.soFar
      : typeof call.result === "string"
        ? call.result
        : JSON.stringify(call.result, null, 2));
  return {
    kind: "tool",
    id: call.id,
    parent: call.parent,
    caller: call.caller,
    plugin: call.plugin,
    name: call.name,
    title: call.title,
    action: call.action,
    status: call.status === "queued" ? "running" : call.status,
    detached: call.detached || undefined,
    timestamp: call.startedAt,
    endedAt: call.endedAt,
    progress: progressText(call),
    summary: summaryOf(call.args),
    outcome: call.error,
    ...(call.status === "failed" && call.failure && failureItem(call.failure)),
    input: input.slice(0, limit),
    output: output?.slice(0, limit),
    truncated: input.length > limit || (output?.length ?? 0) > limit,
    rule: call.rule,
  };
}

/** What a person reads of it beside the words; what to do after their own no is said to the model alone. */
function failureItem(failure: CallFailure): Pick<ToolItem, "todo" | "failure"> {
  const todo = reasonOf(failure) === "refusedByPerson" ? undefined : failure.todo;
  return { todo, failure: failureText(failure) };
}

/** The name, the reason and the code of an error, for whoever looks it up. */
function failureText(failure: CallFailure): string {
  const { kind, code } = failure;
  return `${[kind, reasonOf(failure)].filter(Boolean).join(", ")} (${String(code).replace("-", "−")})`;
}

function progressText(call: CallRecord): string | undefined {
  const { message, percentage } = call.progress ?? {};
  const percent = percentage === undefined ? undefined : `${Math.round(percentage)} %`;
  return [message, percent].filter(Boolean).join(" · ") || undefined;
}

/** One line about the arguments: the values that say most, shortest first. */
function summaryOf(args: Record<string, unknown>): string | undefined {
  const values = Object.entries(args)
    .filter(([, value]) => typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    .map(([key, value]) => (typeof value === "string" ? value.replaceAll(/\s+/g, " ").trim() : `${key} ${value}`))
    .filter((text) => text.length > 0)
    .map((text) => (text.length > 80 ? `${text.slice(0, 79)}…` : text));
  return values.slice(0, 3).join(" · ") || undefined;
}

function targetOf({ to, name }: MessageAction["call"]): string {
  return "plugin" in to ? `${to.plugin}/${name}` : to.provides;
}
