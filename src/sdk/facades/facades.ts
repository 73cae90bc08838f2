/** The words that authors know, each a few lines over the verbs. The host knows none of them. */
import type { Actions } from "../actions.ts";
import type { PluginAgent } from "../agent.ts";
import type { PluginConfig } from "../config.ts";
import type { Database } from "../database.ts";
import type { InterceptHandler, InterceptPoint } from "../intercepts.ts";
import type { PluginLog } from "../log.ts";
import { createMessaging, type MessageSender, type Messaging, messageSender } from "../messaging.ts";
import { createMiddleware, type Middleware } from "../middleware.ts";
import type { Model } from "../model.ts";
import type { Registration } from "../registrar.ts";
import type { WatchedState } from "../state.ts";
import type { Subscribe } from "../subscriptions.ts";
import type { Verbs } from "../verbs.ts";
import { type Activity, type ActivityTeller, activityTeller, createActivity } from "./activity.ts";
import { type Broker, createBroker, type OlderNames, olderNames } from "./broker.ts";
import { type CommandCaller, type Commands, commandCaller, createCommands } from "./commands.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import type { Offering } from "./declared.ts";
import { createEvents, type EventSender, type Events, eventSender } from "./events.ts";
import { createHooks, type Hooks } from "./hooks.ts";
import { type ChildLogger, createLogger } from "./logger.ts";
import { createProviders, type ProviderCaller, type Providers, providerCaller } from "./providers.ts";
import { createStorage, type Storage, type WatchedStorage } from "./storage.ts";
import { createTasks, type Tasks } from "./tasks.ts";

/** What the host does in the window, and its agent. */
export interface AllActions extends Actions {
  readonly agent: PluginAgent;
}

/** The façades that send: bound to a call, what they send belongs to it, ends with it and shares its deadline. */
export interface CallFacades extends OlderNames {
  readonly events: EventSender;
  readonly commands: CommandCaller;
  readonly messaging: MessageSender;
  readonly storage: Storage;
  readonly providers: ProviderCaller;
  readonly broker: Broker;
  readonly activity: ActivityTeller;
  readonly actions: AllActions;
  readonly models: Model;
}

/** All façades of a plugin; these also declare and listen. */
export interface Facades extends CallFacades {
  readonly events: Events;
  readonly commands: Commands;
  readonly storage: WatchedStorage;
  readonly database: Database;
  readonly hooks: Hooks;
  readonly messaging: Messaging;
  readonly middleware: Middleware;
  readonly providers: Providers;
  readonly conversation: Conversation;
  readonly activity: Activity;
  readonly tasks: Tasks;
  readonly logger: ChildLogger;
  readonly config: PluginConfig;
}

/** What the façades of a plugin are made of. */
export interface FacadeParts extends Verbs, Offering {
  readonly subscribe: Subscribe;
  readonly state: WatchedState;
  readonly log: PluginLog;
  readonly config: PluginConfig;
  intercept(point: InterceptPoint, handler: InterceptHandler): Registration;
}

/** Made when it is first asked for, because most handlers need none. */
export function createCallFacades(verbs: Verbs): CallFacades {
  return {
    ...olderNames(verbs),
    events: eventSender(verbs),
    commands: commandCaller(verbs),
    messaging: messageSender(verbs),
    storage: createStorage(verbs.state),
    providers: providerCaller(verbs),
    broker: createBroker(verbs),
    activity: activityTeller(verbs),
    actions: { ui: verbs.ui, editor: verbs.editor, terminal: verbs.terminal, agent: verbs.agent },
    models: verbs.model,
  };
}

export function createFacades(plugin: FacadeParts): Facades {
  return {
    ...createCallFacades(plugin),
    events: createEvents(plugin),
    commands: createCommands(plugin),
    storage: createStorage(plugin.state),
    database: plugin.database,
    hooks: createHooks(plugin),
    messaging: createMessaging(plugin),
    middleware: createMiddleware((point, handler) => plugin.intercept(point, handler)),
    providers: createProviders(plugin),
    conversation: createConversation(plugin),
    activity: createActivity(plugin),
    tasks: createTasks(plugin),
    logger: createLogger(plugin.log),
    config: plugin.config,
  };
}
