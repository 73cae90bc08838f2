import { hostPoints } from "../protocol/plugin/intercepts.ts";
import type { InterceptPoint } from "./intercepts.ts";

/**
 * A point as authors write it. `before:save` and `after:save` say the phase with it; a name alone that is none of the host's points stands
 * for that point of whichever plugin has one, `*:save`.
 */
export function parsePoint(written: string | InterceptPoint): InterceptPoint {
  const spec = typeof written === "string" ? { point: written } : written;
  const [, phase, rest] = /^(before|after):(.+)$/s.exec(spec.point) ?? [];
  const name = rest ?? spec.point;
  const known = name.includes(":") || name.includes("*") || hostPoints.some((one) => one === name);
  return {
    ...spec,
    point: rest !== undefined && !known ? `*:${name}` : name,
    ...(phase && { phase: phase as "before" }),
  };
}
