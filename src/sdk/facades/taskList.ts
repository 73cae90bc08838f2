import { Failure } from "../../base/failure.ts";
import type { CallRow } from "../../protocol/plugin/calls.ts";
import type { PluginLog } from "../log.ts";
import type { WatchedState } from "../state.ts";
import type { CallRows } from "../verbs.ts";
import { createStorage } from "./storage.ts";

export interface KeptTask {
  readonly id: string;
  readonly title: string;
}

const key = "parley/tasks";
const keptAtMost = 100;

/**
 * The latest tasks of a plugin, in its state, so that they are known after a restart. Those that begin together are
 * written together.
 */
export class TaskList {
  readonly #state: WatchedState;
  readonly #log: PluginLog;
  #unwritten: KeptTask[] = [];
  #written: Promise<void> = Promise.resolve();

  constructor({ state, log }: { readonly state: WatchedState; readonly log: PluginLog }) {
    this.#state = state;
    this.#log = log;
  }

  /** Settles when it is written. A task runs all the same where it cannot be, and the log says so. */
  keep(task: KeptTask): Promise<void> {
    this.#unwritten.push(task);
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  /** Where each stands; one whose row is not kept any more is left out. */
  async rows(calls: CallRows): Promise<(CallRow & { readonly title: string })[]> {
    const kept = (await this.#state.get<KeptTask[]>(key)) ?? [];
    const rows = kept.map(async ({ id, title }) => {
      try {
        return [{ ...(await calls.get(id)), title }];
      } catch (error) {
        if (error instanceof Failure && error.kind === "notFound") return [];
        throw error;
      }
    });
    return (await Promise.all(rows)).flat();
  }

  async #write(): Promise<void> {
    const more = this.#unwritten.splice(0);
    if (more.length === 0) return;
    try {
      const { update } = createStorage(this.#state);
      await update<KeptTask[]>(key, (kept = []) => [...kept, ...more].slice(-keptAtMost));
    } catch (error) {
      this.#log.warn(`The list of tasks could not be written: ${error instanceof Error ? error.message : error}`);
    }
  }
}
