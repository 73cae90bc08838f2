import { Emitter } from "../../base/emitter.ts";
import type { JsonSchema } from "../../protocol/plugin/common.ts";
import type { ConfigError } from "../../protocol/plugin/lifecycle.ts";
import type { Ineligible, InstalledPlugin } from "../plugins/installed.ts";
import type { PluginRun } from "../plugins/run.ts";
import type { ValidatorPort } from "../ports.ts";
import { ConfigPush } from "./configPush.ts";
import { type ConfigNotice, type ConfigState, quoted, sentenceOf } from "./configState.ts";
import { flawsOfSchema, resolveConfig } from "./resolve.ts";
import { type ConfigField, fieldsOf } from "./schema.ts";
import type { Secrets } from "./secrets.ts";

/** Where the values of plugins come from, and where it is written what they run with. */
export interface ConfigParts {
  readonly validator: ValidatorPort;
  /** What the person wrote in the settings, read anew each time. */
  readonly written: (plugin: string) => Record<string, unknown>;
  /** The plugin's secrets by the names of its settings, from the secret storage. */
  readonly secrets: (plugin: InstalledPlugin) => Promise<Readonly<Record<string, string>>>;
  /** Is told of each of them. */
  readonly known: Secrets;
  /** Writes what the plugin runs with, which holds no secret, into its data folder. */
  readonly keep: (plugin: InstalledPlugin, values: Record<string, unknown>) => Promise<void>;
  readonly running: (plugin: string) => PluginRun | undefined;
  /** What failed and hurts nobody, for the log. */
  readonly failed: (what: string, error: unknown) => void;
}

/**
 * The configuration of every plugin: what it is, whether it is complete, and that a running plugin learns of each change.
 * Secrets pass through here to the plugin and nowhere else.
 */
export class Configs {
  readonly #parts: ConfigParts;
  readonly #states = new Map<string, ConfigState>();
  readonly #notices = new Emitter<ConfigNotice>();
  readonly #changed = new Emitter<string>();
  /** Says what the person should read. */
  readonly onNotice = this.#notices.event;
  /** Fires with the plugin's name when what `ineligible` or `problems` answers may have changed. */
  readonly onDidChange = this.#changed.event;

  readonly #live: ConfigPush;

  constructor(parts: ConfigParts) {
    this.#parts = parts;
    this.#live = new ConfigPush({
      ...{ keep: parts.keep, running: parts.running, failed: parts.failed },
      notify: (notice) => this.#notices.fire(notice),
      refused: (state) => {
        this.#resolve(state);
        this.#changed.fire(state.plugin.name);
      },
    });
  }

  /** Takes over what was found; afterwards `ineligible` knows of every plugin. */
  async load(found: readonly InstalledPlugin[]): Promise<void> {
    await Promise.all(found.filter((plugin) => plugin.parley && !plugin.shadowedBy).map((one) => this.#take(one)));
  }

  /** What is missing for the plugin to run. */
  ineligible({ name, parley }: InstalledPlugin): Ineligible | undefined {
    const state = this.#states.get(name);
    if (!state || !parley || state.resolved.missing.length === 0) return undefined;
    const { missing } = state.resolved;
    const secrets = missing.filter((field) => this.secretFields(name).some((one) => one.name === field));
    const plain = missing.filter((field) => !secrets.includes(field));
    const todo = [
      plain.length > 0 && `Set ${quoted(plain)} of "${name}" in the setting parley.plugins.settings.`,
      secrets.length > 0 && `Set ${quoted(secrets)} with Parley: Set Plugin Secret…`,
    ];
    return {
      reason: "needsConfiguration",
      text: `${name} needs configuration: ${quoted(missing)} ${missing.length > 1 ? "are" : "is"} missing.`,
      todo: todo.filter(Boolean).join(" "),
    };
  }

  /** Sentences about settings that are wrong now, and about what is wrong with the plugin's schema itself. */
  problems(name: string): string[] {
    const state = this.#states.get(name);
    if (!state) return [];
    return [...state.resolved.errors, ...this.#flaws(state)].map((error) => sentenceOf(name, error));
  }

  /** A schema is compiled for this when its plugin is looked at, once. */
  #flaws(state: ConfigState): readonly ConfigError[] {
    const { schema } = state;
    if (state.flaws?.of !== schema) state.flaws = { of: schema, found: flawsOfSchema(schema, this.#parts.validator) };
    return state.flaws?.found ?? [];
  }

  /** The settings that are kept in the secret storage. */
  secretFields(name: string): ConfigField[] {
    return fieldsOf(this.#states.get(name)?.schema).filter(({ secret }) => secret);
  }

  /** What a process that begins now is told. */
  async forInitialize(plugin: InstalledPlugin): Promise<Record<string, unknown>> {
    const state = await this.#take(plugin);
    state.given = state.resolved.values;
    state.asked = "";
    return { ...state.given };
  }

  /** The plugin answered `initialize`: what it says of its settings counts where its manifest is silent. */
  answered(plugin: string, schema: JsonSchema | undefined): void {
    const state = this.#states.get(plugin);
    if (!state || !schema || state.plugin.parley?.config !== undefined) return;
    state.schema = schema;
    this.#resolve(state);
    this.#changed.fire(plugin);
  }

  /** The plugin runs: it is told what changed while it started, and what it runs with is written down. */
  started(plugin: string): void {
    const state = this.#states.get(plugin);
    if (!state) return;
    this.#live.keep(state);
    void this.#live.push(state);
  }

  /** The settings, or a secret of one plugin, may have changed. Settles when whoever runs has been told. */
  async refresh(plugin?: string): Promise<void> {
    const states = plugin === undefined ? [...this.#states.values()] : [this.#states.get(plugin) ?? []].flat();
    await Promise.all(
      states.map(async (state) => {
        const missed = state.resolved.missing.length;
        await this.#read(state);
        if (missed > 0 || state.resolved.missing.length > 0 || state.resolved.errors.length > 0) {
          this.#changed.fire(state.plugin.name);
        }
        await this.#live.push(state);
      }),
    );
  }

  async #take(plugin: InstalledPlugin): Promise<ConfigState> {
    const known = this.#states.get(plugin.name);
    const state: ConfigState = known ?? {
      plugin,
      schema: plugin.parley?.config,
      secrets: {},
      resolved: { values: {}, errors: [], missing: [] },
      flaws: undefined,
      given: undefined,
      refused: new Map(),
      said: "",
      asked: "",
      pushing: Promise.resolve(),
    };
    if (known && JSON.stringify(known.plugin.parley?.config) !== JSON.stringify(plugin.parley?.config)) {
      state.schema = plugin.parley?.config;
      state.refused.clear();
    }
    state.plugin = plugin;
    this.#states.set(plugin.name, state);
    await this.#read(state);
    return state;
  }

  async #read(state: ConfigState): Promise<void> {
    if (fieldsOf(state.schema).some(({ secret }) => secret)) {
      try {
        state.secrets = await this.#parts.secrets(state.plugin);
        for (const secret of Object.values(state.secrets)) this.#parts.known.note(secret);
      } catch (error) {
        this.#parts.failed(`The secrets of ${state.plugin.name} could not be read`, error);
      }
    }
    this.#resolve(state);
  }

  #resolve(state: ConfigState): void {
    const { schema, secrets, refused, given: before } = state;
    const written = this.#parts.written(state.plugin.name);
    state.resolved = resolveConfig({ schema, written, secrets, before, refused }, this.#parts.validator);
    const { name } = state.plugin;
    const text = state.resolved.errors.map((error) => sentenceOf(name, error)).join(" ");
    if (text === state.said) return;
    state.said = text;
    if (text !== "") this.#wrong(name, text);
  }

  #wrong(plugin: string, text: string): void {
    const todo = "Correct it in the setting parley.plugins.settings; until then the old value holds.";
    this.#notices.fire({ plugin, kind: "wrong", text: this.#parts.known.redact(text), todo });
  }
}
