import type { Scope } from "../../base/dispose.ts";
import type { Agent } from "../agent/agent.ts";
import type { Approvals } from "../agent/approvals.ts";
import type { Conversations } from "../agent/conversations.ts";
import type { Calls } from "../calls/calls.ts";
import type { LiveLimits } from "../config/limits.ts";
import type { Secrets } from "../config/secrets.ts";
import { type EventBus, hostSource } from "../events/bus.ts";
import type { Contents } from "../events/contents.ts";
import type { HostParts } from "../hostParts.ts";
import type { Journal } from "../journal/journal.ts";
import { shownParams } from "../journal/secrets.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import type { ModelsPort, StorePort } from "../ports.ts";
import type { Decision, RightsRequest } from "../rules/decide.ts";
import type { Rates } from "../rules/rates.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import type { RuleRates } from "../rules/ruleRates.ts";
import type { Acquaintances } from "../services/acquaintances.ts";
import { actionServices } from "../services/actionServices.ts";
import type { Admission } from "../services/admission.ts";
import { agentServices } from "../services/agentServices.ts";
import { CallResults } from "../services/callResults.ts";
import { callServices } from "../services/callServices.ts";
import { contentServices } from "../services/contentServices.ts";
import { conversationServices } from "../services/conversationServices.ts";
import { databaseServices } from "../services/databaseServices.ts";
import { type DirectMessageParts, unreachable } from "../services/directMessages.ts";
import { eventServices } from "../services/eventServices.ts";
import { modelServices } from "../services/modelServices.ts";
import { RefusalReports } from "../services/refusalReports.ts";
import type { Registrations } from "../services/registrationServices.ts";
import { rightsServices } from "../services/rightsServices.ts";
import { Router } from "../services/router.ts";
import { stateServices } from "../services/stateServices.ts";
import { TokenBudget } from "../services/tokenBudget.ts";
import { PluginState } from "../state/state.ts";
import type { Publish } from "./publish.ts";

export interface HostRouterParts {
  readonly parts: HostParts;
  readonly scope: Scope;
  readonly store: StorePort;
  readonly secrets: Secrets;
  readonly rules: Rulebook;
  readonly rates: Rates;
  readonly ruleRates: RuleRates;
  readonly limits: LiveLimits;
  readonly journal: Journal;
  /** Decides and writes down that it did. */
  readonly deciding: (request: RightsRequest) => Decision;
  readonly publish: Publish;
  readonly bus: EventBus;
  readonly contents: Contents;
  readonly offers: OfferRegistry;
  readonly calls: Calls;
  readonly conversations: Conversations;
  readonly approvals: Approvals;
  readonly agent: Agent;
  readonly models: ModelsPort;
  readonly registrations: Registrations;
  readonly acquaintances: Acquaintances;
  readonly workspace: () => string | undefined;
  /** What is made only after the router. */
  readonly later: () => { readonly admission: Admission } & Omit<DirectMessageParts, "bus">;
}

/** The one way in for what plugins send, and every service behind it. */
export function hostRouter(own: HostRouterParts): Router {
  const { parts, scope, store, secrets, rules, rates, ruleRates, limits, journal, deciding, publish, bus } = own;
  const { contents, offers, calls, conversations, approvals, agent, models, registrations, workspace, later } = own;
  const { clock, ids, editor, window } = parts;
  const decide = rules.decide.bind(rules);
  const used = journal.used.bind(journal);
  const results = new CallResults({ contents, calls: () => calls });
  const state = new PluginState({
    limits: (plugin) => limits.of(plugin),
    store,
    decide: deciding,
    rates,
    publish: (event) => bus.publish({ ...event, source: hostSource }),
  });
  const refusals = scope.add(
    new RefusalReports(clock, ({ plugin, deed: { verb, target }, rule, conversation, times }) =>
      publish("permission.refused", { pluginId: plugin, verb, target, rule, times }, conversation, { rule }),
    ),
  );
  const budget = new TokenBudget({ store, clock, limit: (plugin) => limits.of(plugin).pluginTokensPerDay });
  return new Router({
    ...{ decide, rates, calls, workspace, clock, ids, used },
    clean: (params) => secrets.clean(params),
    count: ruleRates.count.bind(ruleRates),
    strange: (session, conversation) => own.acquaintances.refusal(session, conversation),
    approve: (request, signal) => approvals.ask(request, signal),
    acted: ({ session, method, params, conversation }, { effect, rule }) => {
      const data = { pluginId: session.plugin, service: method, params: shownParams(params), decision: effect };
      publish("plugin.actionRequested", data, conversation, { rule });
    },
    refused: (plugin, deed, rule, conversation) => refusals.note({ plugin, deed, rule, conversation }),
    services: {
      ...callServices({
        ...{ calls, offers, results, decide, workspace },
        stateOf: (plugin) => later().admission.stateOf(plugin),
      }),
      ...registrations.services(),
      ...conversationServices({
        ...{ agent, conversations, editor, models, rates },
        decide: deciding,
        mode: () => rules.mode,
      }),
      ...eventServices(
        bus,
        (data, conversation) => publish("plugin.eventEmitted", data, conversation),
        (to) => unreachable({ bus, ...later() }, to),
      ),
      ...stateServices(state, workspace),
      ...actionServices({ window, editor }),
      ...modelServices({
        ...{ models, calls, budget },
        spent: (data, conversation, rule) => publish("model.spent", data, conversation, { rule }),
      }),
      ...contentServices(contents, results),
      ...databaseServices({ databases: parts.databases }),
      ...agentServices({ agent, conversations, rates }),
      ...rightsServices({ window, rules, rates, used }),
      "$/ping": { handle: () => ({}) },
    },
  });
}
