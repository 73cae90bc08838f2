import { type Capabilities, configApplyOffer } from "./lifecycle.ts";

/**
 * The capability that both sides must have stated before a message may be sent; undefined for what every version has. Both
 * sides ask this, for what they send and for what comes.
 */
export function capabilityOf(
  method: string,
  params: Readonly<Record<string, unknown>>,
  to: "host" | "plugin",
): keyof Capabilities | undefined {
  if (method.startsWith("state/")) return "state";
  if (method.startsWith("conversation/")) return "conversation";
  if (method === "intercept") return "intercepts";
  if (method === "register" && params.intercept !== undefined) return "intercepts";
  if (method === "$/progress") return "progress";
  if (method === "$/credit") return "streaming";
  if (method !== "call") return undefined;
  if (params.detach === true) return "detachedCalls";
  return to === "plugin" && params.name === configApplyOffer ? "configApply" : undefined;
}
