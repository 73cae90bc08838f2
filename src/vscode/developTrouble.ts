import type { PluginView } from "../core/plugins/run.ts";

type Seen = Pick<PluginView, "name" | "source" | "process" | "problem" | "eligibility">;

/**
 * Tells the author of a plugin in development that what was saved does not run: its package cannot be used, or its
 * process is given up. Each trouble is told once, and again after the plugin was well in between. Call what this
 * answers after each change of the plugins.
 */
export function tellAuthors(tell: (plugin: string, text: string) => void): (plugins: readonly Seen[]) => void {
  const told = new Map<string, string>();
  return (plugins) => {
    for (const plugin of plugins) {
      const text = plugin.source === "development" ? troubleOf(plugin) : undefined;
      // While it is started anew nobody knows yet.
      if (text === undefined && plugin.process !== "starting" && plugin.process !== "backoff") told.delete(plugin.name);
      if (text === undefined || told.get(plugin.name) === text) continue;
      told.set(plugin.name, text);
      tell(plugin.name, text);
    }
  };
}

function troubleOf({ name, eligibility, process, problem }: Seen): string | undefined {
  if (eligibility.ok)
    return process === "failed" ? `Plugin "${name}" does not run. ${problem ?? ""}`.trim() : undefined;
  return eligibility.reason === "broken" ? [eligibility.text, eligibility.todo].filter(Boolean).join(" ") : undefined;
}
