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
  "call.counted": ["error"],
  "call.progress": ["message"],
  // A title is made of what was said.
  "conversation.created": ["title"],
  "conversation.renamed": ["title"],
  "conversation.deleted": ["title"],
  "plugin.actionRequested": ["params"],
  // A gate says what it found, and a change that did not fit is quoted.
  "plugin.intercepted": ["reason"],
  "compaction.complete": ["error"],
  "agent.start": ["message"],
  "agent.end": ["content", "error"],
  "message.added": ["content"],
  "permission.request": ["arguments", "path", "command"],
  "diff.preview": ["diff"],
  "thought.complete": ["thinking"],
};

/** A change of shared state is told to whoever may read that state. */
function mayReadState(
  decide: (request: RightRequest) => Verdict,
  { type, source, data, conversation }: PluginEvent,
  asking: readonly string[],
): boolean {
  if (source !== "host" || !type.startsWith("state.shared.") || !isJsonObject(data)) return true;
  return (
    decide({ principals: asking, ...deeds.state(String(data.scope), "read"), scope: { conversation } }).effect ===
    "allow"
  );
}

/** What one plugin sees of events at one moment. */
export type Viewer = (event: PluginEvent) => PluginEvent | undefined;

/**
 * What a plugin sees of events at the moment of delivery: nothing without the right to hear its topic, and without the
 * right to read the conversation none of what was said in it. All who see the same of an event see the same object. A viewer is
 * for one moment, in which nothing is decided twice.
 */
export function viewers(decide: (request: RightRequest) => Verdict): (plugin: string) => Viewer {
  const without = new WeakMap<PluginEvent, PluginEvent>();
  return (plugin) => {
    const asking = [principals.plugin(plugin)];
    const heard = new Map<string, boolean>();
    const hears = ({ type, conversation }: PluginEvent): boolean => {
      const key = conversation === undefined ? type : `${type} ${conversation}`;
      let may = heard.get(key);
      if (may === undefined) {
        may = decide({ principals: asking, ...deeds.subscribe(type), scope: { conversation } }).effect === "allow";
        heard.set(key, may);
      }
      return may;
    };
    return (event) => {
      if (!hears(event) || !mayReadState(decide, event, asking)) return undefined;
      const hidden = event.source === "host" ? contents[event.type] : undefined;
      if (!hidden || !isJsonObject(event.data)) return event;
      const scope = { conversation: event.conversation };
      if (decide({ principals: asking, ...deeds.read("messages"), scope }).effect === "allow") return event;
      let stripped = without.get(event);
      if (!stripped) {
        const data: Record<string, unknown> = { ...event.data };
        for (const field of hidden) delete data[field];
        stripped = { ...event, data };
        without.set(event, stripped);
      }
      return stripped;
    };
  };
}
