import { deferred } from "../../base/deferred.ts";
import { Failure } from "../../base/failure.ts";
import type { CallRow } from "../../protocol/plugin/calls.ts";
import type { PluginLog } from "../log.ts";
import type { Call, OfferHandler } from "../offers.ts";
import type { WatchedState } from "../state.ts";
import type { Verbs } from "../verbs.ts";
import type { Offering } from "./declared.ts";
import { TaskList } from "./taskList.ts";
import { neverBegan } from "./unbegun.ts";

/** Work in the background that this process began. */
export interface Task<Result> {
  /** The id of its call: what the activity shows, and `tasks.get` answers to. */
  readonly id: string;
  /**
   * Settles with what the work answers; rejects with what it throws, with `cancelled` as soon as it is cancelled, and
   * with the reason where it never begins, `blocked` by an intercept for one.
   */
  readonly result: Promise<Result>;
  cancel(): Promise<void>;
}

/** Where a task stands; its `status` is `interrupted` or `failed` where its process ended first. */
export type TaskRow = CallRow & { readonly title: string };

/**
 * Background work: each task is a call to an offer of the plugin's own, so that a person sees it run and can stop it.
 * It has no deadline, ends with the process, and is never begun again by itself: its row stays, and whoever wants it
 * done starts it anew.
 */
export interface Tasks {
  /**
   * `run` gets the task as a call: `task.progress({percentage})`, `task.signal`, `task.partial`, and the verbs bound to it. Fails with
   * `overloaded` where too many run already.
   */
  start<Result>(title: string, run: (task: Call) => Result | Promise<Result>): Promise<Task<Result>>;
  get(id: string): Promise<CallRow>;
  /** Asks it to stop: `ended` where it is not in progress. */
  cancel(id: string): Promise<"cancelling" | "ended">;
  /** The latest hundred, also those of earlier processes; the oldest first. */
  list(): Promise<TaskRow[]>;
}

/** What tasks are made of. */
export interface TaskParts extends Offering, Pick<Verbs, "call" | "calls"> {
  readonly state: WatchedState;
  readonly log: PluginLog;
}

export function createTasks(plugin: TaskParts): Tasks {
  const begun = new TaskList(plugin);
  let count = 0;
  return {
    async start<Result>(title: string, run: (task: Call) => Result | Promise<Result>) {
      const own = plugin.info.plugin.name;
      const name = `task-${plugin.info.epoch}-${++count}`;
      const outcome = deferred<Result>();
      outcome.promise.catch(() => {});
      const cancelled = () => outcome.reject(new Failure("cancelled", `The task "${title}" was cancelled.`));
      let began = false;
      const handler: OfferHandler<never> = async (_, task) => {
        if (task.caller !== `plugin:${own}`) throw new Failure("denied", "A task is begun by its own plugin only.");
        began = true;
        task.signal.addEventListener("abort", cancelled);
        try {
          const result = await run(task);
          outcome.resolve(result);
          return result;
        } catch (error) {
          outcome.reject(error);
          throw error;
        } finally {
          offer.dispose();
        }
      };
      const offer = plugin.offer({ name, title: title.slice(0, 100), description: title.slice(0, 4_000) }, handler);
      let id: string;
      try {
        await offer.ready;
        ({ callId: id } = await plugin.call<{ callId: string }>({ plugin: own, name }, {}, { detach: true }));
      } catch (error) {
        offer.dispose();
        throw error;
      }
      void neverBegan(plugin.calls, id, () => began).then((failure) => {
        if (!failure) return;
        outcome.reject(failure);
        offer.dispose();
      });
      await begun.keep({ id, title });
      return {
        id,
        result: outcome.promise,
        async cancel() {
          await plugin.calls.cancel(id);
          cancelled();
        },
      };
    },
    get: (id) => plugin.calls.get(id),
    cancel: (id) => plugin.calls.cancel(id),
    list: () => begun.rows(plugin.calls),
  };
}
