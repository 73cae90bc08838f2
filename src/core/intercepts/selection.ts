import type { InterceptSpec } from "../../protocol/plugin/intercepts.ts";
import { globMatches } from "../rules/patterns.ts";
import type { Registration } from "./types.ts";

export type Phase = InterceptSpec["phase"];

/** Whether an intercept is at a point, in whichever phase and for whatever subject. */
export function atPoint({ point: own }: InterceptSpec, point: string): boolean {
  return own === point || globMatches(own, point);
}

/** Whether an intercept wants to be asked about this. A subject that names no offer fits only without `match`. */
export function wants(spec: InterceptSpec, phase: Phase, point: string, subject: Record<string, unknown>): boolean {
  if (spec.phase !== phase || !atPoint(spec, point)) return false;
  if (spec.match === undefined) return true;
  const { plugin, name } = subject;
  return typeof plugin === "string" && typeof name === "string" && globMatches(spec.match, `${plugin}/${name}`);
}

/**
 * Those to ask, in order: before a point the lowest `order` first and the first registered first, after it the other way round. A
 * plugin whose registrations have no handle cannot tell them apart and is asked once.
 */
export function choose(
  registrations: Iterable<Registration>,
  phase: Phase,
  point: string,
  subject: Record<string, unknown>,
): Registration[] {
  const fitting = [...registrations].filter(({ spec }) => wants(spec, phase, point, subject));
  fitting.sort((one, other) => (one.spec.order ?? 0) - (other.spec.order ?? 0));
  if (phase === "after") fitting.reverse();
  const seen = new Set<string>();
  return fitting.filter(({ plugin, handle }) => {
    if (handle !== undefined) return true;
    if (seen.has(plugin)) return false;
    seen.add(plugin);
    return true;
  });
}

/** Points at which something is done with rights: who guards one of them and cannot, blocks. */
const gates: ReadonlySet<string> = new Set(["tool", "call", "edit", "gateway"]);

/**
 * A gate of tools and rights blocks when its plugin does not answer; whoever only looks on does not. That goes by the point which is
 * passed, where a pattern stands for several.
 */
export function onFailureOf({ onFailure, phase }: InterceptSpec, point: string): "allow" | "block" {
  if (onFailure) return onFailure;
  return phase === "before" && (gates.has(point) || point.includes(":")) ? "block" : "allow";
}
