/** What plugin authors import as `@parley/sdk`. */
export { Failure as PluginError, type FailureKind } from "../base/failure.ts";
export type { QuestionChoice } from "../protocol/plugin/actions.ts";
export type { ActivityData, ActivityTopic } from "../protocol/plugin/activity.ts";
export type { CallRow, CallStatus } from "../protocol/plugin/calls.ts";
export type { JsonSchema, Meta, OfferAction } from "../protocol/plugin/common.ts";
export type { ContextResult, MessageIntent } from "../protocol/plugin/conversation.ts";
export type { InitializeParams } from "../protocol/plugin/lifecycle.ts";
export type { PromptMessage } from "../protocol/plugin/models.ts";
export type { ListedOffer, Offer, OfferExample } from "../protocol/plugin/offers.ts";
export type { Want } from "../protocol/rules.ts";
export type { ProgressValue } from "../rpc/types.ts";
export type { Actions } from "./actions.ts";
export type { PluginAgent } from "./agent.ts";
export type { ConfigHandler, FieldErrors, PluginConfig } from "./config.ts";
export type { Database, DatabaseAnswer, DatabaseParams, DatabaseRow, DatabaseValue } from "./database.ts";
export type { DeclaredSpec } from "./facades/declared.ts";
export type { CallFacades, Facades } from "./facades/facades.ts";
export type { Hook } from "./facades/hooks.ts";
export type { ChildLogger } from "./facades/logger.ts";
export type { Storage, WatchedStorage } from "./facades/storage.ts";
export type { Task, TaskRow } from "./facades/tasks.ts";
export type { InterceptHandler, Interception, InterceptPoint, InterceptResult } from "./intercepts.ts";
export type { HealthStatus, PluginLog, Telemetry } from "./log.ts";
export type { DirectMessage, MessageHandler, RequestReplyOptions } from "./messaging.ts";
export type { MiddlewareHandler, Next } from "./middleware.ts";
export type { CompleteOptions, Model } from "./model.ts";
export type { Call, OfferHandler, OfferSpec } from "./offers.ts";
export { createPlugin, type Plugin } from "./plugin.ts";
export type { Registration } from "./registrar.ts";
export type { State, StateChange, StateEntry, WatchedState } from "./state.ts";
export type { Transport } from "./stdio.ts";
export type { ResultStream } from "./stream.ts";
export type { EventHandler, EventOf, PluginEvent, SubscribeOptions } from "./subscriptions.ts";
export type { CallTo, MessageButton } from "./target.ts";
export type {
  BrokerRequest,
  CallOptions,
  CallRows,
  ContextOptions,
  NewMessage,
  OffersFilter,
  PublishOptions,
  Verbs,
} from "./verbs.ts";
