import type { Disposable } from "../../base/dispose.ts";
import type { Failure } from "../../base/failure.ts";
import type { Ending } from "./ending.ts";
import { Fate } from "./fate.ts";
import { homeOf } from "./identity.ts";
import { type Ineligible, type InstalledPlugin, ineligibility, sameToRun } from "./installed.ts";
import { Life, launchSpec } from "./life.ts";
import type { SupervisorOptions } from "./options.ts";
import { startPings } from "./pings.ts";
import { type Actual, type Desired, type Effect, type ProcessState, reconcile, restartPolicy } from "./reconcile.ts";
import { gaveUpWaiting, notEligible, sentences, stoppedByPerson, wasRemoved, windowCloses } from "./refusals.ts";
import type { Health, LifecycleEvent, PluginRun, PluginView } from "./run.ts";
import { noSandbox, type SandboxPlan, type SandboxState } from "./sandbox.ts";
import { Waiters } from "./waiters.ts";

/** What one supervised plugin tells its supervisor. */
export interface SupervisedEvents {
  onChange(): void;
  onLifecycle(event: LifecycleEvent): void;
  onText(text: { plugin: string; stream: "stderr" | "stray"; text: string }): void;
}

const unanswered: Health = { status: "degraded", detail: "It does not answer a ping.", unanswered: true };

/** One plugin: what should be, what is, and the carrying out of what `reconcile` decides. */
export class SupervisedPlugin {
  installed: InstalledPlugin;
  readonly #options: SupervisorOptions;
  readonly #events: SupervisedEvents;
  readonly #waiters = new Waiters();
  #wanted = false;
  #held = false;
  #disabled = false;
  #renew = false;
  #updatedAt: number | undefined;
  /** What became of the package that the process was made of, where it goes at once. */
  #gone: "replaced" | "removed" | undefined;
  #closing = false;
  #actual: Actual;
  #life: Life | undefined;
  #run: PluginRun | undefined;
  #health: Health | undefined;
  #timer: Disposable | undefined;
  #epoch = 0;
  /** What the settings asked of the sandbox when the process was made. */
  #demand: SandboxPlan["demand"] | undefined;
  /** What the process was told of the window. */
  #surroundings: string | undefined;
  #outdated = false;
  #restarts = 0;
  readonly #fate: Fate;

  constructor(installed: InstalledPlugin, options: SupervisorOptions, events: SupervisedEvents) {
    this.installed = installed;
    this.#options = options;
    this.#events = events;
    this.#fate = new Fate(options.redact);
    this.#actual = { process: "stopped", since: options.clock.now(), crashes: [] };
  }

  get run(): PluginRun | undefined {
    return this.#run;
  }

  /** The run, unless a start would be refused now, or it only finishes what it works on: its successor comes in a moment. */
  get ready(): PluginRun | undefined {
    return this.#run && this.#updatedAt === undefined && !this.refusal() ? this.#run : undefined;
  }

  /** Starts it if it does not run; see `PluginSupervisor.ensureRunning`. */
  async ensureRunning(signal: AbortSignal | undefined): Promise<PluginRun> {
    // A caller whose request has just failed comes before the news that the channel closed; let that arrive first.
    for (let turns = 0; this.#run && turns < 4; turns++) await undefined;
    if (this.ready) return this.ready;
    return this.#join(signal);
  }

  /** A person's start or restart: forgives earlier crashes and a stop. */
  renew(): Promise<PluginRun> {
    this.#held = false;
    this.#renew = true;
    return this.#join(undefined);
  }

  start(): Promise<PluginRun> {
    this.#held = false;
    if (this.#actual.process === "failed" || this.#actual.process === "backoff") return this.renew();
    return this.ensureRunning(undefined);
  }

  /** `hold`: it stays stopped whatever wants it, until a person starts it. Resolves when the process is gone. */
  async stop(hold: boolean): Promise<void> {
    this.#held = hold;
    this.#wanted = false;
    this.#step();
    await this.#life?.ended;
  }

  /** Stops it and starts nothing any more, because the window closes or, with `gone`, its package is not there any more. */
  async close(gone?: "removed"): Promise<void> {
    this.#closing = true;
    this.#gone = gone;
    this.#step();
    await this.#life?.ended;
    this.#timer?.dispose();
  }

  setDisabled(disabled: boolean): void {
    this.#disabled = disabled;
    this.#step();
    this.#events.onChange();
  }

  /**
   * Takes over a package that was found again. A process of another version or another place is replaced, once it has
   * finished what it works on. One of another plugin, to which the name goes over, ends at once.
   */
  update(installed: InstalledPlugin): void {
    const before = this.installed;
    this.installed = installed;
    const other = before.root !== installed.root && homeOf(before).owner !== homeOf(installed).owner;
    if (other) this.#giveWay();
    else if (!sameToRun(before, installed) && this.#actual.process !== "stopped") this.#replace();
    this.reconsider();
  }

  /** What was said and done to the plugin that had the name is not said and done to this one. */
  #giveWay(): void {
    this.#held = false;
    this.#restarts = 0;
    this.#gone = "replaced";
    if (this.#actual.process === "stopped") this.#beginAnew();
    else this.#renew = true;
  }

  /** The process that was is gone, and what was asked of it is done. */
  #beginAnew(): void {
    if (this.#gone === "replaced") this.#fate.forget();
    if (!this.#closing) this.#gone = undefined;
    this.#renew = false;
    this.#updatedAt = undefined;
    this.#outdated = false;
  }

  /** Something that eligibility, the sandbox or what it was told depends on may have changed. */
  reconsider(): void {
    const demand = this.#options.sandbox?.(this.installed)?.demand;
    if (this.#life && demand !== this.#demand) this.#replace();
    this.#outdated = this.#life !== undefined && this.#options.surroundings?.() !== this.#surroundings;
    if (this.#outdated) this.#stepWhenFree();
    this.#step();
  }

  #replace(): void {
    this.#updatedAt ??= this.#options.clock.now();
    this.#stepWhenFree();
  }

  #stepWhenFree(): void {
    const life = this.#life;
    if (life) life.usage.onFree = () => life === this.#life && this.#step();
  }

  /** What would hold its process if it were started now. */
  async sandbox(): Promise<SandboxState> {
    const { parley } = this.installed;
    if (!parley) return noSandbox;
    const spec = launchSpec(this.installed, 0, parley.run, this.#options);
    return (await this.#options.launcher.sandboxFor?.(spec)) ?? noSandbox;
  }

  setHealth(health: Health): void {
    if (!this.#run) return;
    this.#health = health;
    this.#events.onChange();
  }

  view(): PluginView {
    const { name, version, description, source, root, parley, warnings, reload } = this.installed;
    const ineligible = this.#ineligible();
    return {
      name,
      version: this.#run?.version ?? version,
      description,
      source,
      root,
      eligibility: ineligible ? { ok: false, ...ineligible } : { ok: true },
      process: this.#actual.process,
      health: this.#health,
      pid: this.#life?.pid,
      epoch: this.#epoch,
      restarts: this.#restarts,
      retryAt: this.#actual.process === "backoff" ? this.#actual.retryAt : undefined,
      lastExit: this.#fate.lastExit,
      problem: ineligible ? sentences(ineligible.text, ineligible.todo) : this.#fate.problem,
      warnings,
      reload,
      parley,
      sandbox: this.#life?.sandbox,
      updating: this.#updatedAt !== undefined && this.#actual.process === "running",
    };
  }

  #ineligible(): Ineligible | undefined {
    const more = this.#options.ineligible?.(this.installed);
    return ineligibility(this.installed, { disabled: this.#disabled, more });
  }

  /** Wants it, and waits for its next run. */
  #join(signal: AbortSignal | undefined): Promise<PluginRun> {
    const refusal = this.refusal();
    if (refusal) return Promise.reject(refusal);
    if (signal?.aborted) return Promise.reject(this.#gaveUpWaiting(signal));
    const joined = this.#waiters.join(signal, () => this.#gaveUpWaiting(signal));
    this.#wanted = true;
    this.#step();
    return joined;
  }

  /** Why a start would be refused now. */
  refusal(): Failure | undefined {
    const { name } = this.installed;
    const ineligible = this.#ineligible();
    if (ineligible) return notEligible(ineligible);
    if (this.#closing) return this.#gone === "removed" ? wasRemoved(this.installed) : windowCloses(name);
    if (this.#held) return stoppedByPerson(name);
    if (this.#actual.process === "failed" && !this.#renew) return this.#fate.hasFailed(name);
    return undefined;
  }

  #gaveUpWaiting(signal: AbortSignal | undefined): Failure {
    return gaveUpWaiting(this.installed.name, signal, this.#actual.process, this.#fate.lastExit);
  }

  /** Carries out what `reconcile` decides until it decides nothing more. */
  #step(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    for (let again = true; again; ) {
      const effects = reconcile(this.#desired(), this.#facts(), this.#options.clock.now(), this.#options.random);
      again = effects.some((effect) => effect.type !== "lookAgain");
      for (const effect of effects) this.#apply(effect);
    }
  }

  #desired(): Desired {
    const why = this.#ineligible();
    const { source } = this.installed;
    return {
      // What runs was let in; that its successor waits for consent is no reason to cut off what it works on.
      eligible: why === undefined || (why.reason === "needsConsent" && this.#finishes()),
      wanted: this.#wanted && !this.#held && !this.#closing,
      renew: this.#renew,
      updatedAt: this.#updatedAt,
      // One that attached by itself is not ours to start.
      outdated: this.#outdated && source !== "attached",
      idleAfterMs: source === "attached" ? 0 : (this.#options.idleAfterMs?.(this.installed) ?? 0),
    };
  }

  #facts(): Actual {
    const usage = this.#life?.usage;
    if (this.#actual.process !== "running" || !usage) return this.#actual;
    const { status, busy } = this.#health ?? {};
    const held = !this.#outdated && (usage.holds || status !== "up");
    const stays = this.#updatedAt === undefined && (held || busy === true);
    return { ...this.#actual, usedAt: usage.usedAt, working: usage.working || stays };
  }

  #finishes(): boolean {
    return this.#updatedAt !== undefined && this.#actual.process === "running" && this.#actual.ended === undefined;
  }

  #apply(effect: Effect): void {
    switch (effect.type) {
      case "start":
        this.#start();
        return;
      case "stop":
        this.#run = undefined;
        if (effect.because === "idle") this.#wanted = false;
        this.#become("stopping");
        this.#life?.stop(this.#fate.stops(this.installed, effect.because ?? this.#gone, this.#ineligible()?.text));
        return;
      case "rest":
        this.#wanted = effect.wanted && this.#wanted;
        this.#beginAnew();
        this.#actual = { ...this.#actual, crashes: [] };
        this.#become("stopped");
        this.#waiters.rejectAll(this.refusal() ?? this.#endedEarly());
        return;
      case "wait":
        this.#actual = { ...this.#actual, crashes: effect.crashes };
        this.#become("backoff", effect.until);
        return;
      case "fail":
        this.#actual = { ...this.#actual, crashes: effect.crashes };
        this.#fate.fails(effect.crashes.length);
        this.#become("failed");
        this.#waiters.rejectAll(this.refusal() ?? this.#endedEarly());
        return;
      case "forgive":
        this.#actual = { ...this.#actual, crashes: [] };
        return;
      case "lookAgain":
        this.#timer = this.#options.clock.after(Math.max(0, effect.at - this.#options.clock.now()), () => this.#step());
    }
  }

  #become(process: ProcessState, retryAt?: number): void {
    this.#actual = { process, since: this.#options.clock.now(), crashes: this.#actual.crashes, retryAt };
    this.#events.onChange();
  }

  #start(): void {
    if (this.#actual.crashes.length > 0) this.#restarts++;
    this.#beginAnew();
    this.#demand = this.#options.sandbox?.(this.installed)?.demand;
    this.#surroundings = this.#options.surroundings?.();
    this.#epoch++;
    const life: Life = new Life(this.installed, this.#epoch, this.#options, {
      onRunning: (run) => this.#onRunning(life, run),
      onClosed: () => this.#onClosed(),
      onGivenUp: () => this.#onGivenUp(),
      onEnded: (ending) => this.#onEnded(ending),
      onText: (text) => this.#events.onText({ plugin: this.installed.name, ...text }),
    });
    this.#life = life;
    this.#become("starting");
  }

  #onRunning(life: Life, run: PluginRun): void {
    this.#run = run;
    this.#fate.runs();
    this.#health = { status: "up" };
    this.#watchHealth(life, run);
    this.#become("running");
    this.#tell("activated", run.version);
    this.#waiters.resolveAll(run);
    if (life === this.#life) this.#step();
  }

  /** A plugin that a debugger may hold at any line is not asked whether it answers. */
  #watchHealth(life: Life, { scope }: PluginRun): void {
    if (this.installed.source === "development" || this.#options.inspect?.(this.installed) !== undefined) return;
    scope.add(
      startPings(life.peer, this.#options.clock, (answers) => this.setHealth(answers ? { status: "up" } : unanswered)),
    );
  }

  #onClosed(): void {
    this.#run = undefined;
    this.#health = undefined;
    this.#events.onChange();
  }

  #onGivenUp(): void {
    const { process, since } = this.#actual;
    const healthy = process === "running" && this.#options.clock.now() - since >= restartPolicy.healthyAfterMs;
    if (healthy) this.#actual = { ...this.#actual, crashes: [] };
    this.#run = undefined;
    this.#health = undefined;
    this.#become("stopping");
  }

  #onEnded(ending: Ending): void {
    this.#life = undefined;
    this.#run = undefined;
    this.#health = undefined;
    const { kind, told } = this.#fate.ended(ending);
    if (told) this.#tell(told.type, this.installed.version, told.reason);
    // Who waits for a process that never greets has waited long enough; one that crashed may be back in a moment.
    if (told?.type === "error" && ending.failure && !ending.ran) this.#waiters.rejectAll(this.#endedEarly());
    // Whoever began to wait while it was leaving asked for a new process, not for this one.
    const wantedAnew = kind === "finished" && this.#waiters.size > 0;
    this.#actual = { ...this.#actual, ended: wantedAnew ? "asked" : kind };
    this.#step();
  }

  #endedEarly(): Failure {
    return this.#fate.endedEarly(this.installed.name);
  }

  #tell(type: LifecycleEvent["type"], version: string | undefined, reason?: string): void {
    this.#events.onLifecycle({ type, plugin: this.installed.name, version, epoch: this.#epoch, reason });
  }
}
