import * as z from "zod";
import { callStatus } from "./calls.ts";

/** Payloads of the host's own topics. Plugins subscribe to them; nobody but the host publishes them. */
export const activityEvents = {
  "tool.callStart": z.object({
    callId: z.string(),
    toolName: z.string(),
    plugin: z.string(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    visibleInChat: z.boolean(),
  }),
  "tool.callEnd": z.object({
    callId: z.string(),
    toolName: z.string(),
    plugin: z.string(),
    success: z.boolean(),
    result: z.unknown().optional(),
    error: z.string().optional(),
  }),
  "agent.start": z.object({ message: z.string(), agentName: z.string(), instanceId: z.string() }),
  "agent.end": z.object({
    content: z.string().optional(),
    interrupted: z.boolean().optional(),
    error: z.string().optional(),
    instanceId: z.string(),
  }),
  "permission.request": z.object({
    requestId: z.string(),
    toolName: z.string(),
    plugin: z.string(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    options: z.array(z.string()),
  }),
  "permission.response": z.object({ requestId: z.string(), choice: z.string() }),
  /** `times` counts what one report stands for, where it is more than one refusal. */
  "permission.refused": z.object({
    pluginId: z.string(),
    verb: z.string(),
    target: z.string(),
    rule: z.string(),
    times: z.number().int().optional(),
  }),
  "context.usage": z.object({ contextUsage: z.number() }),
  "thought.complete": z.object({ thinking: z.string() }),
  "diff.preview": z.object({
    filePath: z.string(),
    operationType: z.enum(["create", "write", "delete"]),
    diff: z.string(),
  }),
  "model.step": z.object({
    model: z.string(),
    inputTokens: z.number().optional(),
    outputTokens: z.number().optional(),
    ms: z.number(),
  }),
  "message.added": z.object({
    messageId: z.string(),
    role: z.string(),
    content: z.string().optional(),
    words: z.number(),
  }),
  "plugin.messageReceived": z.object({
    pluginId: z.string(),
    messageId: z.string(),
    role: z.string(),
    intent: z.string(),
  }),
  "plugin.eventEmitted": z.object({ pluginId: z.string(), eventId: z.string(), type: z.string() }),
  "plugin.actionRequested": z.object({ pluginId: z.string(), service: z.string(), decision: z.string() }),
  "plugin.loaded": z.object({ pluginId: z.string(), version: z.string().optional() }),
  "plugin.activated": z.object({ pluginId: z.string(), version: z.string().optional(), epoch: z.number() }),
  "plugin.deactivated": z.object({
    pluginId: z.string(),
    version: z.string().optional(),
    reason: z.string().optional(),
  }),
  "plugin.error": z.object({ pluginId: z.string(), version: z.string().optional(), reason: z.string() }),
  "call.started": z.object({ callId: z.string(), caller: z.string(), target: z.string(), status: callStatus }),
  "call.progress": z.object({
    callId: z.string(),
    caller: z.string(),
    target: z.string(),
    message: z.string().optional(),
    percentage: z.number().optional(),
  }),
  "call.ended": z.object({
    callId: z.string(),
    caller: z.string(),
    target: z.string(),
    status: callStatus,
    error: z.string().optional(),
  }),
  "conversation.created": z.object({ conversation: z.string() }),
  "conversation.renamed": z.object({ conversation: z.string(), title: z.string() }),
  "conversation.deleted": z.object({ conversation: z.string() }),
  /** `added` and `removed` are problems with 1-based lines; severities as VS Code's words. */
  "editor.diagnostics": z.object({
    uri: z.string(),
    path: z.string(),
    added: z.array(
      z.object({
        severity: z.enum(["error", "warning", "info", "hint"]),
        message: z.string(),
        line: z.number(),
        source: z.string().optional(),
      }),
    ),
    removed: z.array(
      z.object({
        severity: z.enum(["error", "warning", "info", "hint"]),
        message: z.string(),
        line: z.number(),
        source: z.string().optional(),
      }),
    ),
    errors: z.number(),
  }),
  /** A person's edit; `line` is the first line that changed, 1-based. Coalesced while typing. */
  "editor.changed": z.object({ uri: z.string(), path: z.string(), line: z.number(), byPerson: z.boolean() }),
  "editor.saved": z.object({ uri: z.string(), path: z.string() }),
  "editor.focus": z.object({ uri: z.string().optional(), path: z.string().optional() }),
} as const;

export type ActivityTopic = keyof typeof activityEvents;
export type ActivityData<T extends ActivityTopic> = z.infer<(typeof activityEvents)[T]>;

/** Topics whose first token is one of these belong to the host; a plugin's `publish` to them is refused. */
export const hostTopicRoots = [
  "tool",
  "agent",
  "permission",
  "context",
  "thought",
  "diff",
  "model",
  "message",
  "plugin",
  "call",
  "conversation",
  "editor",
  "workspace",
  "state",
  "todo",
  "compaction",
] as const;
