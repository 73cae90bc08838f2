import * as z from "zod";
import type { VsCodeApi } from "./channel.ts";

const anchor = z.object({ id: z.string(), offset: z.number() });

/** What survives when VS Code destroys the hidden page: small, and nothing that the host could tell again. */
const remembered = z.object({
  conversation: z.string().optional(),
  /** Unsent text by conversation, the most recently touched last. */
  drafts: z.array(z.tuple([z.string(), z.string()])).default([]),
  activityOpen: z.boolean().default(false),
  /** Where the person had scrolled to: an item and the pixels past its start; absent while following. */
  anchors: z.array(z.tuple([z.string(), anchor])).default([]),
});
type Remembered = z.infer<typeof remembered>;
export type Anchor = z.infer<typeof anchor>;

const kept = 20;
const longestDraft = 200_000;

/** The view's memory between two lives of the page. Reading never throws: a state of another shape counts as none. */
export interface Memory {
  conversation(): string | undefined;
  setConversation(id: string): void;
  draft(conversation: string): string;
  setDraft(conversation: string, text: string): void;
  activityOpen(): boolean;
  setActivityOpen(open: boolean): void;
  anchor(conversation: string): Anchor | undefined;
  setAnchor(conversation: string, anchor: Anchor | undefined): void;
}

export function openMemory(api: Pick<VsCodeApi, "getState" | "setState">): Memory {
  const parsed = remembered.safeParse(api.getState() ?? {});
  let state: Remembered = parsed.success ? parsed.data : { drafts: [], activityOpen: false, anchors: [] };
  const save = (change: Partial<Remembered>) => {
    state = { ...state, ...change };
    api.setState(state);
  };
  return {
    conversation: () => state.conversation,
    setConversation: (conversation) => {
      if (state.conversation !== conversation) save({ conversation });
    },
    draft: (conversation) => find(state.drafts, conversation) ?? "",
    setDraft: (conversation, text) =>
      save({ drafts: put(state.drafts, conversation, text === "" ? undefined : text.slice(0, longestDraft)) }),
    activityOpen: () => state.activityOpen,
    setActivityOpen: (activityOpen) => save({ activityOpen }),
    anchor: (conversation) => find(state.anchors, conversation),
    setAnchor: (conversation, to) => save({ anchors: put(state.anchors, conversation, to) }),
  };
}

function find<T>(pairs: readonly [string, T][], key: string): T | undefined {
  return pairs.find(([id]) => id === key)?.[1];
}

function put<T>(pairs: readonly [string, T][], key: string, value: T | undefined): [string, T][] {
  const others = pairs.filter(([id]) => id !== key);
  return value === undefined ? others : [...others, [key, value] satisfies [string, T]].slice(-kept);
}
