import { type Disposable, Scope } from "../../base/dispose.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { Limits } from "../../protocol/limits.ts";
import type { ActivityData, ActivityTopic } from "../../protocol/plugin/activity.ts";
import { type InterceptSpec, isPoint, pointAdvice } from "../../protocol/plugin/intercepts.ts";
import type { InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import type { ListedOffer } from "../../protocol/plugin/offers.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import type { Configs } from "../config/configs.ts";
import type { Intercepts } from "../intercepts/chain.ts";
import { offerOfPoint } from "../intercepts/points.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import { grantKeyOf } from "../plugins/identity.ts";
import { type Ineligible, type InstalledPlugin, sameToReview, sameToRun } from "../plugins/installed.ts";
import type { PluginRun } from "../plugins/run.ts";
import { processWishes } from "../plugins/sandbox.ts";
import type { PluginSupervisor } from "../plugins/supervisor.ts";
import type { PluginMessageHandler } from "../ports.ts";
import { type Consents, offersForAgent } from "../rules/consent.ts";
import type { RightsHolder } from "../rules/grants.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import { deeds } from "../rules/targets.ts";
import type { Awakener } from "./awakener.ts";
import { type Registrations, registrationDeeds } from "./registrationServices.ts";
import type { Router } from "./router.ts";
import { Session } from "./session.ts";

export interface AdmissionParts {
  readonly decide: (request: RightRequest) => Verdict;
  /** What a plugin states when it starts was decided on. */
  readonly used?: (request: RightRequest, verdict: Verdict) => void;
  readonly rules: Rulebook;
  readonly consents: Consents;
  readonly configs: Configs;
  /** The limits that are in force for a plugin. */
  readonly limits: (plugin: string) => Limits;
  readonly offers: OfferRegistry;
  readonly intercepts: Intercepts;
  readonly registrations: Registrations;
  readonly awakener: Awakener;
  readonly router: Router;
  /** Whether the person trusts the window's folders. */
  readonly trusted: () => boolean;
  readonly publish: <T extends ActivityTopic>(type: T, data: ActivityData<T>) => void;
  readonly supervisor: () => PluginSupervisor;
  /** Says something where the author of a plugin reads it. */
  readonly warn: (plugin: string, message: string) => void;
}

/** Takes plugins in: what their packages state when they are found, and what their processes state when they start. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #installed = new Map<string, { readonly plugin: InstalledPlugin; readonly taken: Disposable }>();
  readonly #sessions = new WeakMap<PluginRun, Session>();
  /** The session of the newest run of each plugin. */
  readonly #newest = new Map<string, Session>();
  #found: readonly InstalledPlugin[] = [];

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /**
   * Replaces the packages of the window, and starts those that ask to be started with it. What was taken in before and is
   * the same still is left alone: its offers, gates and rights stay without a gap.
   */
  async setInstalled(found: readonly InstalledPlugin[]): Promise<void> {
    this.#found = found;
    await Promise.all([
      this.#parts.configs.load(found),
      ...found
        .filter(({ source }) => source !== "bundled")
        .map((plugin) => this.#parts.consents.load(holderOf(plugin))),
    ]);
    if (found === this.#found) this.#takeOver(found);
  }

  /** Something that keeps plugins out may have changed, such as their configuration: what may not run leaves, what may comes in. */
  reconsider(): void {
    this.#takeOver(this.#found);
    this.#parts.supervisor().reconsider();
  }

  #takeOver(found: readonly InstalledPlugin[]): void {
    const fit = new Map(found.flatMap((plugin) => (this.#fit(plugin) ? [[plugin.name, plugin]] : [])));
    for (const [name, { plugin, taken }] of this.#installed) {
      const now = fit.get(name);
      if (now && sameToRun(plugin, now)) continue;
      this.#installed.delete(name);
      taken.dispose();
    }
    this.#parts.supervisor().setInstalled(found);
    for (const [name, plugin] of fit) if (!this.#installed.has(name) && this.#admit(plugin)) this.#startUp(plugin);
  }

  /** What keeps a plugin out: a workspace without trust, a sheet that the person has not seen, settings that are missing. */
  ineligible(plugin: InstalledPlugin): Ineligible | undefined {
    if (plugin.source === "workspace" && (!this.#parts.trusted() || plugin.contentHash === undefined)) {
      return {
        reason: "untrusted",
        text: `${plugin.name} comes with this workspace, which is not trusted: nothing of it runs.`,
        todo: "Trust the workspace (Workspaces: Manage Workspace Trust) if you know who wrote it; then review the plugin.",
      };
    }
    if (plugin.source === "bundled" || this.#parts.consents.has(holderOf(plugin)))
      return this.#parts.configs.ineligible(plugin);
    return {
      reason: "needsConsent",
      text: `${plugin.name} has not been let in yet.`,
      todo: "Review what it wants: Parley: Review Plugin…",
    };
  }

  /**
   * The person has seen the sheet and lets the plugin in, with all that it wants.
   *
   * @param seen the package that the sheet showed; `conflict` when it is another one by now, which is not let in
   */
  async letIn(name: string, seen?: InstalledPlugin): Promise<void> {
    const plugin = this.#parts.supervisor().installed(name);
    if (!plugin) throw new Failure("notFound", `There is no plugin "${name}".`);
    const still = (other: InstalledPlugin | undefined) => {
      if (other && sameToReview(plugin, other)) return;
      throw new Failure("conflict", `${name} was changed while its wants were shown, and is not let in.`, {
        todo: "Review it again: Parley: Review Plugin…",
      });
    };
    if (seen) still(seen);
    const why = this.ineligible(plugin);
    if (why && why.reason !== "needsConsent") throw new Failure("denied", why.text, { todo: why.todo });
    const { consents, rules, supervisor } = this.#parts;
    // It holds at once and as a whole, before it is on disk: a process that is started in between is told what it may.
    const kept = [consents.give(holderOf(plugin))];
    this.#admit(plugin);
    kept.push(...rules.grantsOf(name).map((grant) => rules.setGranted(grant.id, true)));
    supervisor().reconsider();
    this.#startUp(plugin);
    await Promise.all(kept);
  }

  #fit(plugin: InstalledPlugin): boolean {
    const usable = plugin.parley && plugin.problem === undefined && plugin.shadowedBy === undefined;
    return usable === true && !this.ineligible(plugin);
  }

  /** Answers whether it is in now. */
  #admit(plugin: InstalledPlugin): boolean {
    if (!this.#fit(plugin)) return false;
    this.#installed.get(plugin.name)?.taken.dispose();
    // What cannot be taken in is said once, not again at every look at the folders.
    this.#installed.set(plugin.name, { plugin, taken: { dispose() {} } });
    try {
      this.#installed.set(plugin.name, { plugin, taken: this.#takeIn(plugin) });
      return true;
    } catch (error) {
      this.#parts.publish("plugin.error", {
        pluginId: plugin.name,
        version: plugin.version,
        reason: asFailure(error, `Taking in ${plugin.name}`).message,
      });
      return false;
    }
  }

  /** A start that fails is said by the supervisor: the plugin shows the reason. */
  #startUp({ name, parley }: InstalledPlugin): void {
    if (parley?.activation.includes("onStartup"))
      this.#parts
        .supervisor()
        .ensureRunning(name)
        .catch(() => {});
  }

  /** For `offers/list`: whether a plugin's offers can be called now, and if not, why. */
  stateOf(name: string): Pick<ListedOffer, "state" | "reason" | "version"> {
    const view = this.#parts.supervisor().view(name);
    if (!view) return { state: "unavailable", reason: "It is not installed." };
    if (!view.eligibility.ok) return { state: "unavailable", reason: view.eligibility.text, version: view.version };
    const refusal = this.#parts.supervisor().refusal(name);
    if (refusal) return { state: "unavailable", reason: refusal.message, version: view.version };
    if (view.problem) return { state: "unavailable", reason: view.problem, version: view.version };
    return { state: view.process === "running" ? "running" : "startable", version: view.version };
  }

  handlerOf(run: PluginRun): PluginMessageHandler {
    return this.#parts.router.handlerFor(this.#sessionOf(run));
  }

  /** Registers what a plugin stated in its answer to `initialize`. What it has no right to is left out and said. */
  attach(run: PluginRun, initialized: InitializeResult): void {
    const { offers = [], subscriptions = [], intercepts = [], configSchema, capabilities } = initialized;
    this.#parts.configs.answered(run.plugin, configSchema);
    const session = this.#sessionOf(run);
    session.references = capabilities?.references === true;
    const { registrations, awakener, warn } = this.#parts;
    for (const { handle, ...offer } of offers) {
      if (this.#may(session, { offer })) registrations.offer(session, offer, handle);
    }
    for (const { handle, ...intercept } of intercepts) {
      if (!isPoint(intercept.point)) {
        warn(run.plugin, `There is no point "${intercept.point}", so its intercept is never asked. ${pointAdvice}`);
        continue;
      }
      if (this.#may(session, { intercept })) registrations.intercept(session, intercept, handle);
    }
    for (const { handle, ...subscription } of subscriptions) {
      if (!this.#may(session, { subscription })) continue;
      registrations.subscription(session, subscription, handle, awakener.take(run.plugin, subscription.topic));
    }
    awakener.forget(run.plugin);
  }

  #may(session: Session, what: Parameters<typeof registrationDeeds>[0]): boolean {
    for (const deed of registrationDeeds(what, session)) {
      const request = { principals: [session.principal], ...deed };
      const verdict = this.#parts.decide(request);
      const { effect, rule } = verdict;
      this.#parts.used?.(request, verdict);
      if (effect === "allow") continue;
      this.#parts.publish("permission.refused", {
        pluginId: session.plugin,
        verb: deed.verb,
        target: deed.target,
        rule,
      });
      return false;
    }
    return true;
  }

  #sessionOf(run: PluginRun): Session {
    const known = this.#sessions.get(run);
    if (known) return known;
    const session = new Session(run, () => this.#parts.limits(run.plugin));
    this.#sessions.set(run, session);
    this.#newest.set(run.plugin, session);
    const installed = this.#installed.get(run.plugin);
    if (installed) this.#retireUnless(installed.plugin);
    return session;
  }

  /** A run of another package of the same name, or of what the person has not let in, does not get the rights of this one. */
  #retireUnless(plugin: InstalledPlugin): void {
    const session = this.#newest.get(plugin.name);
    if (session && session.home.grant !== grantKeyOf(plugin)) session.retire();
  }

  #takeIn(plugin: InstalledPlugin): Disposable {
    const { rules, offers, awakener } = this.#parts;
    const parley = plugin.parley;
    if (!parley) throw new Failure("unavailable", `${plugin.name} says nothing about Parley.`);
    this.#retireUnless(plugin);
    const scope = new Scope(`plugin ${plugin.name}`);
    scope.add(rules.addPlugin(holderOf(plugin)));
    offers.setStatic(plugin.name, [...parley.offers, ...parley.points.map(offerOfPoint)], parley.accepts);
    scope.add({ dispose: () => offers.removeStatic(plugin.name) });
    scope.add(this.#declareGates(plugin.name, parley.intercepts));
    const topics = parley.activation.flatMap((rule) =>
      rule.startsWith("onTopic:") ? [rule.slice("onTopic:".length)] : [],
    );
    // A subscription of the manifest starts its plugin too: what it would have heard waits for it.
    const forgetful: string[] = [];
    for (const { topic, whenSlow } of parley.subscriptions) {
      if (topics.includes(topic)) continue;
      topics.push(topic);
      if (whenSlow !== "ack") forgetful.push(topic);
    }
    scope.add(awakener.watch(plugin.name, topics, forgetful));
    return scope;
  }

  /** Gates of the manifest count while the plugin has the right to them: one that is revoked blocks nobody. */
  #declareGates(plugin: string, specs: readonly InterceptSpec[]): Disposable {
    const { rules, intercepts, decide } = this.#parts;
    const declare = () =>
      intercepts.declare(
        plugin,
        specs.filter(
          ({ point }) => decide({ principals: [`plugin:${plugin}`], ...deeds.intercept(point) }).effect === "allow",
        ),
      );
    let declared = declare();
    const following = rules.onDidChange(() => {
      declared.dispose();
      declared = declare();
    });
    return {
      dispose() {
        following.dispose();
        declared.dispose();
      },
    };
  }
}

/**
 * A bundled plugin's wants are granted from the start; any other's wait for the person, who then also accepts its word about
 * the offers that stood on the sheet, and about no others. What stands in a workspace is whatever was checked out last, so
 * its content is part of the key.
 */
function holderOf(plugin: InstalledPlugin): RightsHolder {
  const { name, source, parley } = plugin;
  const bundled = source === "bundled";
  return {
    name,
    key: grantKeyOf(plugin),
    wants: parley?.wants ?? [],
    grantedFromStart: bundled,
    reach: parley ? processWishes(parley) : [],
    readOffers: bundled ? "all" : offersForAgent(parley?.offers ?? []).reads.map(({ name: offer }) => offer),
  };
}
