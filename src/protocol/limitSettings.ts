import { limitRanges, limits, rateRanges, rates } from "./limits.ts";

/** The JSON Schema of the setting `parley.limits`, which package.json contributes; a test holds the two against each other. */
export function limitsSettingSchema(): Record<string, unknown> {
  const own = {
    ...Object.fromEntries(
      Object.entries(limitRanges).map(([name, [minimum, maximum]]) => [
        name,
        {
          type: "integer",
          minimum,
          maximum,
          markdownDescription: `Default: ${limits[name as keyof typeof limitRanges]}.`,
        },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(rates).map(([name, rate]) => [
        name,
        {
          type: "object",
          additionalProperties: false,
          markdownDescription: `Default: ${shown(rate.perSecond)} a second, ${rate.burst} at once.`,
          properties: { perSecond: part("number", rateRanges.perSecond), burst: part("integer", rateRanges.burst) },
        },
      ]),
    ),
  };
  return {
    type: "object",
    default: {},
    scope: "machine",
    markdownDescription:
      'Limits of plugins that differ from the defaults, for example `{ "eventQueueCount": 5000, "logs": { "burst": 1000 } }`; below `plugins` those of one plugin: `{ "plugins": { "hello": { "callDepth": 4 } } }`. Bytes, counts, milliseconds. The reference of the protocol lists them.',
    additionalProperties: false,
    properties: {
      ...own,
      plugins: {
        type: "object",
        additionalProperties: { type: "object" },
        markdownDescription: "The same limits for single plugins, by the plugin's name.",
      },
    },
  };
}

function part(type: "number" | "integer", [minimum, maximum]: readonly [number, number]) {
  return { type, minimum, maximum };
}

function shown(perSecond: number): string {
  return perSecond < 1 ? `${Math.round(perSecond * 60)}/60` : String(perSecond);
}
