import type { LauncherPort } from "../../src/core/ports.ts";

/** A message of a plugin that reached the host's handlers: it was known, well formed and within the channel's limits. */
export interface Reached {
  readonly plugin: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** Notes every message that gets through a launcher's channels to the host's handlers. */
export function observed(reached: Reached[]): (inner: LauncherPort) => LauncherPort {
  return (inner) => ({
    launch: (spec, onMessage) =>
      inner.launch(spec, (method, params, ...rest) => {
        reached.push({ plugin: spec.plugin, method, params });
        return onMessage(method, params, ...rest);
      }),
  });
}
