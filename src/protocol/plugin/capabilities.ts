import * as z from "zod";
import * as auth from "./capabilities/auth.ts";
import * as goose from "./capabilities/goose.ts";
import * as memory from "./capabilities/memory.ts";
import * as repo from "./capabilities/repo.ts";
import type { OfferAction } from "./common.ts";

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

/**
 * What `plugin.create` and `plugin.change` say of files; one without content is removed. Without files it is the sample.
 * `folder` is the name or the path of one of several open folders.
 */
export const pluginFilesInput = z.object({
  name: z.string(),
  where: z.enum(["workspace", "user"]).optional(),
  folder: z.string().optional(),
  files: z.array(z.object({ path: z.string(), content: z.string().optional() })).default([]),
});

/** What a capability takes and answers, whoever provides it; `partial` is each piece of a result that comes in pieces. */
export interface Capability {
  readonly action: OfferAction;
  readonly input: z.ZodType;
  readonly partial?: z.ZodType;
  readonly output: z.ZodType;
}

/** The capabilities whose meaning is fixed, so that one provider can stand in for another. All other names are free. */
export const wellKnownCapabilities: ReadonlyMap<string, Capability> = new Map<string, Capability>([
  ["llm.chat", { action: "read", input: llmChatInput, partial: llmChatPartial, output: llmChatOutput }],
  ["llm.embed", { action: "read", input: llmEmbedInput, output: llmEmbedOutput }],
  ["repo.analyze", { action: "read", input: repo.repoAnalyzeInput, output: repo.repoAnalyzeOutput }],
  ["repo.tree", { action: "read", input: repo.repoTreeInput, output: repo.repoTreeOutput }],
  ["repo.search", { action: "read", input: repo.repoSearchInput, output: repo.repoSearchOutput }],
  ["repo.file.read", { action: "read", input: repo.repoFileReadInput, output: repo.repoFileReadOutput }],
  ["repo.file.write", { action: "write", input: repo.repoFileWriteInput, output: repo.repoFileWriteOutput }],
  ["repo.patch", { action: "write", input: repo.repoPatchInput, output: repo.repoPatchOutput }],
  [
    "repo.command",
    {
      action: "write",
      input: repo.repoCommandInput,
      partial: repo.repoCommandPartial,
      output: repo.repoCommandOutput,
    },
  ],
  ["repo.commit", { action: "write", input: repo.repoCommitInput, output: repo.repoCommitOutput }],
  ["goose.run", { action: "write", input: goose.gooseRunInput, partial: goose.gooseRun, output: goose.gooseRun }],
  ["goose.stop", { action: "write", input: goose.gooseNothing, output: goose.gooseRun }],
  ["goose.status", { action: "read", input: goose.gooseNothing, output: goose.gooseRun }],
  ["goose.history", { action: "read", input: goose.gooseHistoryInput, output: goose.gooseHistoryOutput }],
  ["auth.login", { action: "write", input: auth.authLoginInput, output: auth.authLoginOutput }],
  ["auth.logout", { action: "write", input: auth.authLogoutInput, output: auth.authNothing }],
  ["auth.validate", { action: "read", input: auth.authValidateInput, output: auth.authValidateOutput }],
  ["auth.users.list", { action: "read", input: auth.authNothing, output: auth.authUsersOutput }],
  ["auth.users.create", { action: "create", input: auth.authUserInput, output: auth.authUserOutput }],
  ["auth.users.delete", { action: "delete", input: auth.authById, output: auth.authNothing }],
  ["auth.keys.create", { action: "create", input: auth.authKeyInput, output: auth.authKeyOutput }],
  ["auth.keys.list", { action: "read", input: auth.authKeysInput, output: auth.authKeysOutput }],
  ["auth.keys.revoke", { action: "delete", input: auth.authById, output: auth.authNothing }],
  ["auth.keys.rotate", { action: "write", input: auth.authById, output: auth.authKeyOutput }],
  ["memory.index", { action: "write", input: memory.memoryIndexInput, output: memory.memoryIndexOutput }],
  ["memory.search", { action: "read", input: memory.memorySearchInput, output: memory.memorySearchOutput }],
  ["memory.stats", { action: "read", input: memory.memoryStatsInput, output: memory.memoryStatsOutput }],
]);
