import { Failure } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import type { PointSpec } from "../../protocol/plugin/intercepts.ts";
import type { InterceptHandler, Interception, InterceptPoint, InterceptResult } from "../intercepts.ts";
import type { OfferHandler, OfferSpec } from "../offers.ts";
import type { Registration } from "../registrar.ts";
import type { Verbs } from "../verbs.ts";

/**
 * Sees the data of a point and may answer other data, which takes its place. At points around calls the data are the
 * arguments, and after the fact the result; at all others it is the whole subject. A `PluginError` that it throws
 * denies, with its message as the reason.
 */
export type Hook = (data: never, interception: Interception) => unknown;

export interface Hooks {
  /** Hooks into a point: `before:tool`, `after:notes:save`, or `before:save` for the point `save` of whichever plugin has one. */
  register(point: string, hook: Hook, options?: Omit<InterceptPoint, "point" | "phase">): Registration;
  /**
   * Declares a point of the plugin's own, where its manifest does not. The handler does what the point stands around,
   * with the data as the hooks left them; without one the data are the result.
   */
  declare(point: string | PointSpec, handler?: (data: never) => unknown): Registration;
  /** Passes one of its own points: the hooks before it in order, its handler, the hooks after it in reverse; answers the result. */
  run<Result = unknown>(name: string, data?: Record<string, unknown>): Promise<Result>;
}

export interface HookParts extends Pick<Verbs, "call"> {
  readonly info: { readonly plugin: { readonly name: string } };
  intercept(point: InterceptPoint, handler: InterceptHandler): Registration;
  offer(spec: string | OfferSpec, handler: OfferHandler<never>): Registration;
}

export function createHooks(plugin: HookParts): Hooks {
  return {
    register: (point, hook, options) =>
      plugin.intercept({ ...options, point }, (interception) => runHook(hook, interception)),
    declare(point, handler = (data) => data) {
      if (typeof point === "string") return plugin.offer(point, (data: never) => handler(data));
      const { name, description, subject } = point;
      const spec: OfferSpec = { name, description, ...(subject && { input: subject }), facets: { point: true } };
      return plugin.offer(spec, (data: never) => handler(data));
    },
    run: (name, data = {}) => plugin.call(`${plugin.info.plugin.name}/${name}`, data),
  };
}

async function runHook(hook: Hook, interception: Interception): Promise<InterceptResult | undefined> {
  const { subject, phase } = interception;
  const field = "args" in subject ? (phase === "after" ? "result" : "args") : undefined;
  if (phase === "after" && "error" in subject) return undefined;
  try {
    const left = await hook((field ? subject[field] : subject) as never, interception);
    if (left === undefined) return undefined;
    if (field) return { decision: "allow", updated: { [field]: left } };
    return isJsonObject(left) ? { decision: "allow", updated: left } : undefined;
  } catch (error) {
    if (error instanceof Failure) return { decision: "deny", reason: error.message };
    throw error;
  }
}
