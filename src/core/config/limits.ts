import { isJsonObject } from "../../base/json.ts";
import {
  type LimitName,
  type Limits,
  limitRanges,
  limits,
  type Rate,
  type RateKind,
  rateRanges,
  rates,
} from "../../protocol/limits.ts";

interface Changes {
  readonly limits: Partial<Record<LimitName, number>>;
  readonly rates: Partial<Record<RateKind, Partial<Rate>>>;
}

const none: Changes = { limits: {}, rates: {} };

/**
 * The limits that are in force: those of the protocol, changed by what the person set for all plugins, changed by what is
 * set for one. Wrong values are said and count as not set.
 */
export class LiveLimits {
  readonly #read: () => unknown;
  readonly #common: () => Partial<Record<LimitName, number>>;
  #all: Changes = none;
  #plugins = new Map<string, Changes>();
  #limits = new Map<string, Limits>();
  #rates = new Map<string, Rate>();
  #problems: string[] = [];

  /** `read` answers the setting's value; `common` what older settings of their own say, which it stands before. */
  constructor(read: () => unknown, common: () => Partial<Record<LimitName, number>> = () => ({})) {
    this.#read = read;
    this.#common = common;
    this.refresh();
  }

  /** Reads the setting anew. Answers what is wrong with it, in sentences. */
  refresh(): readonly string[] {
    this.#problems = [];
    this.#limits = new Map();
    this.#rates = new Map();
    this.#plugins = new Map();
    const value = this.#read();
    if (value !== undefined && value !== null && !isJsonObject(value)) {
      this.#problems.push("parley.limits must be an object; it is ignored.");
    }
    const { plugins, ...common } = isJsonObject(value) ? value : {};
    const all = this.#changesIn(common, "");
    this.#all = { ...all, limits: { ...this.#common(), ...all.limits } };
    if (isJsonObject(plugins)) {
      for (const [name, own] of Object.entries(plugins)) {
        if (isJsonObject(own)) this.#plugins.set(name, this.#changesIn(own, `plugins.${name}.`));
        else this.#problems.push(`parley.limits: "plugins.${name}" must be an object; it is ignored.`);
      }
    } else if (plugins !== undefined) this.#problems.push('parley.limits: "plugins" must be an object; it is ignored.');
    return this.#problems;
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  /** All limits, of one plugin or for those without any of their own. The object changes no more. */
  of(plugin = ""): Limits {
    let known = this.#limits.get(plugin);
    if (!known) {
      known = { ...limits, ...this.#all.limits, ...this.#plugins.get(plugin)?.limits };
      this.#limits.set(plugin, known);
    }
    return known;
  }

  rate(plugin: string, kind: RateKind): Rate {
    const key = `${kind} ${plugin}`;
    let known = this.#rates.get(key);
    if (!known) {
      known = { ...rates[kind], ...this.#all.rates[kind], ...this.#plugins.get(plugin)?.rates[kind] };
      this.#rates.set(key, known);
    }
    return known;
  }

  #changesIn(values: Record<string, unknown>, path: string): Changes {
    const changes = { limits: {} as Record<string, number>, rates: {} as Record<string, Record<string, number>> };
    for (const [name, value] of Object.entries(values)) {
      if (Object.hasOwn(limitRanges, name)) {
        const taken = this.#number(`${path}${name}`, value, limitRanges[name as keyof typeof limitRanges], true);
        if (taken !== undefined) changes.limits[name] = taken;
      } else if (Object.hasOwn(rates, name) && isJsonObject(value)) {
        changes.rates[name] = this.#rate(`${path}${name}`, value);
      } else {
        const what = Object.hasOwn(limits, name)
          ? "cannot be set, because both sides of the channel must agree on it"
          : Object.hasOwn(rates, name)
            ? "must be an object with perSecond and burst"
            : "is no limit";
        this.#problems.push(`parley.limits: "${path}${name}" ${what}; it is ignored.`);
      }
    }
    return changes;
  }

  #rate(path: string, value: Record<string, unknown>): Record<string, number> {
    const rate: Record<string, number> = {};
    for (const [part, own] of Object.entries(value)) {
      if (part !== "perSecond" && part !== "burst") {
        this.#problems.push(`parley.limits: "${path}.${part}" is no part of a rate; it is ignored.`);
        continue;
      }
      const taken = this.#number(`${path}.${part}`, own, rateRanges[part], part === "burst");
      if (taken !== undefined) rate[part] = taken;
    }
    return rate;
  }

  #number(path: string, value: unknown, [least, most]: readonly [number, number], whole: boolean): number | undefined {
    const fits = typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
    if (fits) return value;
    const kind = whole ? "a whole number" : "a number";
    this.#problems.push(`parley.limits: "${path}" must be ${kind} from ${least} to ${most}; it is ignored.`);
    return undefined;
  }
}
