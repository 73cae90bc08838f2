import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Failure } from "../../base/failure.ts";
import { isJsonObject, parseJson } from "../../base/json.ts";
import { hostSource } from "../../core/events/topics.ts";
import { pluginName } from "../../protocol/plugin/common.ts";

/** Where the tokens are kept: one secret of the window's secret storage. */
export interface SecretPlace {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** The tokens of plugins that may attach, one for each name. They are read anew each time: another window may change them. */
export class AttachTokens {
  readonly #place: SecretPlace;
  #last: Promise<unknown> = Promise.resolve();

  constructor(place: SecretPlace) {
    this.#place = place;
  }

  async names(): Promise<string[]> {
    return Object.keys(await this.#read()).sort();
  }

  /** The plugin's token, made where it has none. Fails with `invalidParams` for what is no plugin's name. */
  async of(name: string): Promise<string> {
    const tokens = await this.#read();
    return (Object.hasOwn(tokens, name) ? tokens[name] : undefined) ?? (await this.replace(name));
  }

  /** A new token; the old one opens nothing any more. */
  async replace(name: string): Promise<string> {
    if (name === hostSource || !pluginName.safeParse(name).success) {
      throw new Failure("invalidParams", `"${name}" cannot be a plugin's name.`, {
        todo: `Use 1–64 of a-z 0-9 - . with a letter or digit at both ends, and not "${hostSource}", which is Parley's own.`,
      });
    }
    const token = randomBytes(32).toString("base64url");
    await this.#change((tokens) => ({ ...tokens, [name]: token }));
    return token;
  }

  async remove(name: string): Promise<void> {
    await this.#change(({ [name]: _, ...others }) => others);
  }

  /** Whose token this is. Every token is compared, each in the same time. */
  async whose(token: string): Promise<string | undefined> {
    const asked = digest(token);
    let found: string | undefined;
    for (const [name, own] of Object.entries(await this.#read())) {
      if (timingSafeEqual(asked, digest(own))) found = name;
    }
    return found;
  }

  async #read(): Promise<Record<string, string>> {
    const kept = parseJson((await this.#place.read()) ?? "{}");
    const pairs = Object.entries(isJsonObject(kept) ? kept : {});
    return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
  }

  #change(how: (tokens: Record<string, string>) => Record<string, string>): Promise<void> {
    const changed = this.#last.then(async () => this.#place.write(JSON.stringify(how(await this.#read()))));
    this.#last = changed.catch(() => {});
    return changed;
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
