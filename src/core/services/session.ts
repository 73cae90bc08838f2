import type { Disposable, Scope } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import { limits as defaults, type LimitName, type Limits } from "../../protocol/limits.ts";
import type { PluginHome } from "../plugins/identity.ts";
import type { PluginRun } from "../plugins/run.ts";
import type { Peer } from "../ports.ts";
import { principals } from "../rules/targets.ts";

/** What can be registered, and how many of each one run may hold at a time. */
const most = {
  offer: "offersPerRun",
  subscription: "subscriptionsPerRun",
  intercept: "interceptsPerRun",
} as const satisfies Record<string, LimitName>;

export type RegistrationKind = keyof typeof most;

/** One run of a plugin as the services know it: who it is, how to reach it, and what it has registered. */
export class Session {
  readonly plugin: string;
  readonly epoch: number;
  readonly peer: Peer;
  #principal: string;
  #alone: readonly string[];
  readonly #handles = new Map<string, { readonly kind: RegistrationKind; readonly registration: Disposable }>();
  readonly #counts: Record<RegistrationKind, number> = { offer: 0, subscription: 0, intercept: 0 };
  readonly #scope: Scope;
  /** Whether the plugin knows references to results that are too large for one answer. */
  references = false;
  /** The limits that are in force for the plugin, asked each time. */
  readonly limits: () => Limits;

  /** Where the package of this run keeps what is its own. */
  readonly home: PluginHome;

  /** `scope` ends with the run; everything registered ends with it. */
  constructor(
    { plugin, epoch, peer, scope, home }: Pick<PluginRun, "plugin" | "epoch" | "peer" | "scope" | "home">,
    limits: () => Limits = () => defaults,
  ) {
    this.plugin = plugin;
    this.home = home;
    this.#principal = principals.plugin(plugin);
    this.#alone = [this.#principal];
    this.epoch = epoch;
    this.peer = peer;
    this.#scope = scope;
    this.limits = limits;
    scope.add({ dispose: () => this.#releaseAll() });
  }

  get principal(): string {
    return this.#principal;
  }

  /** The principal by itself, for those who ask what it may when nobody else is in it. */
  get alone(): readonly string[] {
    return this.#alone;
  }

  /**
   * Another package has the plugin's name by now, and this run only ends: what it registered is gone, and of rights it
   * has those of any plugin, not those that the other was given.
   */
  retire(): void {
    this.#principal = principals.former(this.plugin);
    this.#alone = [this.#principal];
    this.#releaseAll();
  }

  #releaseAll(): void {
    for (const { registration } of [...this.#handles.values()].reverse()) registration.dispose();
    this.#handles.clear();
    for (const kind of Object.keys(this.#counts) as RegistrationKind[]) this.#counts[kind] = 0;
  }

  /**
   * Makes a registration and keeps it under a handle. Fails with `conflict` where the handle is taken and with `overloaded`
   * where the run holds as many of the kind as it may; nothing is made then.
   */
  keep(kind: RegistrationKind, handle: string, make: () => Disposable): void {
    if (this.#handles.has(handle)) {
      throw new Failure("conflict", `The handle "${handle}" is taken.`, {
        todo: "Give each registration a handle of its own.",
      });
    }
    const allowed = this.limits()[most[kind]];
    if (this.#counts[kind] >= allowed) {
      throw new Failure("overloaded", `${this.plugin} holds ${allowed} ${kind}s already, which is as many as it may.`, {
        details: { limit: allowed, retryAfterMs: 1_000 },
        todo: "Unregister what is no longer needed.",
      });
    }
    const registration = make();
    if (this.#scope.disposed) {
      registration.dispose();
      return;
    }
    this.#handles.set(handle, { kind, registration });
    this.#counts[kind]++;
  }

  release(handle: string): void {
    const kept = this.#handles.get(handle);
    if (!kept)
      throw new Failure("notFound", `There is no registration "${handle}".`, {
        todo: "Unregister a handle once, with the name that register answered.",
      });
    this.#handles.delete(handle);
    this.#counts[kept.kind]--;
    kept.registration.dispose();
  }
}
