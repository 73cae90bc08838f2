import type { PluginView } from "../core/plugins/run.ts";

type Seen = Pick<PluginView, "name" | "epoch" | "health">;

export interface OfferRestartParts {
  /** Asks the person; answers whether the plugin is to be restarted. */
  readonly ask: (plugin: string) => Promise<boolean>;
  readonly restart: (plugin: string) => Promise<unknown>;
}

/**
 * Offers to restart a plugin that does not answer, once for each silence. It is never restarted by itself: it may be at work on what
 * would be lost. Call what this answers after each change of the plugins. A restart that fails shows in the plugin list.
 */
export function offerRestarts({ ask, restart }: OfferRestartParts): (plugins: readonly Seen[]) => void {
  const offered = new Map<string, number>();
  return (plugins) => {
    for (const { name, epoch, health } of plugins) {
      if (health?.unanswered !== true) offered.delete(name);
      else if (offered.get(name) !== epoch) {
        offered.set(name, epoch);
        // While the question stood there it may have answered again, or be another process.
        const still = () => offered.get(name) === epoch;
        ask(name)
          .then(async (yes) => void (yes && still() && (await restart(name))))
          .catch(() => {});
      }
    }
  };
}
