import { abortSignalOf } from "../base/cancel.ts";
import type { Clock } from "../base/clock.ts";
import { Scope } from "../base/dispose.ts";
import { Emitter } from "../base/emitter.ts";
import { asFailure } from "../base/failure.ts";
import type { IdSource } from "../base/ids.ts";
import type { Logger } from "../base/logger.ts";
import type { ActivityData, ActivityTopic } from "../protocol/plugin/activity.ts";
import type { PluginEvent } from "../protocol/plugin/events.ts";
import { hostCapabilities } from "../protocol/plugin/lifecycle.ts";
import type { AgentMode } from "../protocol/webview.ts";
import { Agent } from "./agent/agent.ts";
import { Approvals } from "./agent/approvals.ts";
import { Conversations } from "./agent/conversations.ts";
import { providerModel } from "./agent/providerModel.ts";
import { Calls } from "./calls/calls.ts";
import { CallGate } from "./calls/gate.ts";
import { type ConfigNotice, Configs } from "./config/configs.ts";
import { LiveLimits } from "./config/limits.ts";
import { negotiated } from "./config/negotiated.ts";
import { Secrets } from "./config/secrets.ts";
import { TelemetryBoard } from "./config/telemetry.ts";
import { type TraceLevel, Tracer } from "./config/traced.ts";
import { modelsWithout, storeWithout } from "./config/withoutSecrets.ts";
import { EventBus, hostSource, type Publication } from "./events/bus.ts";
import { Contents } from "./events/contents.ts";
import { Intercepts } from "./intercepts/chain.ts";
import { personAsker } from "./intercepts/question.ts";
import { callEvents } from "./journal/callEvents.ts";
import { Journal } from "./journal/journal.ts";
import { leased } from "./journal/leased.ts";
import type { Lease } from "./journal/records.ts";
import { recover } from "./journal/recovery.ts";
import { shownParams } from "./journal/secrets.ts";
import { defaultKeep, type JournalKeep, JournalSweep } from "./journal/sweep.ts";
import { WriteTrouble } from "./journal/writeTrouble.ts";
import { providerOrder } from "./offers/providers.ts";
import { OfferRegistry } from "./offers/registry.ts";
import type { InstalledPlugin } from "./plugins/installed.ts";
import type { HostInfo } from "./plugins/options.ts";
import { notEligible } from "./plugins/refusals.ts";
import { healthOf } from "./plugins/run.ts";
import { type SandboxDemand, sandboxPlan } from "./plugins/sandbox.ts";
import { PluginSupervisor } from "./plugins/supervisor.ts";
import type {
  DatabasePort,
  EditorPort,
  LauncherPort,
  ModelPort,
  ModelsPort,
  PreviewPort,
  StorePort,
  ValidatorPort,
  WindowPort,
} from "./ports.ts";
import { Consents } from "./rules/consent.ts";
import { type Decision, type RightsRequest, refusal } from "./rules/decide.ts";
import { Rates } from "./rules/rates.ts";
import { Rulebook } from "./rules/rulebook.ts";
import { RuleRates } from "./rules/ruleRates.ts";
import { deeds, principals } from "./rules/targets.ts";
import { Acquaintances } from "./services/acquaintances.ts";
import { actionServices } from "./services/actionServices.ts";
import { Admission } from "./services/admission.ts";
import { agentServices } from "./services/agentServices.ts";
import { Awakener } from "./services/awakener.ts";
import { CallResults } from "./services/callResults.ts";
import { callServices } from "./services/callServices.ts";
import { contentServices } from "./services/contentServices.ts";
import { conversationServices } from "./services/conversationServices.ts";
import { databaseServices } from "./services/databaseServices.ts";
import { unreachable } from "./services/directMessages.ts";
import { eventServices } from "./services/eventServices.ts";
import { modelServices } from "./services/modelServices.ts";
import { viewers } from "./services/redaction.ts";
import { RefusalReports } from "./services/refusalReports.ts";
import { Registrations } from "./services/registrationServices.ts";
import { rightsServices } from "./services/rightsServices.ts";
import { Router } from "./services/router.ts";
import { stateServices } from "./services/stateServices.ts";
import { TokenBudget } from "./services/tokenBudget.ts";
import { PluginState } from "./state/state.ts";
import { Edges } from "./trace/edges.ts";
import { KeptSpans, tracesView } from "./trace/kept.ts";
import { Probe } from "./trace/probe.ts";
import { Traces } from "./trace/traces.ts";

/** What the person's settings say; read anew each time. */
export interface HostSettings {
  stepLimit(): number;
  mode(): AgentMode;
  pluginConfig(plugin: string): Record<string, unknown>;
  /** Tokens of models per plugin and day, where `limits` says nothing of them; 100,000 where it is not said either. */
  tokenBudget?(): number;
  /** What the person changed of the limits, as it is written; it is checked here. */
  limits?(): unknown;
  /** For how long the journal is kept; see `defaultKeep` where it is not said. */
  journalKeep?(): JournalKeep;
  /** For how many days spans of traces are kept on disk; 0 keeps none. 7 where it is not said. */
  traceDays?(): number;
  /** Which plugins provide which capabilities, as it is written: see `providerOrder`. */
  providers?(): unknown;
  /** How much of what passes between the host and a plugin goes to the plugin's log. */
  trace?(plugin: string): TraceLevel;
  /** Whether a plugin's process is to be shut in. */
  sandbox?(plugin: string): SandboxDemand;
  /** After how many minutes without use a plugin's process is ended; 0: never. */
  idleMinutes?(): number;
  /** The port for a debugger of a Node plugin. */
  debugPort?(plugin: string): number | undefined;
}

export interface HostParts {
  readonly store: StorePort;
  readonly launcher: LauncherPort;
  readonly validator: ValidatorPort;
  readonly editor: EditorPort;
  readonly preview: PreviewPort;
  /** What plugins may have done in the window. Without it such requests are answered with `unavailable`. */
  readonly window?: WindowPort;
  /** Plugins' own databases; without it `database/query` is unavailable. */
  readonly databases?: DatabasePort;
  /** Makes the choice of models, given the offline guide. */
  readonly models: (guide: ModelPort) => ModelsPort;
  readonly settings: HostSettings;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly random: () => number;
  /** What is taken out of what is told and written down. Who makes the host may know secrets of its own, and note them here. */
  readonly secrets?: Secrets;
  readonly about: {
    readonly version: string;
    readonly lease: Lease;
    readonly locale: string;
    readonly ripgrep: string | undefined;
  };
  /** Plugins' secrets, and where it is written what they run with; without it there are none, and it is not. */
  readonly config?: {
    secrets(plugin: InstalledPlugin): Promise<Readonly<Record<string, string>>>;
    keep(plugin: InstalledPlugin, values: Record<string, unknown>): Promise<void>;
  };
  /** Whether the process of another lease is alive: its turns are its own. */
  readonly alive: (lease: Lease) => Promise<boolean>;
}

/** The offer behind the offline guide: of the bundled plugin, whoever else provides `llm.chat`. */
const guideOffer = { plugin: "llmserver", name: "chat" };

/** The whole of Parley without a window: agent, plugins and what is between them. Reads like a table of contents. */
export async function createHost(parts: HostParts) {
  const { clock, ids, logger, editor, settings } = parts;
  const secrets = parts.secrets ?? new Secrets();
  const store = leased(storeWithout(secrets, parts.store), parts.about.lease);
  const scope = new Scope("host");
  const workspace = () => editor.workspaceFolders()[0]?.uri;
  const trouble = new WriteTrouble(store, clock);
  const writeFailed = (error: unknown) => trouble.note(error);

  const rules = new Rulebook({ store, clock, ids });
  await rules.load();
  rules.setMode(settings.mode());
  const consents = new Consents(store);
  const liveLimits = new LiveLimits(
    () => settings.limits?.(),
    () => (settings.tokenBudget ? { pluginTokensPerDay: settings.tokenBudget() } : {}),
  );
  const rates = new Rates({ clock, table: (plugin, kind) => liveLimits.rate(plugin, kind) });
  const decide = rules.decide.bind(rules);
  const viewer = viewers(decide);
  const redact = (event: PluginEvent, plugin: string) => viewer(plugin)(event);

  const journal = scope.add(
    new Journal({
      store,
      rules,
      clock,
      publish: (type, data, conversation, about) => publish(type, data, conversation, about),
      failed: (error) =>
        logger.log("warn", "The journal could not be written.", { error: asFailure(error, "The store").message }),
    }),
  );
  scope.add(
    new JournalSweep({
      store,
      clock,
      keep: () => settings.journalKeep?.() ?? defaultKeep,
      failed: (error) => logger.log("warn", "The journal could not be swept.", { error: String(error) }),
    }),
  );
  const { activity } = journal;
  const used = journal.used.bind(journal);
  const deciding = (request: RightsRequest) => {
    const decision = decide(request);
    used(request, decision);
    return decision;
  };
  const edges = new Edges();
  const kept = scope.add(
    new KeptSpans({ store, clock, keepDays: () => settings.traceDays?.() ?? 7, failed: writeFailed }),
  );
  const traces = scope.add(new Traces({ clock, handOn: (spans, lost) => kept.take(spans, lost), wanted: () => kept.wanted }));
  const probe = new Probe({ traces, edges, inProgressAt: (id, plugin) => calls.inProgressAt(id, plugin) });
  const contents = new Contents({
    nextId: () => ids.next("content"),
    view: redact,
    now: () => clock.now(),
    store,
    failed: writeFailed,
  });
  const results = new CallResults({ contents, calls: () => calls });
  const configs = new Configs({
    validator: parts.validator,
    written: (plugin) => settings.pluginConfig(plugin),
    secrets: async (plugin) => (await parts.config?.secrets(plugin)) ?? {},
    known: secrets,
    keep: async (plugin, values) => await parts.config?.keep(plugin, values),
    running: (plugin) => supervisor.running(plugin),
    failed: (what, error) => logger.log("warn", `${what}.`, { error: String(error) }),
  });
  const tracer = new Tracer({
    level: (plugin) => settings.trace?.(plugin) ?? "off",
    line: (plugin, message) => activity.log(plugin, { level: "trace", message }, clock.now()),
    redact: (text) => secrets.redact(text),
    clock,
  });
  const telemetry = new TelemetryBoard();
  const notices = new Emitter<Omit<ConfigNotice, "plugin"> & { readonly plugin?: string }>();
  scope.add(configs.onNotice((notice) => notices.fire(notice)));
  let saidOfLimits = "";
  const sayLimits = (problems: readonly string[]) => {
    if (problems.join(" ") === saidOfLimits) return;
    saidOfLimits = problems.join(" ");
    if (saidOfLimits === "") return;
    notices.fire({ kind: "wrong", text: saidOfLimits, todo: "Correct it in the setting parley.limits." });
  };
  const limitsOf = (plugin: string) => liveLimits.of(plugin);
  const bus = new EventBus({
    limits: limitsOf,
    clock,
    ids,
    logger,
    viewer,
    firstSeq: await activity.nextSeq(),
    putContent: (value) => contents.put(value),
    onJournal: (row, details) => {
      contents.published(row, details.to);
      probe.published(row);
      activity.take(row, details.show === true, details.counted);
    },
  });
  const publish = <T extends ActivityTopic>(
    type: T,
    data: ActivityData<T>,
    conversation?: string,
    more: Pick<Publication, "latest" | "callId" | "rule" | "rules" | "counted"> = {},
  ) => {
    probe.told(type, data, conversation);
    bus.publish({ type, source: hostSource, data: secrets.clean(data), conversation, ...more });
  };

  const whyNot = (plugin: string) => {
    const eligibility = supervisor.view(plugin)?.eligibility;
    return eligibility && !eligibility.ok ? notEligible(eligibility) : undefined;
  };
  const offers = new OfferRegistry(parts.validator, {
    plugin: whyNot,
    providers: (capability) =>
      supervisor.list().flatMap(({ name, parley }) => {
        if (!parley?.offers.some(({ facets }) => facets?.provides === capability)) return [];
        const failure = whyNot(name);
        return failure ? [{ plugin: name, failure }] : [];
      }),
  });
  const intercepts = new Intercepts({
    limits: limitsOf,
    clock,
    ids,
    logger,
    ensure: async (plugin, signal) => void (await supervisor.ensureRunning(plugin, signal)),
    told: ({ plugin, conversation, changed, ...rest }) =>
      publish("plugin.intercepted", { pluginId: plugin, changed: [...changed], ...rest }, conversation),
  });
  const askPerson = personAsker({ approve: (request, signal) => approvals.ask(request, signal), clock, ids });
  const conversations = new Conversations({
    intercepts,
    askPerson,
    store,
    clock,
    ids,
    workspace: () => workspace() ?? "",
    writeFailed,
    lifecycle: (type, conversation, title) => {
      publish(type, { conversation, title } as ActivityData<typeof type>, conversation);
      if (type === "conversation.deleted") rules.forgetConversation(conversation).catch(() => {});
    },
  });
  const approvals = new Approvals({
    conversations,
    preview: parts.preview,
    editor,
    workspace,
    folder: () => editor.workspaceFolders()[0]?.name,
    publish,
    remember: (choice, request) => rules.remember(choice, request),
  });
  const ruleRates = new RuleRates(clock, () => rules.rated());
  const count = ruleRates.count.bind(ruleRates);
  const calls = new Calls({
    count,
    limits: limitsOf,
    offers,
    providers: {
      order: (capability) => providerOrder(settings.providers?.(), capability),
      down: (plugin) => !supervisor.ready(plugin) && admission.stateOf(plugin).state === "unavailable",
      bundled: (plugin) => supervisor.installed(plugin)?.source === "bundled",
    },
    decide,
    approve: (request, signal) => approvals.ask(request, signal),
    ready: (plugin) => supervisor.ready(plugin)?.peer,
    reach: async (plugin, cancel) => (await supervisor.ensureRunning(plugin, abortSignalOf(cancel))).peer,
    gate: new CallGate(intercepts, (capability, args) => parts.preview.preview(capability, args)),
    store,
    observer: callEvents({
      conversations,
      publish,
      passed: (record) => journal.passed(record),
      clock,
      hears: (type) => bus.hears(type),
    }),
    probe,
    warn: (plugin, message) => activity.log(plugin, { level: "warn", message }, clock.now()),
    prepare: async (conversation) => await conversations.get(conversation)?.ensureSaved(),
    position: (conversation) => conversations.get(conversation)?.nextPosition(),
    workspace,
    clock,
    ids,
  });
  const guide = providerModel(() => calls, { id: "guide", label: "Offline guide", kind: "rules" }, guideOffer);
  const models = modelsWithout(secrets, parts.models(guide));
  const agent = new Agent({
    conversations,
    calls,
    offers,
    models: decidedModels(models, deciding),
    intercepts,
    askPerson,
    store,
    publish,
    clock,
    ids,
    lease: parts.about.lease,
    stepLimit: settings.stepLimit,
    onlyTagged: (plugin) => supervisor.installed(plugin)?.parley?.tools === "tagged",
    waits: (conversation) => approvals.waitsIn(conversation),
    facts: () => ({
      folders: editor.workspaceFolders().map(({ name }) => name),
      activeFile: editor.focus().activeEditor?.path,
      mode: rules.mode,
    }),
    announce: (conversation, { id, role, content, origin }) =>
      publish(
        "message.added",
        { messageId: id, role: origin ? "plugin" : role, content, words: content.split(/\s+/).filter(Boolean).length },
        conversation.id,
      ),
  });

  const registrations = new Registrations({ offers, bus, intercepts, decide: deciding, ids, probe });
  const state = new PluginState({
    limits: limitsOf,
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
  const budget = new TokenBudget({
    store,
    clock,
    limit: (plugin) => liveLimits.of(plugin).pluginTokensPerDay,
  });
  const acquaintances = new Acquaintances({ conversations });
  const router = new Router({
    clean: (params) => secrets.clean(params),
    count,
    decide,
    strange: (plugin, conversation) => acquaintances.refusal(plugin, conversation),
    rates,
    calls,
    workspace,
    clock,
    ids,
    approve: (request, signal) => approvals.ask(request, signal),
    used,
    acted: ({ session, method, params, conversation }, { effect, rule }) => {
      const data = { pluginId: session.plugin, service: method, params: shownParams(params), decision: effect };
      publish("plugin.actionRequested", data, conversation, { rule });
    },
    refused: (plugin, deed, rule, conversation) => refusals.note({ plugin, deed, rule, conversation }),
    services: {
      ...callServices({
        ...{ calls, offers, results, decide, workspace },
        stateOf: (plugin) => admission.stateOf(plugin),
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
        (to) => unreachable({ bus, awakener, supervisor }, to),
      ),
      ...stateServices(state, workspace),
      ...actionServices({ window: parts.window, editor }),
      ...modelServices({
        ...{ models, calls, budget },
        spent: (data, conversation, rule) => publish("model.spent", data, conversation, { rule }),
      }),
      ...contentServices(contents, results),
      ...databaseServices({ databases: parts.databases }),
      ...agentServices({ agent, conversations, rates }),
      ...rightsServices({ window: parts.window, rules, rates, used }),
      "$/ping": { handle: () => ({}) },
    },
  });
  const awakener = new Awakener({
    bus,
    view: redact,
    running: (plugin) => supervisor.running(plugin) !== undefined,
    start: (plugin) => supervisor.ensureRunning(plugin),
  });
  const admission: Admission = new Admission({
    decide,
    used,
    rules,
    consents,
    configs,
    limits: limitsOf,
    offers,
    intercepts,
    registrations,
    awakener,
    router,
    logger,
    trusted: () => editor.trusted(),
    publish: (type, data) => {
      const latest = type === "plugin.error" && "pluginId" in data ? data.pluginId : undefined;
      publish(type, data, undefined, { latest, ...("rule" in data && { rule: data.rule }) });
    },
    supervisor: () => supervisor,
  });
  const hostInfo = async (plugin: InstalledPlugin): Promise<HostInfo> => ({
    host: { name: "parley", version: parts.about.version, tools: { ripgrep: parts.about.ripgrep } },
    processId: parts.about.lease.pid,
    workspaceFolders: editor.workspaceFolders(),
    capabilities: hostCapabilities,
    grants: rules
      .grantsOf(plugin.name)
      .flatMap(({ verb, target, action, revoked }) =>
        revoked ? [] : [{ verb, target, ...(action && action !== "*" ? { action } : {}) }],
      ),
    limits: { ...liveLimits.of(plugin.name) },
    config: await configs.forInitialize(plugin),
    trace: settings.trace?.(plugin.name) ?? "off",
    locale: parts.about.locale,
  });
  const supervisor: PluginSupervisor = scope.add(
    new PluginSupervisor({
      launcher: negotiated(acquaintances.launcher(tracer.launcher(parts.launcher)), (plugin) => ({
        limits: liveLimits.of(plugin),
        logRate: liveLimits.rate(plugin, "logs"),
        development: supervisor.installed(plugin)?.source === "development",
      })),
      clock,
      logger,
      random: parts.random,
      messageHandler: (run) => probe.around(run.plugin, admission.handlerOf(run)),
      attach: (run, initialized) => admission.attach(run, initialized),
      ineligible: (plugin) => admission.ineligible(plugin),
      sandbox: ({ name }) => sandboxPlan(settings.sandbox?.(name), editor.workspaceFolders(), parts.about.ripgrep),
      idleAfterMs: () => (settings.idleMinutes?.() ?? 0) * 60_000,
      inspect: ({ name }) => settings.debugPort?.(name),
      hostInfo,
    }),
  );
  scope.add(
    supervisor.onLifecycle(({ type, plugin, version, epoch, reason }) => {
      const data = { pluginId: plugin, version, epoch, reason: reason ?? "" };
      publish(`plugin.${type}`, data, undefined, { latest: plugin });
      if (type === "activated") configs.started(plugin);
      else telemetry.forget(plugin);
    }),
  );
  scope.add(configs.onDidChange(() => admission.reconsider()));
  scope.add(
    supervisor.onText(({ plugin, stream, text }) => activity.text(plugin, stream, secrets.redact(text), clock.now())),
  );
  scope.add(bus.on("self.health", ({ source, data }) => supervisor.setHealth(source, healthOf(data))));
  scope.add(bus.on("self.telemetry", ({ source, data }) => telemetry.take(source, data)));
  scope.add(bus.on("self.log", ({ source, data, timestamp }) => activity.log(source, data, timestamp)));
  await recover({
    store,
    conversations,
    alive: parts.alive,
    clock,
    writeFailed,
    ended: ({ id, caller, plugin, name, status, error, conversation, detached }) => {
      if (!detached) return;
      const data = { callId: id, caller, target: `${plugin}/${name}`, status, error };
      publish("call.ended", data, conversation, { callId: id });
    },
  });

  return {
    agent,
    approvals,
    calls,
    conversations,
    offers,
    rules,
    models,
    supervisor,
    bus,
    activity,
    journal,
    /** The traces of this window, and those of before as far as they are kept. */
    traces: tracesView({ traces, kept, store }),
    metrics: { edges: () => edges.list() },
    publish,
    onWriteFailed: trouble.onTrouble,
    configs,
    limits: liveLimits,
    /** What else a person should read beside a plugin, in sentences. */
    notesOf: (plugin: string) => [...configs.problems(plugin), telemetry.textOf(plugin) ?? []].flat(),
    telemetry,
    /** What the person should read about settings that are wrong, or wait for a restart. */
    onSettingsNotice: notices.event,
    /** The settings may have changed: plugins that run are told, limits hold from now on. */
    async settingsChanged(): Promise<void> {
      sayLimits(liveLimits.refresh());
      tracer.refresh();
      await configs.refresh();
    },
    hostInfo,
    setInstalled: (found: readonly InstalledPlugin[]) => admission.setInstalled(found),
    letIn: (plugin: string, seen?: InstalledPlugin) => admission.letIn(plugin, seen),
    /** Ends all turns and plugins, in under 4 s. */
    async stop(): Promise<void> {
      calls.interruptAll("The window closed.");
      await Promise.all([agent.stopAll(), supervisor.stopAll()]);
      scope.dispose();
    },
  };
}

/** The models as the agent gets them: to use one is a right too, which a person's rule may take. */
function decidedModels(models: ModelsPort, deciding: (request: RightsRequest) => Decision): ModelsPort {
  return {
    async current() {
      const decision = deciding({ principals: [principals.agent], ...deeds.spend() });
      if (decision.effect !== "allow") throw refusal(decision, "use the model");
      return await models.current();
    },
    list: () => models.list(),
    select: (id) => models.select(id),
    onDidChange: (listener) => models.onDidChange(listener),
  };
}

export type Host = Awaited<ReturnType<typeof createHost>>;
