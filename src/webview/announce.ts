import type { Item, ToolItem } from "../protocol/webview.ts";
import type { Model } from "./store.ts";

/** What a screen reader is told: at once for questions and errors, in its own time for the rest. */
export interface Announcement {
  readonly text: string;
  readonly urgent: boolean;
}

const longest = 240;
/** When much comes at once, the newest is said. */
const most = 3;

/** What to announce when the model goes from one state to the next; nothing when another conversation is opened. */
export function announcements(before: Model, after: Model): Announcement[] {
  if (before.conversation === undefined || before.conversation.id !== after.conversation?.id) return [];
  if (before.items === after.items) return [];
  const old = new Map(before.items.map((item) => [item.id, item]));
  const said: Announcement[] = [];
  for (let index = after.items.length - 1; index >= 0 && said.length < most; index--) {
    const item = after.items[index];
    const was = item && old.get(item.id);
    const one = item && was !== item ? announce(item, was) : undefined;
    if (one) said.unshift({ ...one, text: shorten(one.text) });
  }
  return said;
}

function announce(item: Item, was: Item | undefined): Announcement | undefined {
  switch (item.kind) {
    case "approval":
      if (item.choice !== undefined || was) return undefined;
      return { text: `Approval needed: ${item.title}, from ${item.plugin}.`, urgent: true };
    case "notice":
      return was ? undefined : { text: `${item.text} ${item.todo ?? ""}`, urgent: item.level === "error" };
    case "tool":
      if (item.status === statusOf(was)) return undefined;
      if (item.detached && was && item.status in ends)
        return { text: `${item.title}, in the background, ${ends[item.status]}. ${item.outcome ?? ""}`, urgent: false };
      if (item.parent !== undefined || item.status !== "failed") return undefined;
      return { text: `${item.title} failed. ${item.outcome ?? ""}`, urgent: false };
    case "message": {
      const streamed = was?.kind === "message" && was.streaming === true;
      if (item.streaming || item.role === "user" || (was && !streamed)) return undefined;
      const who = item.origin ? `Message from ${item.origin.plugin}` : item.role === "system" ? "Notice" : "Reply";
      return { text: `${who}: ${plain(item.content)}`, urgent: false };
    }
  }
}

/** How work ends that nobody waits for. */
const ends: Partial<Record<ToolItem["status"], string>> = {
  succeeded: "has ended",
  failed: "failed",
  cancelled: "was cancelled",
  interrupted: "was interrupted",
};

const statusOf = (item: Item | undefined) => (item?.kind === "tool" ? item.status : undefined);

/** Markdown without its marks, as it should be read out. */
function plain(markdown: string): string {
  return markdown
    .slice(0, longest * 4)
    .replace(/^(```|~~~).*$/gm, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`#>|]+/g, "")
    .replace(/\s+/g, " ");
}

function shorten(text: string): string {
  const trimmed = text.trim();
  return trimmed.length <= longest ? trimmed : `${trimmed.slice(0, longest)}…`;
}
