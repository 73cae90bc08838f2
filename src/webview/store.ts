import type { ActivityEntry, ConversationSummary, Item, ToWebview, ViewState } from "../protocol/webview.ts";

/** How many lines of activity the view keeps; older ones are in the journal. */
export const activityLimit = 500;

/** Everything that the host has told the view. What the person does locally (drafts, open rows) is elsewhere. */
export interface Model {
  /** The number of the last message applied; -1 before the first snapshot. */
  readonly seq: number;
  /** False before the first snapshot and after a gap: the view has to ask for a snapshot, and ignores all else. */
  readonly synced: boolean;
  readonly conversation?: { readonly id: string; readonly title: string };
  readonly items: readonly Item[];
  readonly activity: readonly ActivityEntry[];
  readonly state?: ViewState;
  readonly history?: { readonly query: string; readonly conversations: readonly ConversationSummary[] };
  /** The last wish of the host to fill the composer or show a section; a new `seq` is a new wish. */
  readonly compose?: { readonly seq: number; readonly text: string };
  readonly show?: { readonly seq: number; readonly section: "history" | "activity" | "composer" };
}

export const emptyModel: Model = { seq: -1, synced: false, items: [], activity: [] };

/**
 * Applies one message; pure. A snapshot always applies, and ends earlier wishes. Anything else applies only when it is
 * the next in sequence: an older one is dropped as a repetition, a later one shows a gap and leaves the model unsynced
 * until a snapshot comes.
 */
export function apply(model: Model, message: ToWebview): Model {
  if (message.type === "snapshot") {
    const { seq, conversation, items, activity, state } = message;
    const { history } = model;
    return { seq, synced: true, conversation, items, activity: activity.slice(-activityLimit), state, history };
  }
  if (!model.synced || message.seq <= model.seq) return model;
  if (message.seq !== model.seq + 1) return { ...model, synced: false };
  return { ...change(model, message), seq: message.seq };
}

function change(model: Model, message: Exclude<ToWebview, { type: "snapshot" }>): Model {
  if ("conversation" in message && message.conversation !== model.conversation?.id) return model;
  switch (message.type) {
    case "item":
      return { ...model, items: put(model.items, message.item) };
    case "text":
      return { ...model, items: append(model.items, message.id, message.text, message.thinking === true) };
    case "remove":
      return { ...model, items: model.items.filter((item) => item.id !== message.id) };
    case "activity":
      return { ...model, activity: [...model.activity, ...message.entries].slice(-activityLimit) };
    case "state":
      return { ...model, state: message.state };
    case "history":
      return { ...model, history: { query: message.query, conversations: message.conversations } };
    case "title":
      return { ...model, conversation: { id: message.conversation, title: message.title } };
    case "compose":
      return { ...model, compose: { seq: message.seq, text: message.text } };
    case "show":
      return { ...model, show: { seq: message.seq, section: message.section } };
  }
}

/** Replaces the item of that id where it stands, or adds it at the end. What streams is near the end, so it looks from there. */
function put(items: readonly Item[], item: Item): readonly Item[] {
  const index = items.findLastIndex((other) => other.id === item.id);
  return index < 0 ? [...items, item] : items.with(index, item);
}

/** Adds streamed text to a message, or to the output of a tool; an id that is not there changes nothing. */
function append(items: readonly Item[], id: string, text: string, thinking: boolean): readonly Item[] {
  const index = items.findLastIndex((item) => item.id === id);
  const item = items[index];
  if (item?.kind === "message") {
    const grown = thinking
      ? { ...item, thinking: (item.thinking ?? "") + text }
      : { ...item, content: item.content + text };
    return items.with(index, grown);
  }
  if (item?.kind === "tool") return items.with(index, { ...item, output: (item.output ?? "") + text });
  return items;
}
