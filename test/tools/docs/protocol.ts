/** The parts of `docs/protocol.md` that are made of the schemas. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes, errorMeanings } from "../../../src/protocol/codes.ts";
import { limits, rates } from "../../../src/protocol/limits.ts";
import { packageManifest, parleyManifest } from "../../../src/protocol/manifest.ts";
import { activityEvents, hostTopicRoots } from "../../../src/protocol/plugin/activity.ts";
import {
  hostToPlugin,
  type MethodSpec,
  type MethodTable,
  pluginToHost,
  type RequestSpec,
} from "../../../src/protocol/plugin/methods.ts";
import { root } from "../paths.ts";
import { count, escaped, fieldTables, link, type Schema } from "./fields.ts";
import type { Meanings } from "./meanings.ts";
import { wrapped } from "./prose.ts";
import { bodyOf, sharedTypes } from "./schemas.ts";

/** Each part by the name of its placeholder, and what is missing in `meanings.json`. */
export function protocolParts(meanings: Meanings): { parts: Record<string, string>; problems: string[] } {
  const problems: string[] = [];
  const shared = Object.fromEntries(Object.entries(sharedTypes).map(([name, schema]) => [name, bodyOf(schema)]));
  const tables = fieldTables((key) => meanings.field(key), shared);
  const say = (kind: "limits" | "rates" | "topics", name: string): string => {
    const said = meanings.file[kind][name];
    if (!said) problems.push(`docs/parts/meanings.json says nothing about ${kind} "${name}"`);
    return said ?? "";
  };

  const message = (method: string, spec: MethodSpec): string => {
    const names = schemaNames(method);
    const said = meanings.file.methods[method] ?? meanings.docs.exports.get(names.params);
    if (!said) problems.push(`Nothing says what ${method} is for`);
    const kind =
      spec.kind === "request" ? (spec.orNotification ? "request or notification" : "request") : "notification";
    const about = wrapped(`*${kind}, ${senderOf(method)}* · ${withoutName(said ?? "")}`);
    const lines = [`### \`${method}\``, "", about, ""];
    lines.push(...forms(bodyOf(spec.params), names.params, tables, "Params"));
    if (spec.kind === "request") lines.push(...resultOf(spec.result, names.result, tables));
    return lines.join("\n");
  };
  const section = (table: MethodTable, only: (method: string) => boolean): string =>
    Object.entries(table)
      .filter(([method]) => only(method))
      .map(([method, spec]) => message(method, spec))
      .join("\n");

  const inBoth = (method: string) => method in hostToPlugin && method in pluginToHost;
  const parts: Record<string, string> = {
    overview: overview(),
    both: section(hostToPlugin, inBoth),
    hostToPlugin: section(hostToPlugin, (method) => !inBoth(method)),
    pluginToHost: section(pluginToHost, (method) => !inBoth(method)),
    types: Object.entries(sharedTypes)
      .map(([name, schema]) => typeSection(name, bodyOf(schema), meanings, tables, problems))
      .join("\n\n"),
    errors: errorTable(),
    limits: [
      "| limit | value | what it bounds |",
      "|---|---|---|",
      ...Object.entries(limits).map(
        ([name, value]) => `| \`${name}\` | ${sized(name, value)} | ${say("limits", name)} |`,
      ),
    ].join("\n"),
    rates: [
      "| what | steady | burst | counted |",
      "|---|---|---|---|",
      ...Object.entries(rates).map(
        ([name, { perSecond, burst }]) => `| \`${name}\` | ${pace(perSecond)} | ${burst} | ${say("rates", name)} |`,
      ),
    ].join("\n"),
    topics: [
      "| topic | data | when |",
      "|---|---|---|",
      ...Object.entries(activityEvents).map(([topic, schema]) => {
        const said = meanings.docs.fields.get(`activityEvents.${topic}`) ?? "";
        const when = [say("topics", topic), said].filter(Boolean).join(" ");
        return `| \`${topic}\` | ${escaped(payload(bodyOf(schema)))} | ${escaped(when)} |`;
      }),
    ].join("\n"),
    reservedTopics: wrapped(hostTopicRoots.map((name) => `\`${name}.\``).join(", ")),
    manifestPackage: tables.table(bodyOf(packageManifest), "packageManifest"),
    manifestParley: tables.table(bodyOf(parleyManifest), "parleyManifest"),
  };
  for (const key of tables.unexplained) problems.push(`Nothing says what the field ${key} means`);
  for (const key of meanings.unused()) problems.push(`docs/parts/meanings.json explains ${key}, which is not there`);
  return { parts, problems };
}

/** A docstring without the name and direction that stand before it already. */
function withoutName(said: string): string {
  const rest = said.replace(/^`[^`]+` \((?:host → plugin|plugin → host|both|both directions)\)[:.] /, "");
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** One line per message, for a reader who looks for a name. */
function overview(): string {
  const row = ([method, spec]: [string, MethodSpec]) => {
    const kind = spec.kind === "request" ? (spec.orNotification ? "either" : "request") : "notification";
    return `| [\`${method}\`](#${method.toLowerCase().replace(/[^a-z]/g, "")}) | ${senderOf(method)} | ${kind} |`;
  };
  const all = new Map<string, MethodSpec>([...Object.entries(hostToPlugin), ...Object.entries(pluginToHost)]);
  return ["| message | who sends it | kind |", "|---|---|---|", ...[...all].map(row)].join("\n");
}

function senderOf(method: string): string {
  const fromHost = method in hostToPlugin;
  const fromPlugin = method in pluginToHost;
  if (fromHost && fromPlugin) return "both sides";
  return fromHost ? "host → plugin" : "plugin → host";
}

/** The exports that a method's schemas have in their files, read from the method table itself. */
function schemaNames(method: string): { params: string; result: string } {
  const source = readFileSync(join(root, "src", "protocol", "plugin", "methods.ts"), "utf8");
  const quoted = method.replace(/[$/.]/g, "\\$&");
  const found = new RegExp(`^ {2}"?${quoted}"?: .*?\\((?:\\w+\\.)?(\\w+)(?:, (?:\\w+\\.)?(\\w+))?\\)`, "m").exec(
    source,
  );
  return { params: found?.[1] ?? "", result: found?.[2] ?? "" };
}

function resultOf(schema: RequestSpec["result"], owner: string, tables: ReturnType<typeof fieldTables>): string[] {
  const shared = Object.entries(sharedTypes).find(([, type]) => type === schema)?.[0];
  return shared ? [`Result: ${link(shared)}.`, ""] : forms(bodyOf(schema), owner, tables, "Result");
}

/** The fields of params or of a result: one table, or one for each form that it can take. */
function forms(schema: Schema, owner: string, tables: ReturnType<typeof fieldTables>, what: string): string[] {
  const variants = (schema.anyOf ?? []).filter((variant) => Object.keys(variant.properties ?? {}).length > 0);
  if (variants.length > 0) {
    const rows = variants.map((variant) => tables.table(variant, owner).split("\n"));
    const [first = []] = rows;
    return [
      `${what}: exactly one of these fields.`,
      "",
      ...first.slice(0, 2),
      ...rows.flatMap((lines) => lines.slice(2)),
      "",
    ];
  }
  const fields = Object.keys(schema.properties ?? {}).filter((name) => name !== "_meta");
  if (fields.length > 0) return [`${what}:`, "", tables.table(schema, owner), ""];
  if (what === "Params") return [];
  const own = schema.properties || schema.anyOf ? "empty" : tables.typeOf(schema);
  return [`${what}: ${own}.`, ""];
}

function typeSection(
  name: string,
  schema: Schema,
  meanings: Meanings,
  tables: ReturnType<typeof fieldTables>,
  problems: string[],
): string {
  const said = meanings.file.types[name] ?? meanings.docs.exports.get(name);
  if (!said) problems.push(`Nothing says what the type ${name} is`);
  const lines = [`### ${name}`, "", wrapped(said ?? ""), ""];
  const variants = schema.anyOf ?? schema.oneOf;
  if (schema.properties) lines.push(tables.table(schema, name));
  else if (variants?.some((variant) => variant.properties)) {
    for (const variant of variants) lines.push(tables.table(variant, name), "");
  } else {
    const pattern = schema.pattern ? `, \`${schema.pattern}\`` : "";
    lines.push(wrapped(`A ${tables.typeOf(schema)}${pattern}.`));
  }
  return lines.join("\n").trimEnd();
}

export function errorTable(): string {
  const rows = Object.entries(errorCodes).map(
    ([name, code]) => `| ${code} | \`${name}\` | ${errorMeanings[name as keyof typeof errorCodes]} |`,
  );
  return ["| code | name | meaning |", "|---|---|---|", ...rows].join("\n");
}

function payload(schema: Schema): string {
  const field = ([name, value]: [string, Schema]) =>
    `${name}${schema.required?.includes(name) ? "" : "?"}: ${shortType(value)}`;
  return `\`{${Object.entries(schema.properties ?? {})
    .map(field)
    .join(", ")}}\``;
}

function shortType(schema: Schema): string {
  if (schema.$ref) return schema.$ref.replace("#/$defs/", "");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.type === "array") {
    const [item = {}] = [schema.items];
    return item.properties ? `[{${Object.keys(item.properties).join(", ")}}]` : `[${shortType(item)}]`;
  }
  return [schema.type ?? "any"].flat().join(" or ");
}

function sized(name: string, value: number): string {
  if (/Bytes$/.test(name)) return value >= 1024 * 1024 ? `${value / 1024 / 1024} MiB` : `${value / 1024} KiB`;
  if (/Ms$/.test(name)) return `${value / 1000} s`;
  return count(value);
}

function pace(perSecond: number): string {
  return perSecond >= 1 ? `${perSecond} a second` : `${Math.round(perSecond * 60)} a minute`;
}
