const encoder = new TextEncoder();

/**
 * A field of the params of many messages, which its receivers have in common: its JSON is written once, and its bytes are shared by
 * all frames that carry it.
 */
export class SharedField {
  readonly name: string;
  readonly value: unknown;
  #ending: Uint8Array | undefined;

  constructor(name: string, value: unknown) {
    this.name = name;
    this.value = value;
  }

  /**
   * The end of a message whose params have this as their last field, from the comma before it on. Throws what
   * `JSON.stringify` throws.
   */
  get ending(): Uint8Array {
    this.#ending ??= encoder.encode(`,${JSON.stringify(this.name)}:${JSON.stringify(this.value)}}}`);
    return this.#ending;
  }
}
