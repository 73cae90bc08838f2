import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { EndpointSetting } from "./endpoints.ts";

type Endpoint = Pick<EndpointSetting, "id" | "label" | "baseURL" | "needsKey">;

/** Asks the person for the key of an endpoint; undefined when they would rather not. `why` is a sentence. */
export type AskForKey = (endpoint: Endpoint, why: string) => Promise<string | undefined>;

/**
 * The keys of endpoints, kept in VS Code's secret storage as `parley.key.<endpoint id>` and nowhere else. A key is kept
 * with the origin that it was given for and handed out for no other, so a changed address cannot draw it elsewhere.
 */
export class EndpointKeys {
  readonly #secrets: vscode.SecretStorage;
  readonly #ask: AskForKey;
  /** Keys that the storage would not take: they live as long as the window. */
  readonly #unsaved = new Map<string, string>();
  readonly #asking = new Map<string, Promise<string>>();

  constructor(secrets: vscode.SecretStorage, ask: AskForKey = askForKey) {
    this.#secrets = secrets;
    this.#ask = ask;
  }

  /** Answers false when the key will be forgotten with the window, because the storage refused it. */
  async save(endpoint: Pick<Endpoint, "id" | "baseURL">, key: string): Promise<boolean> {
    const value = JSON.stringify({ origin: new URL(endpoint.baseURL).origin, key });
    try {
      await this.#secrets.store(nameOf(endpoint.id), value);
      this.#unsaved.delete(endpoint.id);
      return true;
    } catch {
      this.#unsaved.set(endpoint.id, value);
      return false;
    }
  }

  async forget(id: string): Promise<void> {
    this.#unsaved.delete(id);
    await Promise.resolve(this.#secrets.delete(nameOf(id))).catch(() => {});
  }

  /**
   * The key for a request. One that is missing is asked for, once for all who wait for it.
   *
   * @throws Failure `denied` when a key is needed and the person gave none
   */
  async get(endpoint: Endpoint): Promise<string | undefined> {
    const found = await this.#find(endpoint);
    if (found.key !== undefined) return found.key;
    if (!endpoint.needsKey) return undefined;
    const asked = this.#asking.get(endpoint.id) ?? this.#askAndSave(endpoint, found.why);
    this.#asking.set(endpoint.id, asked);
    try {
      return await asked;
    } finally {
      this.#asking.delete(endpoint.id);
    }
  }

  async #find(endpoint: Endpoint): Promise<{ key: string } | { key?: undefined; why: string }> {
    let text = this.#unsaved.get(endpoint.id);
    try {
      text ??= await this.#secrets.get(nameOf(endpoint.id));
    } catch {
      return { why: "VS Code's secret storage cannot be read, so the key is needed again." };
    }
    const kept = text === undefined ? undefined : parseJson(text);
    if (!isJsonObject(kept) || typeof kept.key !== "string") return { why: "Its key is not in the secret storage." };
    if (kept.origin === new URL(endpoint.baseURL).origin) return { key: kept.key };
    return { why: `Its address is another one than the key was given for (${String(kept.origin)}).` };
  }

  async #askAndSave(endpoint: Endpoint, why: string): Promise<string> {
    const key = (await this.#ask(endpoint, why))?.trim();
    if (!key) {
      throw new Failure("denied", `There is no key for ${endpoint.label}.`, {
        todo: "Send the message again and enter it, or run Parley: Connect a Model.",
      });
    }
    await this.save(endpoint, key);
    return key;
  }
}

function nameOf(id: string): string {
  return `parley.key.${id}`;
}

async function askForKey(endpoint: Endpoint, why: string): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: `Key for ${endpoint.label}`,
    prompt: `${why} It goes to ${new URL(endpoint.baseURL).origin} and into VS Code's secret storage, nowhere else.`,
    password: true,
    ignoreFocusOut: true,
  });
}
