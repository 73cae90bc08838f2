import { abortSignalOf } from "../base/cancel.ts";
import { Scope } from "../base/dispose.ts";
import type { ActivityData } from "../protocol/plugin/activity.ts";
import type { PluginEvent } from "../protocol/plugin/events.ts";
import { Approvals } from "./agent/approvals.ts";
import { Conversations } from "./agent/conversations.ts";
import { Calls } from "./calls/calls.ts";
import { CallGate } from "./calls/gate.ts";
import { Configs } from "./config/configs.ts";
import { LiveLimits } from "./config/limits.ts";
import { SettingsNotices } from "./config/notices.ts";
import { Secrets } from "./config/secrets.ts";
import { TelemetryBoard } from "./config/telemetry.ts";
import { Tracer } from "./config/traced.ts";
import { storeWithout } from "./config/withoutSecrets.ts";
import { EventBus, hostSource } from "./events/bus.ts";
import { hostAgent } from "./host/agent.ts";
import { type HostPlugins, hostPlugins } from "./host/plugins.ts";
import type { Publish } from "./host/publish.ts";
import { hostRecord } from "./host/record.ts";
import { hostRouter } from "./host/router.ts";
import type { HostParts } from "./hostParts.ts";
import { Intercepts } from "./intercepts/chain.ts";
import { personAsker } from "./intercepts/question.ts";
import { callEvents } from "./journal/callEvents.ts";
import { toldFailure } from "./journal/callFailure.ts";
import { leased } from "./journal/leased.ts";
import { recover } from "./journal/recovery.ts";
import { WriteTrouble } from "./journal/writeTrouble.ts";
import { CapabilityContracts } from "./offers/contracts.ts";
import { providerOrder } from "./offers/providers.ts";
import { OfferRegistry } from "./offers/registry.ts";
import { ownersOf } from "./plugins/identity.ts";
import type { InstalledPlugin } from "./plugins/installed.ts";
import { notEligible } from "./plugins/refusals.ts";
import { Consents } from "./rules/consent.ts";
import type { RightsRequest } from "./rules/decide.ts";
import { Rates } from "./rules/rates.ts";
import { Rulebook } from "./rules/rulebook.ts";
import { RuleRates } from "./rules/ruleRates.ts";
import { pluginOf } from "./rules/targets.ts";
import { Acquaintances } from "./services/acquaintances.ts";
import { Admission } from "./services/admission.ts";
import { Awakener } from "./services/awakener.ts";
import { viewers } from "./services/redaction.ts";
import { Registrations } from "./services/registrationServices.ts";
import { tracesView } from "./trace/kept.ts";

/** The whole of Parley without a window: agent, plugins and what is between them. Reads like a table of contents. */
export async function createHost(parts: HostParts) {
  const { clock, ids, logger, editor, settings } = parts;
  const secrets = parts.secrets ?? new Secrets();
  const store = leased(storeWithout(secrets, parts.store), parts.about.lease);
  const scope = new Scope("host");
  const workspace = () => editor.workspaceFolders()[0]?.uri;
  const trouble = new WriteTrouble(store, clock);
  const writeFailed = (error: unknown) => trouble.note(error);

  const rules = new Rulebook({ store, clock, ids, workspace });
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

  const { journal, edges, kept, traces, probe, contents, retained } = hostRecord({
    ...{ parts, scope, store, secrets, rules, writeFailed },
    view: redact,
    workspace: workspace() ?? "",
    publish: (type, data, conversation, about) => publish(type, data, conversation, about),
    calls: () => calls,
  });
  const { activity } = journal;
  const used = journal.used.bind(journal);
  const deciding = (request: RightsRequest) => {
    const decision = decide(request);
    used(request, decision);
    return decision;
  };
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
  const ownerOf = ownersOf((plugin) => supervisor.installed(plugin));
  const bus = new EventBus({
    rows: retained,
    ownerOf,
    limits: limitsOf,
    clock,
    ids,
    logger,
    viewer,
    firstSeq: await activity.nextSeq(),
    putContent: (value) => contents.put(value),
    onShrunk: (event, parties) => contents.published(event, parties),
    onJournal: (row, details) => {
      probe.published(row);
      activity.take(row, details.show === true, details.counted);
    },
  });
  const publish: Publish = (type, data, conversation, more = {}) => {
    probe.told(type, data, conversation);
    bus.publish({ type, source: hostSource, data: secrets.clean(data), conversation, ...more });
  };

  const whyNot = (plugin: string) => {
    const eligibility = supervisor.view(plugin)?.eligibility;
    return eligibility && !eligibility.ok ? notEligible(eligibility) : undefined;
  };
  const warn = (plugin: string, message: string) => activity.log(plugin, { level: "warn", message }, clock.now());
  const contracts = new CapabilityContracts({
    strict: (plugin) => supervisor.installed(plugin)?.source === "development",
    tell: warn,
  });
  const absent = {
    plugin: whyNot,
    providers: (capability: string) =>
      supervisor.list().flatMap(({ name, parley }) => {
        if (!parley?.offers.some(({ facets }) => facets?.provides === capability)) return [];
        const failure = whyNot(name);
        return failure ? [{ plugin: name, failure }] : [];
      }),
  };
  const offers = new OfferRegistry(parts.validator, absent, contracts);
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
    lasts: (request) => rules.lasts(request),
    onRulesChanged: rules.onDidChange,
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
    approve: (request, signal) => {
      const asking = pluginOf(request.record.caller);
      if (asking !== undefined) rates.check(asking, "questions", "calls that the person is asked about");
      return approvals.ask(request, signal);
    },
    ready: (plugin) => supervisor.ready(plugin)?.peer,
    reach: async (plugin, cancel) => (await supervisor.ensureRunning(plugin, abortSignalOf(cancel))).peer,
    ownerOf,
    isAsked: (plugin) => intercepts.isAsked(plugin),
    holdAsked: (plugin) => intercepts.hold(plugin),
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
    warn,
    prepare: async (conversation) => await conversations.get(conversation)?.ensureSaved(),
    position: (conversation) => conversations.get(conversation)?.nextPosition(),
    workspace,
    clock,
    ids,
  });
  const { models, agent } = hostAgent({
    ...{
      parts,
      store,
      secrets,
      rules,
      deciding,
      publish,
      intercepts,
      askPerson,
      offers,
      calls,
      conversations,
      approvals,
    },
    supervisor: () => supervisor,
  });
  const registrations = new Registrations({ offers, bus, intercepts, decide: deciding, ids, probe });
  const acquaintances = new Acquaintances({ conversations, workspace });
  const router = hostRouter({
    ...{
      parts,
      scope,
      store,
      secrets,
      rules,
      rates,
      ruleRates,
      journal,
      deciding,
      publish,
      bus,
      contents,
      offers,
      calls,
    },
    ...{ conversations, approvals, agent, models, registrations, acquaintances, workspace },
    limits: liveLimits,
    later: () => ({ admission, awakener, supervisor }),
  });
  const awakener = new Awakener({
    bus,
    running: (plugin) => supervisor.running(plugin) !== undefined,
    start: (plugin) => supervisor.ensureRunning(plugin),
    ownerOf,
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
    trusted: () => editor.trusted(),
    publish: (type, data) => {
      const latest = type === "plugin.error" && "pluginId" in data ? data.pluginId : undefined;
      publish(type, data, undefined, { latest, ...("rule" in data && { rule: data.rule }) });
    },
    supervisor: () => supervisor,
    warn,
  });
  const { supervisor, hostInfo }: HostPlugins = hostPlugins({
    ...{
      parts,
      scope,
      rules,
      secrets,
      configs,
      tracer,
      telemetry,
      acquaintances,
      admission,
      activity,
      bus,
      probe,
      publish,
    },
    limits: liveLimits,
  });
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
      calls.dispose();
      scope.dispose();
    },
  };
}

export type Host = Awaited<ReturnType<typeof createHost>>;
