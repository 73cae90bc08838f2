/** The protocol's schemas as JSON Schema: the shared types by name, and each message. */
import * as z from "zod";
import {
  activationRule,
  manifestNamespace,
  packageManifest,
  parleyManifest,
  runSpec,
} from "../../../src/protocol/manifest.ts";
import * as calls from "../../../src/protocol/plugin/calls.ts";
import * as capabilities from "../../../src/protocol/plugin/capabilities.ts";
import * as common from "../../../src/protocol/plugin/common.ts";
import * as conversation from "../../../src/protocol/plugin/conversation.ts";
import * as events from "../../../src/protocol/plugin/events.ts";
import * as intercepts from "../../../src/protocol/plugin/intercepts.ts";
import * as lifecycle from "../../../src/protocol/plugin/lifecycle.ts";
import { hostToPlugin, type MethodSpec, type MethodTable, pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import * as offers from "../../../src/protocol/plugin/offers.ts";
import * as state from "../../../src/protocol/plugin/state.ts";
import { ruleVerb, want } from "../../../src/protocol/rules.ts";
import type { Schema } from "./fields.ts";

/** Types that several messages share, in the order of the reference. */
export const sharedTypes = {
  meta: common.meta,
  pluginName: common.pluginName,
  offerName: common.offerName,
  offerAction: common.offerAction,
  topic: common.topic,
  topicPattern: common.topicPattern,
  jsonSchema: common.jsonSchema,
  capabilities: lifecycle.capabilities,
  offer: offers.offer,
  facets: offers.facets,
  offerExample: offers.offerExample,
  listedOffer: offers.listedOffer,
  subscription: events.subscription,
  pluginEvent: events.pluginEvent,
  interceptSpec: intercepts.interceptSpec,
  pointSpec: intercepts.pointSpec,
  toolSubject: intercepts.toolSubject,
  messageSubject: intercepts.messageSubject,
  turnSubject: intercepts.turnSubject,
  stepSubject: intercepts.stepSubject,
  modelSubject: intercepts.modelSubject,
  editSubject: intercepts.editSubject,
  conversationSubject: intercepts.conversationSubject,
  compactionSubject: intercepts.compactionSubject,
  gatewaySubject: intercepts.gatewaySubject,
  callTarget: calls.callTarget,
  callStatus: calls.callStatus,
  callRow: calls.callRow,
  messageAction: conversation.messageAction,
  messageIntent: conversation.messageIntent,
  contextPart: conversation.contextPart,
  contextMessage: conversation.contextMessage,
  focus: conversation.focus,
  tokenUsage: conversation.tokenUsage,
  stateScope: state.stateScope,
  stateKey: state.stateKey,
  runSpec,
  activationRule,
  ruleVerb,
  want,
  chatMessage: capabilities.chatMessage,
  chatTool: capabilities.chatTool,
  llmChatInput: capabilities.llmChatInput,
  llmChatPartial: capabilities.llmChatPartial,
  llmChatOutput: capabilities.llmChatOutput,
  llmEmbedInput: capabilities.llmEmbedInput,
  llmEmbedOutput: capabilities.llmEmbedOutput,
} as const satisfies Record<string, z.ZodType>;

const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(sharedTypes)) names.add(schema, { id });

/** A schema as a sender writes it (defaults may be left out), with references to the shared types. */
export function jsonSchemaOf(schema: z.ZodType): Schema & { $defs?: Record<string, Schema> } {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { metadata: names, io: "input", unrepresentable: "any" });
  return rest as Schema;
}

/** The same without the shared types beside it. A schema that is itself shared is given in full. */
export function bodyOf(schema: z.ZodType): Schema {
  const { $defs, ...body } = jsonSchemaOf(schema);
  const own = body.$ref?.replace("#/$defs/", "");
  const found = own === undefined ? body : ($defs?.[own] ?? body);
  return withoutId(found);
}

/** `docs/schema/plugin-protocol.json`. */
export function protocolSchema(): object {
  const $defs: Record<string, Schema> = {};
  for (const [name, schema] of Object.entries(sharedTypes)) $defs[name] = bodyOf(schema);
  const messages = (table: MethodTable) =>
    Object.entries(table).map(([method, spec]) => {
      $defs[`${method}.params`] = bodyOf(spec.params);
      if (spec.kind === "request") $defs[`${method}.result`] = bodyOf(spec.result);
      return messageSchema(method, spec);
    });
  const directions = { hostToPlugin: messages(hostToPlugin), pluginToHost: messages(pluginToHost) };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Parley's plugin channel, version 1: every message but the responses",
    description: "Responses carry `result` (see `<method>.result` under $defs) or `error`.",
    anyOf: [{ $ref: "#/$defs/hostToPlugin" }, { $ref: "#/$defs/pluginToHost" }],
    $defs: {
      ...$defs,
      hostToPlugin: { anyOf: directions.hostToPlugin },
      pluginToHost: { anyOf: directions.pluginToHost },
    },
  };
}

function messageSchema(method: string, spec: MethodSpec): object {
  const needsId = spec.kind === "request" && !spec.orNotification;
  const mayHaveId = spec.kind === "request";
  return {
    type: "object",
    properties: {
      jsonrpc: { const: "2.0" },
      ...(mayHaveId ? { id: { type: ["string", "integer"] } } : {}),
      method: { const: method },
      params: { $ref: `#/$defs/${method.replaceAll("~", "~0").replaceAll("/", "~1")}.params` },
    },
    required: ["jsonrpc", "method", ...(needsId ? ["id"] : []), ...(takesNothing(spec.params) ? [] : ["params"])],
    additionalProperties: false,
  };
}

function takesNothing(params: z.ZodType): boolean {
  return params.safeParse({}).success;
}

/** `docs/schema/manifest.json`: `plugin.json` with Parley's part in its place. */
export function manifestSchema(): object {
  const whole = packageManifest.extend({
    extensions: z
      .object({ [manifestNamespace]: parleyManifest.optional() })
      .catchall(z.record(z.string(), z.unknown()))
      .optional(),
  });
  const { $defs = {}, ...body } = jsonSchemaOf(whole);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "plugin.json of a Parley plugin",
    ...body,
    $defs: Object.fromEntries(Object.entries($defs).map(([name, schema]) => [name, withoutId(schema)])),
  };
}

function withoutId(schema: Schema & { id?: string; $id?: string }): Schema {
  const { id: _, $id: __, ...rest } = schema;
  return rest;
}

/**
 * `src/sdk/python/parley/messages.json`: what the Python SDK checks, which has no zod. `params` and `kinds` of what a host sends,
 * `results` of what it answers; every schema is whole, without references.
 */
export function pythonMessages(): object {
  const plain = (schema: z.ZodType) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return rest;
  };
  const kindOf = (spec: MethodSpec) => (spec.kind === "request" && spec.orNotification ? "both" : spec.kind);
  const sent = Object.entries<MethodSpec>(hostToPlugin);
  const asked = Object.entries<MethodSpec>(pluginToHost);
  return {
    kinds: Object.fromEntries(sent.map(([method, spec]) => [method, kindOf(spec)])),
    params: Object.fromEntries(sent.map(([method, { params }]) => [method, plain(params)])),
    results: Object.fromEntries(
      asked.flatMap(([method, spec]) => (spec.kind === "request" ? [[method, plain(spec.result)]] : [])),
    ),
  };
}
