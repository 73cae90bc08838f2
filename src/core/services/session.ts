import type { Disposable, Scope } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import type { Peer } from "../ports.ts";

/** One run of a plugin as the services know it: who it is, how to reach it, and what it has registered. */
export class Session {
  readonly plugin: string;
  readonly epoch: number;
  readonly peer: Peer;
  readonly #scope: Scope;
  readonly #handles = new Map<string, Disposable>();

  /** `scope` ends with the run; everything registered ends with it. */
  constructor(plugin: string, epoch: number, peer: Peer, scope: Scope) {
    this.plugin = plugin;
    this.epoch = epoch;
    this.peer = peer;
    this.#scope = scope;
  }

  get principal(): string {
    return `plugin:${this.plugin}`;
  }

  /** Keeps a registration under a handle. Fails with `conflict` where the handle is taken. */
  keep(handle: string, registration: Disposable): void {
    if (this.#handles.has(handle)) {
      registration.dispose();
      throw new Failure("conflict", `The handle "${handle}" is taken.`, {
        todo: "Give each registration a handle of its own.",
      });
    }
    this.#handles.set(handle, registration);
    this.#scope.add(registration);
  }

  release(handle: string): void {
    const registration = this.#handles.get(handle);
    if (!registration)
      throw new Failure("notFound", `There is no registration "${handle}".`, {
        todo: "Unregister a handle once, with the name that register answered.",
      });
    this.#handles.delete(handle);
    registration.dispose();
  }
}
