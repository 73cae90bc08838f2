import type { Disposable } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import { didYouMean, nearNames } from "../offers/near.ts";
import type { InstalledPlugin } from "./installed.ts";
import type { SupervisorOptions } from "./options.ts";
import type { Health, LifecycleEvent, PluginRun, PluginView } from "./run.ts";
import type { SandboxState } from "./sandbox.ts";
import { SupervisedPlugin } from "./supervised.ts";

/** How long `stopAll` waits at most: a window that closes gives its extensions 5 s. */
const stopAllMs = 3_900;

/**
 * Keeps the processes of the window's plugins as they should be. Nothing is started by itself: `ensureRunning` and
 * `start` do; from then on a plugin that crashes is started again until it fails or nobody wants it.
 */
export class PluginSupervisor implements Disposable {
  readonly #options: SupervisorOptions;
  readonly #plugins = new Map<string, SupervisedPlugin>();
  /** Packages that lost their name to another; listed, never run. */
  #shadowed: SupervisedPlugin[] = [];
  readonly #disabled = new Set<string>();
  readonly #changes: Emitter<void>;
  readonly #lifecycle: Emitter<LifecycleEvent>;
  readonly #texts: Emitter<{ plugin: string; stream: "stderr" | "stray"; text: string }>;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const report = (error: unknown) =>
      options.logger.log("error", "A listener of the plugin supervisor failed.", { error: String(error) });
    this.#changes = new Emitter(report);
    this.#lifecycle = new Emitter(report);
    this.#texts = new Emitter(report);
  }

  /** Fires after anything that `list` shows has changed. */
  get onDidChange() {
    return this.#changes.event;
  }

  get onLifecycle() {
    return this.#lifecycle.event;
  }

  /** What plugins write outside the protocol, line by line. */
  get onText() {
    return this.#texts.event;
  }

  /** Takes over what was found on disk. What is gone is stopped, what changed is replaced, what is new waits to be wanted. */
  setInstalled(found: readonly InstalledPlugin[]): void {
    const names = new Set<string>();
    this.#shadowed = [];
    for (const installed of found) {
      if (installed.shadowedBy !== undefined) {
        this.#shadowed.push(this.#supervise(installed));
        continue;
      }
      names.add(installed.name);
      const known = this.#plugins.get(installed.name);
      if (known) {
        known.update(installed);
        continue;
      }
      const plugin = this.#supervise(installed);
      plugin.setDisabled(this.#disabled.has(installed.name));
      this.#plugins.set(installed.name, plugin);
      if (plugin.view().eligibility.ok) {
        this.#lifecycle.fire({ type: "loaded", plugin: installed.name, version: installed.version, epoch: 0 });
      }
    }
    for (const [name, plugin] of this.#plugins) {
      if (names.has(name)) continue;
      this.#plugins.delete(name);
      void plugin.close("removed");
    }
    this.#changes.fire();
  }

  list(): PluginView[] {
    return [...this.#plugins.values(), ...this.#shadowed].map((plugin) => plugin.view());
  }

  view(name: string): PluginView | undefined {
    return this.#plugins.get(name)?.view();
  }

  installed(name: string): InstalledPlugin | undefined {
    return this.#plugins.get(name)?.installed;
  }

  /** The run that takes messages now, if there is one. */
  running(name: string): PluginRun | undefined {
    return this.#plugins.get(name)?.run;
  }

  /** The current run of a plugin that may be used now, as `ensureRunning` would answer it. */
  ready(name: string): PluginRun | undefined {
    return this.#plugins.get(name)?.ready;
  }

  /** Why `ensureRunning` would refuse at once; undefined where it would not, or where there is no such plugin. */
  refusal(name: string): Failure | undefined {
    return this.#plugins.get(name)?.refusal();
  }

  /**
   * Resolves when the plugin runs: at once, after a start that is under way, after one that this begins, or through the
   * pause before a restart. Aborting the signal ends the waiting, not the start; put the caller's deadline in it.
   *
   * @throws Failure `notFound` (with `details.near`), or `unavailable` with `details.reason` when it may not run, has
   * failed, or ended while it was waited for; `timeout` or `cancelled` by the signal
   */
  async ensureRunning(name: string, signal?: AbortSignal): Promise<PluginRun> {
    return this.#find(name).ensureRunning(signal);
  }

  /** A person's start: forgives crashes and an earlier stop. Fails as `ensureRunning` does. */
  async start(name: string): Promise<PluginRun> {
    return this.#find(name).start();
  }

  /** Stops it; with `hold`, as by a person, it stays stopped until `start`, without it the next call starts it again. */
  async stop(name: string, { hold = true }: { hold?: boolean } = {}): Promise<void> {
    await this.#find(name).stop(hold);
  }

  /** A process anew, whatever state it is in; forgives crashes. Fails as `ensureRunning` does. */
  async restart(name: string): Promise<PluginRun> {
    return this.#find(name).renew();
  }

  /** Kept for names that are not installed yet, too. */
  setDisabled(name: string, disabled: boolean): void {
    if (disabled) this.#disabled.add(name);
    else this.#disabled.delete(name);
    this.#plugins.get(name)?.setDisabled(disabled);
  }

  /** What would hold its process if it were started now. Fails with `notFound`. */
  async sandbox(name: string): Promise<SandboxState> {
    return await this.#find(name).sandbox();
  }

  /** What the plugin says about itself; ignored while it does not run. */
  setHealth(name: string, health: Health): void {
    this.#plugins.get(name)?.setHealth(health);
  }

  /** Trust, consent or configuration may have changed: stops what may not run any more. */
  reconsider(): void {
    for (const plugin of this.#plugins.values()) plugin.reconsider();
    this.#changes.fire();
  }

  /** Stops every plugin, in parallel, and starts none any more. Resolves when all are gone, at the latest after 3.9 s. */
  stopAll(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const timer = this.#options.clock.after(stopAllMs, resolve);
      void Promise.all([...this.#plugins.values()].map((plugin) => plugin.close())).then(() => {
        timer.dispose();
        resolve();
      });
    });
    return this.#closing;
  }

  dispose(): void {
    void this.stopAll();
    this.#changes.dispose();
    this.#lifecycle.dispose();
    this.#texts.dispose();
  }

  #find(name: string): SupervisedPlugin {
    const plugin = this.#plugins.get(name);
    if (plugin) return plugin;
    const near = nearNames(name, this.#plugins.keys());
    throw new Failure("notFound", `There is no plugin "${name}".`, {
      todo: didYouMean(near) || undefined,
      details: { near },
    });
  }

  #supervise(installed: InstalledPlugin): SupervisedPlugin {
    return new SupervisedPlugin(installed, this.#options, {
      onChange: () => this.#changes.fire(),
      onLifecycle: (event) => this.#lifecycle.fire(event),
      onText: (text) => this.#texts.fire(text),
    });
  }
}
