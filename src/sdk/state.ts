import type { Meta } from "../protocol/plugin/common.ts";
import type { Channel } from "./channel.ts";
import type { Registration } from "./registrar.ts";

/** A value with its revision; `rev` is 0 and `value` undefined where the key is not set. */
export interface StateEntry<Value> {
  readonly value: Value | undefined;
  readonly rev: number;
}

/** Values that the host keeps for the plugin, each at most 1 MiB as JSON. */
export interface State {
  /** The value alone, or undefined where the key is not set. */
  get<Value = unknown>(key: string): Promise<Value | undefined>;
  /** The value with its revision, to be given back as `ifRev`. */
  entry<Value = unknown>(key: string): Promise<StateEntry<Value>>;
  /** Sets the value and answers its new revision. With `ifRev` it fails with `conflict` when the revision is another. */
  set(key: string, value: unknown, options?: { ifRev?: number }): Promise<number>;
  /** Removes the value and answers whether there was one. */
  delete(key: string, options?: { ifRev?: number }): Promise<boolean>;
  /** All keys that start with the prefix, in order. */
  list(prefix?: string): Promise<{ key: string; rev: number }[]>;
  /** The same for another scope: `plugin`, `workspace`, `conversation` or `shared:<namespace>`. */
  scope(scope: string): State;
}

/** A change of a key; `rev` is 0 where it was deleted. `by` is the plugin that made it. The value is read with `get`. */
export interface StateChange {
  readonly scope: string;
  readonly key: string;
  readonly rev: number;
  readonly deleted?: boolean;
  readonly by: string;
}

/** A plugin's state, whose changes it can hear of: its own, and with the right to read and to hear of them, shared ones. */
export interface WatchedState extends State {
  /**
   * Hears of every change of a key, or of all that begin with a text that ends in `*`. For a shared scope the manifest wants
   * `subscribe` on `state.shared.<namespace>.>` beside `state` on the scope.
   */
  watch(key: string, handler: (change: StateChange) => unknown): Registration;
  scope(scope: string): WatchedState;
}

/** The state with `watch`, on the plugin's own subscriptions. */
export function watchedState(
  state: State,
  subscribe: (topic: string, handler: (event: { data: StateChange }) => unknown) => Registration,
  scope = "plugin",
): WatchedState {
  const [kind, namespace] = scope.split(":");
  const topic =
    namespace === undefined ? `state.${kind}.>` : `state.shared.${namespace.replace(/[^A-Za-z0-9_-]/g, "_")}.>`;
  return {
    ...state,
    watch(key, handler) {
      const fits = key.endsWith("*")
        ? (changed: string) => changed.startsWith(key.slice(0, -1))
        : (changed: string) => changed === key;
      // Different namespaces may share a topic; the exact scope and key are in the event.
      return subscribe(topic, ({ data }) => (data.scope === scope && fits(data.key) ? handler(data) : undefined));
    },
    scope: (other) => watchedState(state.scope(other), subscribe, other),
  };
}

export function createState(channel: Channel, meta: () => Meta | undefined, scope = "plugin"): State {
  async function entry<Value>(key: string): Promise<StateEntry<Value>> {
    const { value, rev } = await channel.request("state/get", { scope, key, _meta: meta() });
    return { value: value as Value | undefined, rev };
  }
  return {
    entry,
    get: async <Value>(key: string) => (await entry<Value>(key)).value,
    async set(key, value, options = {}) {
      return (await channel.request("state/set", { scope, key, value, ...options, _meta: meta() })).rev;
    },
    async delete(key, options = {}) {
      return (await channel.request("state/delete", { scope, key, ...options, _meta: meta() })).deleted;
    },
    async list(prefix = "") {
      const keys: { key: string; rev: number }[] = [];
      for (;;) {
        const page = await channel.request("state/list", { scope, prefix, after: keys.at(-1)?.key, _meta: meta() });
        keys.push(...page.keys);
        if (!page.more || page.keys.length === 0) return keys;
      }
    },
    scope: (other) => createState(channel, meta, other),
  };
}
