import { asFailure } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import { type ConfigError, configApplyOffer, configApplyResult } from "../../protocol/plugin/lifecycle.ts";
import type { PluginRun } from "../plugins/run.ts";
import { type ConfigNotice, type ConfigState, quoted } from "./configState.ts";
import type { ConfigParts } from "./configs.ts";
import { fieldsOf } from "./schema.ts";

export interface ConfigPushParts extends Pick<ConfigParts, "keep" | "running" | "failed"> {
  /** Says what the person should read. */
  readonly notify: (notice: ConfigNotice) => void;
  /** The plugin refused some of its settings: what it runs with is to be resolved anew, without them. */
  readonly refused: (state: ConfigState) => void;
}

/** How long a plugin may take to say whether it takes its new settings, in milliseconds. */
const applyMs = 10_000;

/** Takes changed settings to plugins that run: at once where they take them so, else with a question to restart. */
export class ConfigPush {
  readonly #parts: ConfigPushParts;

  constructor(parts: ConfigPushParts) {
    this.#parts = parts;
  }

  /** Tells its process what has changed, after what it is being told; never rejects. */
  push(state: ConfigState): Promise<void> {
    state.pushing = state.pushing.then(() =>
      this.#pushNow(state).catch((error: unknown) =>
        this.#parts.failed(`The settings of ${state.plugin.name} could not be applied`, error),
      ),
    );
    return state.pushing;
  }

  async #pushNow(state: ConfigState): Promise<void> {
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
  async #apply(state: ConfigState, run: PluginRun, changed: string[]): Promise<void> {
    const next = state.resolved.values;
    const config = merged(state.given ?? {}, next, changed);
    const errors = await this.#tell(run, config, changed);
    if (errors === undefined) return this.#askRestart(state, changed);
    if (errors.length === 0) {
      state.given = config;
      for (const field of changed) state.refused.delete(field);
      this.keep(state);
      return;
    }
    const refused = changed.filter((field) => errors.some((error) => error.field.split(/[.[]/)[0] === field));
    const blamed = refused.length > 0 ? refused : changed;
    for (const field of blamed) {
      const error = errors.find((one) => one.field.split(/[.[]/)[0] === field) ?? errors[0];
      state.refused.set(field, { value: JSON.stringify(next[field]) ?? "", message: error?.message ?? "was refused" });
    }
    this.#parts.refused(state);
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
  #askRestart(state: ConfigState, fields: readonly string[]): void {
    const plugin = state.plugin.name;
    const asked = sorted(fields.map((field) => [field, state.resolved.values[field]])) ?? "";
    if (asked === state.asked) return;
    state.asked = asked;
    const text = `The new ${fields.length > 1 ? "values" : "value"} of ${quoted(fields)} hold from the next start of ${plugin}.`;
    this.#parts.notify({ plugin, kind: "restart", text, todo: `Restart ${plugin} when it suits you.` });
  }

  /** Writes down what its process runs with. */
  keep(state: ConfigState): void {
    const secret = new Set(fieldsOf(state.schema).flatMap((field) => (field.secret ? [field.name] : [])));
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
