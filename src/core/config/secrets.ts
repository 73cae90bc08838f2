import { isJsonObject, parseJson } from "../../base/json.ts";
import { formsOf } from "./secretForms.ts";

/** Shorter ones would take ordinary words out of texts. */
const shortest = 6;
const removed = "•••";
/** A secret of several lines, as a private key, is printed line by line; what is shorter or only frames it says nothing. */
const shortestLine = 12;
const frame = /^-{3,}.*-{3,}$/;

/**
 * The secrets that this window knows: secret settings of plugins, keys of models, tokens of plugins that attach. They are taken out of
 * what goes to the model, the journal, the logs and the database, whoever wrote it. While there are none it costs nothing.
 */
export class Secrets {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /**
   * Some are kept as JSON, with the secret among what belongs to it: every text in it counts that is no address and has
   * `least` characters or more.
   */
  note(value: string, least = shortest): void {
    const before = this.#forms.size;
    const parsed = parseJson(value);
    for (const text of typeof parsed === "object" && parsed !== null ? textsIn(parsed) : [value]) {
      if (text.length < least || /^https?:\/\/[^@]*$/.test(text)) continue;
      for (const part of [text, ...linesOf(text)]) for (const form of formsOf(part)) this.#forms.add(form);
    }
    if (this.#forms.size === before) return;
    const longestFirst = [...this.#forms].sort((one, other) => other.length - one.length);
    this.#pattern = new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), "g");
  }

  /** The text with `•••` in the place of every secret. */
  redact(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, removed) : text;
  }

  /** How many characters at the end of a text may be the beginning of a secret whose rest is still to come. */
  begun(text: string): number {
    let most = 0;
    for (const form of this.#forms)
      for (let length = Math.min(form.length - 1, text.length); length > most; length--)
        if (text.endsWith(form.slice(0, length))) most = length;
    return most;
  }

  /** A copy of a value without the secrets in its texts and keys; the value itself where there is none in it. */
  clean<T>(value: T): T {
    return this.#pattern ? (this.#cleaned(value) as T) : value;
  }

  #cleaned(value: unknown): unknown {
    if (typeof value === "string") return this.redact(value);
    if (Array.isArray(value)) {
      const members = value.map((one) => this.#cleaned(one));
      return members.every((one, index) => one === value[index]) ? value : members;
    }
    if (!isJsonObject(value)) return value;
    let changed = false;
    const entries = Object.entries(value).map(([key, own]): [string, unknown] => {
      const entry: [string, unknown] = [this.redact(key), this.#cleaned(own)];
      changed ||= entry[0] !== key || entry[1] !== own;
      return entry;
    });
    return changed ? Object.fromEntries(entries) : value;
  }
}

function linesOf(text: string): string[] {
  if (!text.includes("\n")) return [];
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line.length >= shortestLine && !frame.test(line));
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}
