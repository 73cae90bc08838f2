/** A panel played in the test: what it is sent, and what it shows after having applied that. */
import { FakeClock } from "../../../../src/base/clock.ts";
import { ConversationFeed, type FeedParts, type WindowActions } from "../../../../src/core/agent/feed.ts";
import type { Item, ToWebview } from "../../../../src/protocol/webview.ts";
import type { ScriptedHost } from "../../../support/scriptedHost.ts";

export interface Panel {
  readonly feed: ConversationFeed;
  readonly clock: FakeClock;
  readonly messages: ToWebview[];
  /** What the window was asked to do. */
  readonly asked: unknown[][];
  /** Makes the next asking for the state wait; undefined again once it does. */
  hold: Promise<void> | undefined;
  of<T extends ToWebview["type"]>(type: T): Extract<ToWebview, { type: T }>[];
  /** What the panel shows now, having begun with the last snapshot. */
  shown(): { id: string; title: string; items: Item[] };
}

export function openPanel({ host }: ScriptedHost, window: Partial<WindowActions> = {}): Panel {
  const clock = new FakeClock();
  const messages: ToWebview[] = [];
  const asked: unknown[][] = [];
  const note =
    (what: string) =>
    async (...args: unknown[]): Promise<void> =>
      void asked.push([what, ...args]);
  const parts: FeedParts = {
    conversations: host.conversations,
    agent: host.agent,
    approvals: host.approvals,
    calls: host.calls,
    activity: () => host.activity.entries(),
    state: async (conversation) => {
      const { hold } = panel;
      panel.hold = undefined;
      await hold;
      return {
        model: { id: "scripted", label: "Scripted", kind: "model" },
        mode: "agent",
        usage: conversation.record.usage,
        plugins: { running: 0, failed: 0 },
        examples: [],
      } as unknown as Awaited<ReturnType<FeedParts["state"]>>;
    },
    window: {
      openFile: note("openFile"),
      openDiff: async ({ id }, index) => void asked.push(["openDiff", id, index]),
      insert: note("insert"),
      pickModel: note("pickModel"),
      setMode: note("setMode"),
      command: note("command"),
      failed: (...said) => void asked.push(["failed", ...said]),
      ...window,
    },
    clock,
  };
  const panel: Panel = {
    feed: new ConversationFeed(parts, (message) => messages.push(structuredClone(message))),
    clock,
    messages,
    asked,
    hold: undefined,
    of: (type) => messages.filter((message) => message.type === type) as never,
    shown: () => replay(messages),
  };
  return panel;
}

/** A panel's own arithmetic, written again here so that the feed is held against it and not against itself. */
function replay(messages: readonly ToWebview[]): { id: string; title: string; items: Item[] } {
  let shown: { id: string; title: string; items: Item[] } | undefined;
  let seq = 0;
  for (const message of structuredClone(messages) as ToWebview[]) {
    if (message.seq !== seq + 1) throw new Error(`Message ${message.seq} came after ${seq}.`);
    seq = message.seq;
    if (message.type === "snapshot") shown = { ...message.conversation, items: message.items };
    if (!shown || !("conversation" in message) || message.conversation !== shown.id) continue;
    const { items } = shown;
    if (message.type === "title") shown.title = message.title;
    if (message.type === "remove") shown.items = items.filter(({ id }) => id !== message.id);
    if (message.type === "item") {
      const at = items.findIndex(({ id }) => id === message.item.id);
      if (at < 0) items.push(message.item);
      else items[at] = message.item;
    }
    if (message.type === "text") {
      const item = items.find(({ id }) => id === message.id);
      if (item?.kind !== "message") throw new Error("Text came for a message that is not there.");
      if (message.thinking) item.thinking = (item.thinking ?? "") + message.text;
      else item.content += message.text;
    }
  }
  if (!shown) throw new Error("There was no snapshot.");
  return shown;
}
