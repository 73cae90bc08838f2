import type * as vscode from "vscode";
import { isJsonObject, parseJson } from "../base/json.ts";

/** Shorter ones would take ordinary words out of texts. */
const shortest = 6;

/** The secrets that this window has read or stored, so that they can be taken out of what is written down. */
export class KnownSecrets {
  readonly #known = new Set<string>();

  /** The same storage; what passes through it is remembered for as long as the window lives, and nowhere else. */
  watching(storage: vscode.SecretStorage): vscode.SecretStorage {
    return {
      get: async (key) => {
        const value = await storage.get(key);
        if (value !== undefined) this.#note(value);
        return value;
      },
      store: async (key, value) => {
        this.#note(value);
        await storage.store(key, value);
      },
      delete: (key) => storage.delete(key),
      keys: () => storage.keys(),
      onDidChange: storage.onDidChange,
    };
  }

  redact(text: string): string {
    let clean = text;
    for (const secret of this.#known) clean = clean.replaceAll(secret, "•••");
    return clean;
  }

  /** Some are kept as JSON, with the secret among what belongs to it: every text in it but an address counts. */
  #note(value: string): void {
    for (const text of textsIn(parseJson(value) ?? value)) {
      if (text.length < shortest || /^https?:\/\/[^@]*$/.test(text)) continue;
      for (const form of [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)]) this.#known.add(form);
    }
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}
