import { allOf, type Registration } from "../registrar.ts";
import type { EventHandler, Subscribe } from "../subscriptions.ts";
import { parseTopic } from "../target.ts";
import type { Verbs } from "../verbs.ts";

/** What the agent, the plugins and the host do. */
export interface ActivityTeller {
  /** Shows a line in the activity section, and publishes it as `activity` with the data. Wants `publish` on `activity`. */
  show(text: string, data?: Record<string, unknown>): Promise<string>;
}

export interface Activity extends ActivityTeller {
  /** Hears what happens, or only these topics of it. What the plugin may not hear is left out, and its log says so. */
  on(handler: EventHandler<Record<string, unknown>>, topics?: readonly string[]): Registration;
}

const allTopics = [
  ...["agent.>", "call.>", "compaction.>", "context.>", "diff.>", "model.>"],
  ...["permission.>", "plugin.>", "thought.>", "todo.>", "tool.>"],
];

export function activityTeller({ publish }: Pick<Verbs, "publish">): ActivityTeller {
  return { show: (text, data = {}) => publish("activity", { ...data, message: text }, { show: true }) };
}

export function createActivity(plugin: Pick<Verbs, "publish"> & { readonly subscribe: Subscribe }): Activity {
  return {
    ...activityTeller(plugin),
    on: (handler, topics = allTopics) => allOf(topics.map((topic) => plugin.subscribe(parseTopic(topic), handler))),
  };
}
