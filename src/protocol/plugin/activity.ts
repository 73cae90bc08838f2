import * as z from "zod";
import { callStatus } from "./calls.ts";

const grantChange = z.object({
  pluginId: z.string(),
  ruleId: z.string(),
  verb: z.string(),
  target: z.string(),
  action: z.string().optional(),
  by: z.string(),
});

const ruleChange = z.object({
  ruleId: z.string(),
  who: z.string(),
  verb: z.string(),
  target: z.string(),
  action: z.string().optional(),
  effect: z.string(),
  by: z.string(),
});

/** `epoch` counts a plugin's processes in this window. */
const pluginState = z.object({
  pluginId: z.string(),
  version: z.string().optional(),
  epoch: z.number().optional(),
  reason: z.string().optional(),
});

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
    /** Where the arguments name one: the file, or the command that would be run. */
    path: z.string().optional(),
    command: z.string().optional(),
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
  /**
   * Uses and refusals of rights: `times` of one kind between `first` and `last` (milliseconds since the epoch). All of
   * `principals` were asked about. Past a hundred different targets a second that somebody is refused, `target` is `…`.
   */
  "permission.decided": z.object({
    principals: z.array(z.string()),
    pluginId: z.string().optional(),
    verb: z.string(),
    target: z.string(),
    action: z.string().optional(),
    effect: z.enum(["allow", "ask", "deny"]),
    times: z.number().int(),
    first: z.number(),
    last: z.number(),
  }),
  /** `by` says who gave it. */
  "permission.granted": grantChange,
  "permission.revoked": grantChange,
  "permission.ruleAdded": ruleChange,
  "permission.ruleRemoved": ruleChange,
  "permission.modeChanged": z.object({ mode: z.string(), by: z.string() }),
  "context.usage": z.object({ contextUsage: z.number() }),
  "compaction.start": z.object({}),
  "compaction.complete": z.object({
    oldContextUsage: z.number(),
    newContextUsage: z.number(),
    threshold: z.number(),
    error: z.string().optional(),
  }),
  "thought.complete": z.object({ thinking: z.string() }),
  "diff.preview": z.object({
    filePath: z.string(),
    operationType: z.enum(["create", "write", "delete", "patch"]),
    diff: z.string(),
  }),
  /** `tokens` are those of both sides; they are missing where the model does not say. */
  "model.step": z.object({
    model: z.string(),
    tokens: z.number().optional(),
    inputTokens: z.number().optional(),
    outputTokens: z.number().optional(),
    ms: z.number(),
  }),
  /** `left` is what is left of its budget of the day. */
  "model.spent": z.object({
    pluginId: z.string(),
    service: z.string(),
    model: z.string(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    estimated: z.boolean(),
    left: z.number(),
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
  /** `params` without what looks like a secret; large ones are cut. */
  "plugin.actionRequested": z.object({
    pluginId: z.string(),
    service: z.string(),
    params: z.record(z.string(), z.unknown()).optional(),
    decision: z.string(),
  }),
  /**
   * It changed fields of the subject, asked, answered, blocked, or failed and was passed over. Of one `invocation` in the
   * order in which they were asked, which is the order in which what they changed holds.
   */
  "plugin.intercepted": z.object({
    pluginId: z.string(),
    point: z.string(),
    phase: z.enum(["before", "after"]),
    invocation: z.string(),
    decision: z.enum(["allow", "ask", "deny", "answer", "failed"]),
    changed: z.array(z.string()),
    reason: z.string().optional(),
  }),
  /** They came too thick to be written down one by one: more than fifty a second. */
  "plugin.eventsCounted": z.object({
    pluginId: z.string(),
    topic: z.string(),
    times: z.number().int(),
    first: z.number(),
    last: z.number(),
  }),
  /** Who subscribes later hears where each plugin stands. */
  "plugin.loaded": pluginState,
  "plugin.activated": pluginState.extend({ epoch: z.number() }),
  "plugin.deactivated": pluginState,
  "plugin.error": pluginState.extend({ reason: z.string() }),
  "call.started": z.object({ callId: z.string(), caller: z.string(), target: z.string(), status: callStatus }),
  "call.progress": z.object({
    callId: z.string(),
    caller: z.string(),
    target: z.string(),
    status: callStatus,
    message: z.string().optional(),
    percentage: z.number().optional(),
  }),
  "call.ended": z.object({
    callId: z.string(),
    caller: z.string(),
    target: z.string(),
    status: callStatus,
    error: z.string().optional(),
    /** The error's code and name, and the `reason` in its details where that is a name; all of it is in the row. */
    failure: z.object({ code: z.number().int(), kind: z.string(), reason: z.string().optional() }).optional(),
  }),
  /**
   * Plugins reading from each other outside every conversation, and steps of models that plugins provide: so many calls
   * that are alike, between `first` and `last`.
   */
  "call.counted": z.object({
    caller: z.string(),
    target: z.string(),
    action: z.string(),
    status: callStatus,
    error: z.string().optional(),
    times: z.number().int(),
    first: z.number(),
    last: z.number(),
  }),
  "conversation.created": z.object({ conversation: z.string(), title: z.string().optional() }),
  "conversation.renamed": z.object({ conversation: z.string(), title: z.string() }),
  "conversation.deleted": z.object({ conversation: z.string(), title: z.string().optional() }),
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
  /** By whomever; paths as `editor.saved` has them. Gathered for a moment. */
  "workspace.filesChanged": z.object({
    created: z.array(z.string()),
    changed: z.array(z.string()),
    deleted: z.array(z.string()),
    /** How many more there were than are listed. */
    more: z.number().int().optional(),
  }),
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
