import { Failure } from "../../base/failure.ts";
import type { Acceptance } from "../../protocol/manifest.ts";
import { globMatches } from "../rules/patterns.ts";
import { principals } from "../rules/targets.ts";
import type { KnownOffer } from "./registry.ts";

/** Who may call an offer by the word of its own manifest, as patterns; undefined where everybody may. */
export function acceptedCallers(entries: readonly Acceptance[] = [], offer: string): readonly string[] | undefined {
  const about = entries.filter(({ offers }) => offers?.some((pattern) => globMatches(pattern, offer)) ?? true);
  return about.length === 0 ? undefined : about.map(({ who }) => who);
}

/** What `accepts` comes to for a person who reads the sheet: one line for each entry. */
export function acceptedLines(entries: readonly Acceptance[] = []): string[] {
  return entries.map(({ who, offers }) => `${offers ? offers.join(", ") : "all its offers"}: ${who}`);
}

/** The name that stands for a manifest's `accepts` where a rule is named. */
export const acceptsRule = (plugin: string): string => `accepts:${plugin}`;

/** Whether the target's own manifest lets somebody call an offer. The person and the plugin itself may always. */
export function isAccepted({ plugin, accepts }: KnownOffer, caller: string): boolean {
  if (!accepts || caller === principals.person || caller === principals.plugin(plugin)) return true;
  return accepts.some((pattern) => globMatches(pattern, caller));
}

/** Fails with `denied` where the target's own manifest refuses one of those who have it called. */
export function checkAccepted(known: KnownOffer, callers: readonly (string | undefined)[]): void {
  const caller = callers.find((one) => one !== undefined && !isAccepted(known, one));
  if (caller === undefined) return;
  const { plugin, offer, accepts = [] } = known;
  throw new Failure(
    "denied",
    `${plugin}/${offer.name} does not accept calls of ${caller}: its manifest accepts ${accepts.join(", ")}.`,
    {
      todo: `No rule of the person's changes this; the author of ${plugin} adds the caller to \`accepts\` in its manifest.`,
      details: { reason: "notAccepted", rule: acceptsRule(plugin), accepts },
    },
  );
}
