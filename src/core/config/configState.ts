import type { JsonSchema } from "../../protocol/plugin/common.ts";
import type { ConfigError } from "../../protocol/plugin/lifecycle.ts";
import type { InstalledPlugin } from "../plugins/installed.ts";
import type { ResolvedConfig } from "./resolve.ts";

/** Something about a plugin's settings that the person should read. */
export interface ConfigNotice {
  readonly plugin: string;
  /** `wrong`: values that are not taken. `restart`: values that wait for the next start. */
  readonly kind: "wrong" | "restart";
  readonly text: string;
  readonly todo: string;
}

/** What is known of the settings of one plugin. */
export interface ConfigState {
  plugin: InstalledPlugin;
  /** Of the manifest; else what the plugin itself stated when it was last started. */
  schema: JsonSchema | undefined;
  secrets: Readonly<Record<string, string>>;
  resolved: ResolvedConfig;
  /** What is wrong with that schema itself, once somebody asked. */
  flaws: { readonly of: JsonSchema | undefined; readonly found: readonly ConfigError[] } | undefined;
  /** What its process was given last. */
  given: Record<string, unknown> | undefined;
  refused: Map<string, { value: string; message: string }>;
  /** What the person was told last, so that it is said once. */
  said: string;
  /** The settings that wait for a restart which the person was asked for. */
  asked: string;
  /** Pushes to its process, one after the other. */
  pushing: Promise<void>;
}

/** The field's name comes first, unless the check has put it there. */
export function sentenceOf(plugin: string, { field, message }: ConfigError): string {
  const named = field === "" || message.startsWith('"') ? message : `"${field}" ${message}`;
  return `The settings of ${plugin}: ${named.replace(/[.]$/, "")}.`;
}

/** Names in quotes, one after the other. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
