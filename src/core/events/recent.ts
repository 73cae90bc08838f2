/** The last event ids of each source by its own key, so that the same thing said twice is one event. */
export class RecentKeys {
  readonly #perSource: number;
  readonly #sources = new Map<string, Map<string, string>>();

  constructor(perSource = 256) {
    this.#perSource = perSource;
  }

  get(source: string, key: string): string | undefined {
    return this.#sources.get(source)?.get(key);
  }

  delete(source: string, key: string): void {
    this.#sources.get(source)?.delete(key);
  }

  put(source: string, key: string, eventId: string): void {
    let keys = this.#sources.get(source);
    if (!keys) {
      keys = new Map();
      this.#sources.set(source, keys);
    }
    keys.set(key, eventId);
    if (keys.size <= this.#perSource) return;
    const [oldest] = keys.keys();
    if (oldest !== undefined) keys.delete(oldest);
  }
}
