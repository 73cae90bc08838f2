import type { Meta } from "../protocol/plugin/common.ts";
import type { Channel } from "./channel.ts";

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
