import { Failure } from "../../base/failure.ts";
import { pause } from "../pause.ts";
import type { State, WatchedState } from "../state.ts";

interface Shared<Scoped> {
  /**
   * Changes a value by what it is: the new one is kept only if nobody else has written meanwhile, else `change` is asked again with
   * theirs. Answers the new value; where `change` answers undefined nothing is written. Fails with `conflict` after many attempts.
   */
  update<Value>(
    key: string,
    change: (value: Value | undefined) => Value | undefined | Promise<Value | undefined>,
  ): Promise<Value | undefined>;
  /** Values of this workspace alone, of this conversation alone, and those that plugins share under a name. */
  readonly workspace: Scoped;
  readonly conversation: Scoped;
  shared(namespace: string): Scoped;
}

/** State with `update`, for one scope; `plugin.storage` itself is the plugin's own. */
export interface Storage extends State, Shared<Storage> {
  scope(scope: string): Storage;
}
export interface WatchedStorage extends WatchedState, Shared<WatchedStorage> {
  scope(scope: string): WatchedStorage;
}

const attempts = 50;

export function createStorage(state: WatchedState): WatchedStorage;
export function createStorage(state: State): Storage;
export function createStorage(state: State): Storage {
  return {
    ...state,
    async update<Value>(key: string, change: (value: Value | undefined) => unknown) {
      for (let attempt = 1; ; attempt++) {
        const { value, rev } = await state.entry<Value>(key);
        const next = (await change(value)) as Value | undefined;
        if (next === undefined) return value;
        try {
          await state.set(key, next, { ifRev: rev });
          return next;
        } catch (error) {
          if (!(error instanceof Failure) || error.kind !== "conflict" || attempt === attempts) throw error;
          // Those who try again at the same time keep each other from it.
          await pause(Math.random() * Math.min(50, 2 * attempt));
        }
      }
    },
    get workspace() {
      return createStorage(state.scope("workspace"));
    },
    get conversation() {
      return createStorage(state.scope("conversation"));
    },
    scope: (other) => createStorage(state.scope(other)),
    shared: (namespace) => createStorage(state.scope(`shared:${namespace}`)),
  };
}
