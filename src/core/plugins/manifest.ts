import { isJsonObject, parseJson } from "../../base/json.ts";
import {
  manifestNamespace,
  type PackageManifest,
  type ParleyManifest,
  packageManifest,
  parleyManifest,
} from "../../protocol/manifest.ts";
import { isPoint } from "../../protocol/plugin/intercepts.ts";
import { acceptsVersion, protocolVersion } from "../../protocol/version.ts";
import { ignoredFields } from "./ignoredFields.ts";
import { firstIssue } from "./issues.ts";
import { jsonFault } from "./jsonPlace.ts";

/**
 * What a `plugin.json` came to: a manifest, with Parley's part where it has one, and warnings about what was ignored;
 * or one sentence, without its full stop, that says why the package is rejected.
 */
export type ManifestReading =
  | { readonly manifest: PackageManifest; readonly parley: ParleyManifest | undefined; readonly warnings: string[] }
  | { readonly problem: string };

/** Reads the text of a `plugin.json`. A standard package that knows nothing of Parley is fine and has no `parley`. */
export function readManifest(text: string): ManifestReading {
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  const value = parseJson(plain);
  if (value === undefined) return { problem: `plugin.json is not JSON (${jsonFault(plain) ?? "it cannot be parsed"})` };
  if (!isJsonObject(value)) return { problem: "plugin.json must be an object" };
  const read = packageManifest.safeParse(value);
  if (!read.success) return { problem: `plugin.json: ${firstIssue(read.error, "it")}` };
  const warnings = Object.keys(value)
    .filter((field) => !Object.hasOwn(packageManifest.shape, field))
    .map((field) => `plugin.json: the unknown field "${field}" is ignored.`);
  const part = read.data.extensions?.[manifestNamespace];
  if (part === undefined) return { manifest: read.data, parley: undefined, warnings };
  const parley = parleyManifest.safeParse(part);
  if (!parley.success) {
    const prefix = `extensions["${manifestNamespace}"]`;
    return { problem: `plugin.json: ${firstIssue(parley.error, `"${prefix}"`, prefix)}` };
  }
  for (const field of ignoredFields(part, parley.data))
    warnings.push(`plugin.json: the unknown field "extensions["${manifestNamespace}"].${field}" is ignored.`);
  for (const { point } of parley.data.intercepts)
    if (!isPoint(point)) warnings.push(`plugin.json: there is no point "${point}", so its intercept is never asked.`);
  const problem = versionProblem(parley.data) ?? repeatedOffer(parley.data);
  return problem ? { problem } : { manifest: read.data, parley: parley.data, warnings };
}

function versionProblem({ parley }: ParleyManifest): string | undefined {
  if (acceptsVersion(parley)) return undefined;
  return `it speaks protocol version ${parley}, and this Parley speaks version ${protocolVersion}: update the one that is older`;
}

function repeatedOffer({ offers, points }: ParleyManifest): string | undefined {
  const names = new Set<string>();
  for (const { name } of offers) {
    if (names.has(name)) return `plugin.json: the offer "${name}" is there twice`;
    names.add(name);
  }
  for (const { name } of points) {
    if (names.has(name)) return `plugin.json: the point "${name}" has the name of another point or offer`;
    names.add(name);
  }
  return undefined;
}
