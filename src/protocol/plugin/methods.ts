import * as z from "zod";
import * as actions from "./actions.ts";
import * as agent from "./agent.ts";
import * as calls from "./calls.ts";
import * as content from "./content.ts";
import * as conversation from "./conversation.ts";
import * as database from "./database.ts";
import * as events from "./events.ts";
import * as intercepts from "./intercepts.ts";
import * as lifecycle from "./lifecycle.ts";
import * as models from "./models.ts";
import * as offers from "./offers.ts";
import * as registration from "./registration.ts";
import * as rights from "./rights.ts";
import * as state from "./state.ts";

/** A method that is answered; `orNotification` marks the one that may also be sent without wanting an answer. */
export interface RequestSpec {
  readonly kind: "request";
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  readonly orNotification?: true;
}
export interface NotificationSpec {
  readonly kind: "notification";
  readonly params: z.ZodType;
}
export type MethodSpec = RequestSpec | NotificationSpec;
export type MethodTable = Record<string, MethodSpec>;

function request<P extends z.ZodType, R extends z.ZodType>(params: P, result: R) {
  return { kind: "request", params, result } as const;
}
function notification<P extends z.ZodType>(params: P) {
  return { kind: "notification", params } as const;
}

const nothing = z.union([z.null(), z.object({})]);

const both = {
  "$/ping": request(lifecycle.pingParams, nothing),
  "$/cancelRequest": notification(calls.cancelRequestParams),
  "$/progress": notification(calls.progressParams),
  "$/credit": notification(calls.creditParams),
  "$/setTrace": notification(lifecycle.setTraceParams),
} as const;

/** Every message that the host may send to a plugin. */
export const hostToPlugin = {
  ...both,
  initialize: request(lifecycle.initializeParams, lifecycle.initializeResult),
  initialized: notification(lifecycle.initializedParams),
  shutdown: request(lifecycle.shutdownParams, nothing),
  exit: notification(lifecycle.exitParams),
  call: request(calls.callParams, calls.callResult),
  /** Sent as a request when the subscription acknowledges, else as a notification. */
  deliver: { ...request(events.deliverParams, nothing), orNotification: true },
  intercept: request(intercepts.interceptParams, intercepts.interceptResult),
} as const satisfies MethodTable;

/** Every message that a plugin may send to the host. */
export const pluginToHost = {
  ...both,
  register: request(registration.registerParams, registration.registerResult),
  unregister: request(registration.unregisterParams, registration.unregisterResult),
  call: request(calls.callParams, calls.callResult),
  publish: request(events.publishParams, events.publishResult),
  "offers/list": request(offers.listOffersParams, offers.listOffersResult),
  "calls/get": request(calls.getCallParams, calls.getCallResult),
  "calls/cancel": request(calls.cancelCallParams, calls.cancelCallResult),
  "conversation/addMessage": request(conversation.addMessageParams, conversation.addMessageResult),
  "conversation/context": request(conversation.contextParams, conversation.contextResult),
  "state/get": request(state.getStateParams, state.getStateResult),
  "state/set": request(state.setStateParams, state.setStateResult),
  "state/delete": request(state.deleteStateParams, state.deleteStateResult),
  "state/list": request(state.listStateParams, state.listStateResult),
  "database/query": request(database.queryDatabaseParams, database.queryDatabaseResult),
  "ui/notify": request(actions.notifyParams, actions.notifyResult),
  "ui/ask": request(actions.askParams, actions.askResult),
  "editor/open": request(actions.openParams, actions.openResult),
  "editor/showDiff": request(actions.showDiffParams, actions.showDiffResult),
  "editor/executeCommand": request(actions.executeCommandParams, actions.executeCommandResult),
  "terminal/run": request(actions.runParams, actions.runResult),
  "agent/run": request(agent.runAgentParams, agent.runAgentResult),
  "agent/stop": request(agent.stopAgentParams, agent.stopAgentResult),
  "content/get": request(content.getContentParams, content.getContentResult),
  "rights/request": request(rights.requestRightsParams, rights.requestRightsResult),
  "model/complete": request(models.completeParams, models.completeResult),
  "model/embed": request(models.embedParams, models.embedResult),
} as const satisfies MethodTable;

export type HostToPlugin = typeof hostToPlugin;
export type PluginToHost = typeof pluginToHost;
export type RequestMethod<T extends MethodTable> = {
  [M in keyof T]: T[M] extends { kind: "request" } ? M : never;
}[keyof T] &
  string;
export type NotificationMethod<T extends MethodTable> = {
  [M in keyof T]: T[M] extends { kind: "notification" } | { orNotification: true } ? M : never;
}[keyof T] &
  string;
/** Params as a sender writes them (defaults may be left out). */
export type ParamsOf<T extends MethodTable, M extends keyof T> = z.input<T[M]["params"]>;
/** Params as a handler gets them (defaults filled in). */
export type ParsedOf<T extends MethodTable, M extends keyof T> = z.output<T[M]["params"]>;
export type ResultOf<T extends MethodTable, M extends keyof T> = T[M] extends { result: infer R extends z.ZodType }
  ? z.output<R>
  : never;
