import type { KnownOffer } from "../offers/registry.ts";
import type { Conversation } from "./conversation.ts";

const tag = /(?:^|[\s(])\+([a-z0-9][a-z0-9.-]{0,63})/gi;

/** The names that the person put behind a plus since the agent last spoke in another turn: `+weather will it rain?` */
export function tagsOf(conversation: Conversation, turn: string): ReadonlySet<string> {
  const names = new Set<string>();
  const entries = conversation.entries().sort((a, b) => b.position - a.position);
  for (const entry of entries) {
    if (entry.kind !== "message" || entry.queued || entry.origin) continue;
    if (entry.role === "assistant" && entry.turn !== turn) break;
    if (entry.role !== "user") continue;
    // A full stop after the name ends the sentence.
    for (const [, name = ""] of entry.content.matchAll(tag)) names.add(name.toLowerCase().replace(/[.-]+$/, ""));
  }
  return names;
}

/** Leaves out the offers of plugins that are only there when they are named, unless they are. */
export function withoutUntagged(
  offers: readonly KnownOffer[],
  onlyTagged: (plugin: string) => boolean,
  tags: ReadonlySet<string>,
): KnownOffer[] {
  return offers.filter(({ plugin }) => tags.has(plugin) || !onlyTagged(plugin));
}
