const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Where random bytes come from, as a dependency: fills the array. */
export type FillRandom = (bytes: Uint8Array) => void;

const poolBytes = 4_096;

/** Random hexadecimal digits, for names that are made by the thousand a second: the platform is asked for many bytes at a time. */
export class RandomDigits {
  readonly #fill: FillRandom;
  #pool: Uint8Array | undefined;
  #at = 0;

  constructor(fill: FillRandom = (bytes) => void globalThis.crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)) {
    this.#fill = fill;
  }

  /** Eight digits. */
  eight(): string {
    if (!this.#pool || this.#at >= poolBytes) {
      this.#pool ??= new Uint8Array(poolBytes);
      this.#fill(this.#pool);
      this.#at = 0;
    }
    const pool = this.#pool;
    const at = this.#at;
    this.#at = at + 4;
    return digitsOf(pool[at], pool[at + 1], pool[at + 2], pool[at + 3]);
  }
}

/** The last byte of each number in two digits. */
export function digitsOf(one = 0, two = 0, three = 0, four = 0): string {
  return `${hex[one & 255]}${hex[two & 255]}${hex[three & 255]}${hex[four & 255]}`;
}
