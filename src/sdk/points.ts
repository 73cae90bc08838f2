import { Failure } from "../base/failure.ts";
import { isPoint, pointAdvice } from "../protocol/plugin/intercepts.ts";
import type { InterceptPoint } from "./intercepts.ts";

/**
 * A point as authors write it. `before:save` and `after:save` say the phase with it; a name with them that is none of
 * the host's points stands for that point of whichever plugin has one, `*:save`. Throws `invalidParams` for what would
 * never be passed.
 */
export function parsePoint(written: string | InterceptPoint): InterceptPoint {
  const spec = typeof written === "string" ? { point: written } : written;
  if (typeof spec?.point !== "string")
    throw new Failure("invalidParams", "A point is missing before the handler.", {
      todo: 'Say around what, as in `middleware.use("tool", handler)`.',
    });
  const [, phase, rest] = /^(before|after):(.+)$/s.exec(spec.point) ?? [];
  const name = rest ?? spec.point;
  const point = rest !== undefined && !isPoint(name) ? `*:${name}` : name;
  if (!isPoint(point)) throw new Failure("invalidParams", `There is no point "${point}".`, { todo: pointAdvice });
  return {
    ...spec,
    point,
    ...(phase && { phase: phase as "before" }),
  };
}
