import { isJsonObject } from "../../base/json.ts";
import type { ActivityEntry } from "../../protocol/webview.ts";
import type { JournalRow } from "./records.ts";

type Data = Record<string, unknown>;

/** How each of the host's events reads in one line; what is not named here shows its type alone. */
const sentences: Record<string, (data: Data) => string> = {
  "tool.callStart": (data) => `agent → ${data.plugin}/${data.toolName}`,
  "tool.callEnd": (data) =>
    `${data.plugin}/${data.toolName} ${data.success ? "answered" : `failed: ${data.error ?? ""}`}`,
  "agent.start": () => "turn started",
  "agent.end": (data) => (data.error ? `turn failed: ${data.error}` : data.interrupted ? "turn stopped" : "turn ended"),
  "permission.request": (data) => `asks to use ${data.plugin}/${data.toolName}`,
  "permission.response": (data) => `answered: ${data.choice}`,
  "permission.refused": (data) =>
    `${data.pluginId} may not ${data.verb} ${data.target} (${data.rule})${data.times ? `, refused ${data.times} times more` : ""}`,
  "model.step": (data) => `${data.model} answered in ${data.ms} ms`,
  "compaction.complete": (data) =>
    data.error
      ? `the conversation was not shortened: ${data.error}`
      : `shortened for the model from about ${data.oldContextUsage} to ${data.newContextUsage} tokens`,
  "message.added": (data) => `message of ${data.words} words (${data.role})`,
  "plugin.messageReceived": (data) => `${data.pluginId} says something (${data.intent})`,
  "plugin.loaded": (data) => `${data.pluginId} found`,
  "plugin.activated": (data) => `${data.pluginId} started`,
  "plugin.deactivated": (data) => `${data.pluginId} stopped${data.reason ? `: ${data.reason}` : ""}`,
  "plugin.error": (data) => `${data.pluginId}: ${data.reason}`,
  "call.started": (data) => `${short(data.caller)} → ${data.target}`,
  "call.progress": (data) =>
    `${data.target}: ${data.message ?? ""} ${data.percentage === undefined ? "" : `${data.percentage} %`}`.trim(),
  "call.ended": (data) =>
    `${short(data.caller)} → ${data.target} ${data.status}${kindOf(data)}${data.error ? `: ${data.error}` : ""}`,
  "call.counted": (data) =>
    `${short(data.caller)} → ${data.target} ${data.status}${times(data)}${data.error ? `: ${data.error}` : ""}`,
  "permission.decided": (data) =>
    `${short((data.principals as unknown[] | undefined)?.join(", "))} was refused to ${data.verb} ${data.target}${times(data)}`,
  "permission.granted": (data) => `${data.by} lets ${data.pluginId} ${data.verb} ${data.target}`,
  "permission.revoked": (data) => `${data.by} no longer lets ${data.pluginId} ${data.verb} ${data.target}`,
  "permission.ruleAdded": (data) => `${data.by} made a rule: ${data.effect} ${data.who} ${data.verb} ${data.target}`,
  "permission.ruleRemoved": (data) =>
    `${data.by} removed a rule: ${data.effect} ${data.who} ${data.verb} ${data.target}`,
  "permission.modeChanged": (data) => `${data.by} chose the mode “${data.mode}”`,
  "plugin.actionRequested": (data) => `${data.pluginId} asks for ${data.service}: ${data.decision}`,
  "plugin.intercepted": (data) =>
    `${data.pluginId} ${steppedIn(data)}, ${data.phase} ${data.point}${data.reason ? `: ${data.reason}` : ""}`,
  "plugin.eventsCounted": (data) => `${data.pluginId} published ${data.topic}${times(data)}`,
  "model.spent": (data) =>
    `${data.pluginId} took ${Number(data.inputTokens) + Number(data.outputTokens)} tokens of ${data.model}, ${data.left} left`,
  "conversation.renamed": (data) => `renamed to “${data.title}”`,
  "conversation.deleted": (data) => (data.title ? `deleted “${data.title}”` : "deleted"),
  "editor.saved": (data) => `saved ${data.path}`,
  "diff.preview": (data) => `proposes a change of ${data.filePath}`,
  "editor.diagnostics": (data) => `problems in ${data.path}: ${data.errors} errors`,
};

/** Events that would only make noise in the activity section. */
const silent = new Set([
  "editor.changed",
  "editor.focus",
  "message.added",
  "thought.complete",
  "context.usage",
  "compaction.start",
  "plugin.eventEmitted",
  "plugin.loaded",
  "conversation.created",
  "tool.callStart",
  "tool.callEnd",
  "workspace.filesChanged",
]);

/** Uses of rights that a person wants to see: acts and spends have lines of their own. */
const isRoutine = (data: Data) => data.effect === "allow";

/** The line that the activity section shows for a journal row, or undefined where it shows none. */
export function activityOf(row: JournalRow & { readonly why?: string }): ActivityEntry | undefined {
  const data = isJsonObject(row.data) ? row.data : {};
  const ofHost = row.source === "host";
  if (ofHost && (silent.has(row.type) || row.type.startsWith("state."))) return undefined;
  if (ofHost && row.type === "permission.decided" && isRoutine(data)) return undefined;
  const sentence = ofHost ? sentences[row.type] : undefined;
  const failed =
    row.type === "plugin.error" ||
    row.type === "permission.refused" ||
    row.type === "permission.decided" ||
    data.status === "failed" ||
    (row.type === "agent.end" && data.error !== undefined);
  return {
    seq: row.seq,
    timestamp: row.timestamp,
    type: row.type,
    source: row.source,
    text: (sentence?.(data) ?? (ofHost ? row.type : preview(row.data))).slice(0, 400),
    level: failed
      ? "error"
      : data.level === "warn" || hindered(row)
        ? "warning"
        : data.level === "error"
          ? "error"
          : "info",
    callId: row.callId,
    ...(row.why === undefined ? {} : { why: row.why.slice(0, 2_000) }),
  };
}

/** What an intercept did, other than look on. */
function steppedIn({ decision, changed }: Data): string {
  const fields = Array.isArray(changed) && changed.length > 0 ? `changed ${changed.join(", ")}` : "";
  const deeds = {
    ask: "wants you asked",
    deny: "refused it",
    answer: "answered in its place",
    failed: "failed and was passed over",
  };
  return [fields, deeds[decision as keyof typeof deeds]].filter(Boolean).join(" and ") || "stepped in";
}

/** Whether an intercept kept something from happening, or should have looked at it and did not. */
function hindered({ source, type, data }: JournalRow): boolean {
  return (
    source === "host" &&
    type === "plugin.intercepted" &&
    isJsonObject(data) &&
    ["deny", "failed"].includes(String(data.decision))
  );
}

function kindOf({ failure }: Data): string {
  if (!isJsonObject(failure)) return "";
  return ` (${[failure.kind, failure.reason].filter(Boolean).join(", ")})`;
}

function times({ times: count }: Data): string {
  return count === 1 || count === undefined ? "" : `, ${count} times`;
}

function short(principal: unknown): string {
  return String(principal).replace(/^plugin:/, "");
}

function preview(data: unknown): string {
  if (typeof data === "string") return data;
  if (isJsonObject(data) && typeof data.message === "string") return data.message;
  return JSON.stringify(data) ?? "";
}
