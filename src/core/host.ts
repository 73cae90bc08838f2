import { abortSignalOf } from "../base/cancel.ts";
import { Scope } from "../base/dispose.ts";
import { asFailure } from "../base/failure.ts";
import type { ActivityData, ActivityTopic } from "../protocol/plugin/activity.ts";
import type { PluginEvent } from "../protocol/plugin/events.ts";
import { hostCapabilities } from "../protocol/plugin/lifecycle.ts";
import { Agent } from "./agent/agent.ts";
import { Approvals } from "./agent/approvals.ts";
import { Compactor } from "./agent/compaction/compactor.ts";
import { Conversations } from "./agent/conversations.ts";
import { decidedModels } from "./agent/decidedModels.ts";
import { providerModel } from "./agent/providerModel.ts";
import { Calls } from "./calls/calls.ts";
import { CallGate } from "./calls/gate.ts";
import { Configs } from "./config/configs.ts";
import { LiveLimits } from "./config/limits.ts";
import { negotiated } from "./config/negotiated.ts";
import { SettingsNotices } from "./config/notices.ts";
import { Secrets } from "./config/secrets.ts";
import { TelemetryBoard } from "./config/telemetry.ts";
import { Tracer } from "./config/traced.ts";
import { modelsWithout, storeWithout } from "./config/withoutSecrets.ts";
import { EventBus, hostSource, type Publication } from "./events/bus.ts";
import { Contents } from "./events/contents.ts";
import { RetainedRows } from "./events/retainedRows.ts";
import type { HostParts } from "./hostParts.ts";
import { Intercepts } from "./intercepts/chain.ts";
import { personAsker } from "./intercepts/question.ts";
import { callEvents } from "./journal/callEvents.ts";
import { toldFailure } from "./journal/callFailure.ts";
import { CountedRows } from "./journal/countedRows.ts";
import { Journal } from "./journal/journal.ts";
import { leased } from "./journal/leased.ts";
import { recover } from "./journal/recovery.ts";
import { shownParams } from "./journal/secrets.ts";
import { defaultKeep, JournalSweep } from "./journal/sweep.ts";
import { WriteTrouble } from "./journal/writeTrouble.ts";
import { providerOrder } from "./offers/providers.ts";
import { OfferRegistry } from "./offers/registry.ts";
import { homeOf } from "./plugins/identity.ts";
import type { InstalledPlugin } from "./plugins/installed.ts";
import type { HostInfo } from "./plugins/options.ts";
import { notEligible } from "./plugins/refusals.ts";
import { healthOf } from "./plugins/run.ts";
import { sandboxPlan } from "./plugins/sandbox.ts";
import { PluginSupervisor } from "./plugins/supervisor.ts";
import { Consents } from "./rules/consent.ts";
import type { RightsRequest } from "./rules/decide.ts";
import { Rates } from "./rules/rates.ts";
import { Rulebook } from "./rules/rulebook.ts";
import { RuleRates } from "./rules/ruleRates.ts";
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
  if (parts.store.onRulesChanged) scope.add(parts.store.onRulesChanged(() => void rules.load().catch(writeFailed)));
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
      redact: (text) => secrets.redact(text),
      drafts: new CountedRows({ store, lease: parts.about.lease, alive: parts.alive, failed: writeFailed }),
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
  const traces = scope.add(
    new Traces({ clock, handOn: (spans, lost) => kept.take(spans, lost), wanted: () => kept.wanted }),
  );
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
  const notices = scope.add(new SettingsNotices(configs));
  const limitsOf = (plugin: string) => liveLimits.of(plugin);
  const retained = scope.add(
    new RetainedRows({
      ...{ store, clock, failed: writeFailed, alive: parts.alive },
      workspace: workspace() ?? "",
      lease: parts.about.lease,
    }),
  );
  const bus = new EventBus({
    rows: retained,
    ownerOf: (plugin) => {
      const installed = supervisor.installed(plugin);
      return installed && homeOf(installed).owner;
    },
    limits: limitsOf,
    clock,
    ids,
    logger,
    viewer,
    firstSeq: await activity.nextSeq(),
    putContent: (value) => contents.put(value),
    onShrunk: (event, to) => contents.published(event, to),
    onJournal: (row, details) => {
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
      if (type !== "conversation.deleted") return;
      bus.forgetConversation(conversation);
      rules.forgetConversation(conversation).catch(() => {});
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
  const agentModels = decidedModels(models, deciding);
  const agent = new Agent({
    conversations,
    calls,
    offers,
    models: agentModels,
    intercepts,
    askPerson,
    compactor: new Compactor({
      ...{ models: agentModels, intercepts, askPerson, publish, ids },
      share: () => settings.compactAt?.() ?? 0.8,
      window: () => settings.contextWindow?.() ?? 0,
    }),
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
      redact: (text) => secrets.redact(text),
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
    supervisor.onText(({ plugin, stream, text }) => activity.text(plugin, stream, text, clock.now())),
  );
  scope.add(bus.on("self.health", ({ source, data }) => supervisor.setHealth(source, healthOf(data))));
  scope.add(bus.on("self.telemetry", ({ source, data }) => telemetry.take(source, data)));
  scope.add(bus.on("self.log", ({ source, data, timestamp }) => activity.log(source, data, timestamp)));
  bus.restore(await retained.load());
  await journal.recover();
  retained.follow((records) => {
    bus.restore(records);
    awakener.startForKept();
  });
  await recover({
    store,
    conversations,
    alive: parts.alive,
    clock,
    writeFailed,
    ended: ({ id, caller, plugin, name, status, error, failure, conversation, detached }) => {
      if (!detached) return;
      const data = { callId: id, caller, target: `${plugin}/${name}`, status, error, ...toldFailure(failure) };
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
    onSettingsNotice: notices.onNotice,
    /** The settings may have changed: plugins that run are told, limits hold from now on. */
    async settingsChanged(): Promise<void> {
      notices.limits(liveLimits.refresh());
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
      await retained.written();
      scope.dispose();
    },
  };
}

export type Host = Awaited<ReturnType<typeof createHost>>;
