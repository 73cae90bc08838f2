/** What plugin authors import as `@parley/sdk`. */
export { Failure as PluginError, type FailureKind } from "../base/failure.ts";
export type { ActivityData, ActivityTopic } from "../protocol/plugin/activity.ts";
export type { JsonSchema, Meta, OfferAction } from "../protocol/plugin/common.ts";
export type { ContextResult, MessageIntent } from "../protocol/plugin/conversation.ts";
export type { InitializeParams } from "../protocol/plugin/lifecycle.ts";
export type { ListedOffer, Offer, OfferExample } from "../protocol/plugin/offers.ts";
export type { ProgressValue } from "../rpc/types.ts";
export type { InterceptHandler, Interception, InterceptPoint, InterceptResult } from "./intercepts.ts";
export type { HealthStatus, PluginLog } from "./log.ts";
export type { Call, OfferHandler, OfferSpec } from "./offers.ts";
export { createPlugin, type Plugin } from "./plugin.ts";
export type { Registration } from "./registrar.ts";
export type { State, StateEntry } from "./state.ts";
export type { Transport } from "./stdio.ts";
export type { EventHandler, EventOf, PluginEvent, SubscribeOptions } from "./subscriptions.ts";
export type { CallTo, MessageButton } from "./target.ts";
export type { BrokerRequest, CallOptions, ContextOptions, NewMessage, PublishOptions, Verbs } from "./verbs.ts";
