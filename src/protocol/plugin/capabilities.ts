import * as z from "zod";

/** A message for a model. `origin` marks text that a plugin wrote; it has been fenced already. */
export const chatMessage = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content: z.string() }),
  z.object({ role: z.literal("user"), content: z.string() }),
  z.object({
    role: z.literal("assistant"),
    content: z.string(),
    toolCalls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() })).optional(),
  }),
  z.object({ role: z.literal("tool"), toolCallId: z.string(), content: z.string() }),
]);
export type ChatMessage = z.infer<typeof chatMessage>;

export const chatTool = z.object({
  /** The name that a model calls it by: letters, digits, `_` and `-`, at most 64. */
  name: z.string(),
  /** The offer behind it, `plugin/name`, and what it does; providers by rules match on them. */
  offer: z.string().optional(),
  action: z.enum(["create", "read", "write", "delete"]).optional(),
  description: z.string(),
  input: z.record(z.string(), z.unknown()),
  /** For a provider that matches requests by example (the offline guide). */
  examples: z.array(z.object({ prompt: z.string(), args: z.record(z.string(), z.unknown()) })).optional(),
});
export type ChatTool = z.infer<typeof chatTool>;

/** `llm.chat`: one step. Text and tool calls are streamed as partials of the same shape as the pieces of the result. */
export const llmChatInput = z.object({
  messages: z.array(chatMessage),
  tools: z.array(chatTool).optional(),
  model: z.string().optional(),
  maxTokens: z.number().int().positive().optional(),
});
export const llmChatPartial = z.object({ text: z.string().optional(), thinking: z.string().optional() });
export const llmChatOutput = z.object({
  text: z.string(),
  toolCalls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() })),
  finish: z.enum(["stop", "tool-calls", "length"]),
  model: z.string(),
  /** `rules` marks a provider that is no model (the offline guide). */
  kind: z.enum(["model", "rules"]),
  usage: z.object({ input: z.number(), output: z.number() }).optional(),
});

/** `llm.embed`: one vector per text. */
export const llmEmbedInput = z.object({ texts: z.array(z.string()).min(1).max(256) });
export const llmEmbedOutput = z.object({
  vectors: z.array(z.array(z.number())),
  dimensions: z.number().int(),
  model: z.string(),
});

/** `repo.file.write`: paths are relative to the workspace folder, or absolute inside it. */
export const repoFileWriteInput = z.object({
  path: z.string().min(1),
  content: z.string(),
  encoding: z.enum(["utf8", "base64"]).optional(),
  mode: z.enum(["overwrite", "append", "create"]).optional(),
});
/** `repo.patch`: whole files, or one unified diff over several; all or nothing. */
export const repoPatchInput = z.object({
  root: z.string().optional(),
  changes: z
    .array(
      z.object({
        path: z.string().min(1),
        content: z.string(),
        mode: z.enum(["overwrite", "append", "create", "delete"]).optional(),
      }),
    )
    .optional(),
  diff: z.string().optional(),
});

/** What `plugin.create` and `plugin.change` say of files; one without content is removed. Without files it is the sample. */
export const pluginFilesInput = z.object({
  name: z.string(),
  where: z.enum(["workspace", "user"]).optional(),
  files: z.array(z.object({ path: z.string(), content: z.string().optional() })).default([]),
});
