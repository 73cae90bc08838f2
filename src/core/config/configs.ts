import { Emitter } from "../../base/emitter.ts";
import { asFailure } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import type { JsonSchema } from "../../protocol/plugin/common.ts";
import { type ConfigError, configApplyOffer, configApplyResult } from "../../protocol/plugin/lifecycle.ts";
import type { Ineligible, InstalledPlugin } from "../plugins/installed.ts";
import type { PluginRun } from "../plugins/run.ts";
import type { ValidatorPort } from "../ports.ts";
import { flawsOfSchema, type ResolvedConfig, resolveConfig } from "./resolve.ts";
import { type ConfigField, fieldsOf } from "./schema.ts";
import type { Secrets } from "./secrets.ts";

/** Something about a plugin's settings that the person should read. */
export interface ConfigNotice {
  readonly plugin: string;
  /** `wrong`: values that are not taken. `restart`: values that wait for the next start. */
  readonly kind: "wrong" | "restart";
  readonly text: string;
  readonly todo: string;
}

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

interface State {
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

/** How long a plugin may take to say whether it takes its new settings, in milliseconds. */
const applyMs = 10_000;

/**
 * The configuration of every plugin: what it is, whether it is complete, and that a running plugin learns of each change.
 * Secrets pass through here to the plugin and nowhere else.
 */
export class Configs {
  readonly #parts: ConfigParts;
  readonly #states = new Map<string, State>();
  readonly #notices = new Emitter<ConfigNotice>();
  readonly #changed = new Emitter<string>();
  /** Says what the person should read. */
  readonly onNotice = this.#notices.event;
  /** Fires with the plugin's name when what `ineligible` or `problems` answers may have changed. */
  readonly onDidChange = this.#changed.event;

  constructor(parts: ConfigParts) {
    this.#parts = parts;
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
  #flaws(state: State): readonly ConfigError[] {
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
    this.#keep(state);
    void this.#push(state);
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
        await this.#push(state);
      }),
    );
  }

  async #take(plugin: InstalledPlugin): Promise<State> {
    const known = this.#states.get(plugin.name);
    const state: State = known ?? {
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

  async #read(state: State): Promise<void> {
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

  #resolve(state: State): void {
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

  #push(state: State): Promise<void> {
    state.pushing = state.pushing.then(() =>
      this.#pushNow(state).catch((error: unknown) =>
        this.#parts.failed(`The settings of ${state.plugin.name} could not be applied`, error),
      ),
    );
    return state.pushing;
  }

  async #pushNow(state: State): Promise<void> {
    const { name } = state.plugin;
    const run = this.#parts.running(name);
    if (!run || !state.given) return;
    const next = state.resolved.values;
    const changed = differences(state.given, next);
    if (changed.length === 0) {
      state.asked = "";
      return;
    }
    const restart = new Set(
      fieldsOf(state.schema)
        .filter((field) => field.restart)
        .map((field) => field.name),
    );
    const live = run.initialized.capabilities.configApply === true ? changed.filter((one) => !restart.has(one)) : [];
    const later = changed.filter((one) => !live.includes(one));
    if (later.length > 0) this.#askRestart(state, later);
    if (live.length > 0) await this.#apply(state, run, live);
  }

  /** Hands the plugin its new settings; those that it refuses are left out, once, and the rest is handed over again. */
  async #apply(state: State, run: PluginRun, changed: string[]): Promise<void> {
    const next = state.resolved.values;
    const config = merged(state.given ?? {}, next, changed);
    const errors = await this.#tell(run, config, changed);
    if (errors === undefined) return this.#askRestart(state, changed);
    if (errors.length === 0) {
      state.given = config;
      for (const field of changed) state.refused.delete(field);
      this.#keep(state);
      return;
    }
    const refused = changed.filter((field) => errors.some((error) => error.field.split(/[.[]/)[0] === field));
    const blamed = refused.length > 0 ? refused : changed;
    for (const field of blamed) {
      const error = errors.find((one) => one.field.split(/[.[]/)[0] === field) ?? errors[0];
      state.refused.set(field, { value: JSON.stringify(next[field]) ?? "", message: error?.message ?? "was refused" });
    }
    this.#resolve(state);
    this.#changed.fire(state.plugin.name);
    const rest = changed.filter((field) => !blamed.includes(field));
    if (rest.length > 0 && run === this.#parts.running(run.plugin)) await this.#apply(state, run, rest);
  }

  /** What the plugin does not take; undefined where it did not answer properly, so that nobody knows what it runs with. */
  async #tell(
    run: PluginRun,
    config: Record<string, unknown>,
    changed: string[],
  ): Promise<readonly ConfigError[] | undefined> {
    try {
      const params = {
        to: { plugin: run.plugin },
        name: configApplyOffer,
        action: "write",
        args: { config, changed },
        _meta: { caller: "host", deadlineMs: applyMs },
      };
      const answer = configApplyResult.safeParse(await run.peer.request("call", params, { timeoutMs: applyMs }));
      if (answer.success) return answer.data?.errors ?? [];
      this.#parts.failed(`${run.plugin} answered config.apply with what is no answer to it`, answer.error.message);
    } catch (error) {
      const failure = asFailure(error, "The change of settings");
      if (failure.kind === "invalidParams") return [{ field: "", message: failure.message }];
      this.#parts.failed(`${run.plugin} did not take its settings`, failure.message);
    }
    return undefined;
  }

  /** Asks once for the same values. */
  #askRestart(state: State, fields: readonly string[]): void {
    const plugin = state.plugin.name;
    const asked = sorted(fields.map((field) => [field, state.resolved.values[field]])) ?? "";
    if (asked === state.asked) return;
    state.asked = asked;
    const text = `The new ${fields.length > 1 ? "values" : "value"} of ${quoted(fields)} hold from the next start of ${plugin}.`;
    this.#notices.fire({ plugin, kind: "restart", text, todo: `Restart ${plugin} when it suits you.` });
  }

  #keep(state: State): void {
    const secret = new Set(this.secretFields(state.plugin.name).map(({ name }) => name));
    const values = Object.fromEntries(Object.entries(state.given ?? {}).filter(([name]) => !secret.has(name)));
    this.#parts
      .keep(state.plugin, values)
      .catch((error: unknown) => this.#parts.failed(`What ${state.plugin.name} runs with could not be written`, error));
  }
}

/** The names under which two configurations differ. */
function differences(one: Record<string, unknown>, other: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => sorted(one[name]) !== sorted(other[name]));
}

/** JSON with the keys of objects in order, so that equal values have equal texts. */
function sorted(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function merged(
  old: Record<string, unknown>,
  next: Record<string, unknown>,
  changed: readonly string[],
): Record<string, unknown> {
  const config = { ...old };
  for (const field of changed) {
    if (next[field] === undefined) delete config[field];
    else config[field] = next[field];
  }
  return config;
}

/** The field's name comes first, unless the check has put it there. */
function sentenceOf(plugin: string, { field, message }: ConfigError): string {
  const named = field === "" || message.startsWith('"') ? message : `"${field}" ${message}`;
  return `The settings of ${plugin}: ${named.replace(/[.]$/, "")}.`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
