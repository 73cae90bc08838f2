import { isJsonObject } from "../../base/json.ts";
import type { PluginEvent } from "../../protocol/plugin/events.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import { deeds, principals } from "../rules/targets.ts";

/** Fields of the host's events that hold what was said, or what files contain. */
const contents: Record<string, readonly string[]> = {
  "tool.callStart": ["arguments"],
  "tool.callEnd": ["result", "error"],
  // An error quotes what the person answered, and the arguments that did not fit.
  "call.ended": ["error"],
  "call.progress": ["message"],
  "agent.start": ["message"],
  "agent.end": ["content", "error"],
  "message.added": ["content"],
  "permission.request": ["arguments"],
  "diff.preview": ["diff"],
  "thought.complete": ["thinking"],
};

/**
 * What a plugin sees of an event at the moment of delivery: nothing without the right to hear its topic, and without the
 * right to read the conversation none of what was said in it.
 */
export function redactor(
  decide: (request: RightRequest) => Verdict,
): (event: PluginEvent, plugin: string) => PluginEvent | undefined {
  // All who see the same of an event see the same object, so that it is written once.
  const without = new WeakMap<PluginEvent, PluginEvent>();
  return (event, plugin) => {
    const hears = decide({ principals: [principals.plugin(plugin)], ...deeds.subscribe(event.type) });
    if (hears.effect !== "allow") return undefined;
    const hidden = event.source === "host" ? contents[event.type] : undefined;
    if (!hidden || !isJsonObject(event.data)) return event;
    const { effect } = decide({
      principals: [principals.plugin(plugin)],
      ...deeds.read("messages"),
      scope: { conversation: event.conversation },
    });
    if (effect === "allow") return event;
    let stripped = without.get(event);
    if (!stripped) {
      const data: Record<string, unknown> = { ...event.data };
      for (const field of hidden) delete data[field];
      stripped = { ...event, data };
      without.set(event, stripped);
    }
    return stripped;
  };
}
