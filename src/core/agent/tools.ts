import type { ChatTool } from "../../protocol/plugin/capabilities.ts";
import type { KnownOffer } from "../offers/registry.ts";

/** A tool as a model sees it, and the offer behind it. */
export interface AgentTool {
  readonly tool: ChatTool;
  readonly known: KnownOffer;
}

/**
 * The agent's tools by the name that a model calls them by: `plugin_offer` in letters, digits, `_` and `-`, at most 64
 * characters; a name that is taken gets a number.
 */
export function agentTools(offers: readonly KnownOffer[]): Map<string, AgentTool> {
  const tools = new Map<string, AgentTool>();
  for (const known of offers) {
    const { offer, plugin } = known;
    if (!offer.facets?.agent) continue;
    const base = `${plugin}_${offer.name}`.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 60);
    let name = base;
    for (let number = 2; tools.has(name); number++) name = `${base}_${number}`;
    tools.set(name, {
      known,
      tool: {
        name,
        offer: `${plugin}/${offer.name}`,
        action: offer.action,
        description: offer.description,
        input: offer.input ?? { type: "object", properties: {} },
        examples: offer.examples,
      },
    });
  }
  return tools;
}
