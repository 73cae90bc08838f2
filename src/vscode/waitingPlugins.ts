import type { PluginView } from "../core/plugins/run.ts";

type Seen = Pick<PluginView, "name" | "root" | "eligibility">;

/** A plugin that waits for the person's consent; `again` where it was let in before, and changed or wants more now. */
export interface WaitingPlugin {
  readonly name: string;
  readonly again: boolean;
}

/**
 * Finds the plugins that began to wait for consent since the last look, each once until it is let in. Those in the folders of
 * `reviewing` are left out: the person is looking at them.
 */
export function newlyWaiting(reviewing: ReadonlySet<string>): (plugins: readonly Seen[]) => WaitingPlugin[] {
  const told = new Set<string>();
  const letIn = new Set<string>();
  return (plugins) =>
    plugins.flatMap(({ name, root, eligibility }) => {
      if (eligibility.ok) {
        told.delete(name);
        letIn.add(name);
      }
      if (eligibility.ok || eligibility.reason !== "needsConsent" || told.has(name) || reviewing.has(root)) return [];
      told.add(name);
      return [{ name, again: letIn.has(name) }];
    });
}
