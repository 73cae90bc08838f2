const PUSH_DELAY_MS = 3_000;
const PULL_EVERY_MS = 60_000;
const MAX_BACKOFF_MS = 300_000;

/** Pushes and pulls notes. Does nothing where no server is set. */
export class SyncClient {
  #server;
  #store;
  #onChange;
  #timers = new Map();
  #failures = 0;
  #since = 0;

  constructor(server, store, onChange) {
    this.#server = server;
    this.#store = store;
    this.#onChange = onChange;
  }

  start() {
    if (!this.#server) return;
    void this.#pullLoop();
  }

  schedulePush(note) {
    if (!this.#server) return;
    clearTimeout(this.#timers.get(note.id));
    this.#timers.set(
      note.id,
      setTimeout(() => this.push(note), PUSH_DELAY_MS),
    );
  }

  async push(note) {
    const response = await fetch(`${this.#server}/notes/${note.id}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(note),
    });
    if (response.status === 409) return this.#keepBoth(note, await response.json());
    if (!response.ok) throw new Error(`The server answered ${response.status}`);
    note.revision = (await response.json()).revision;
  }

  async #pullLoop() {
    for (;;) {
      try {
        await this.#pull();
        this.#failures = 0;
      } catch (error) {
        this.#failures++;
        console.warn("pull failed", error);
      }
      await sleep(backoff(this.#failures));
    }
  }

  async #pull() {
    const response = await fetch(`${this.#server}/notes?since=${this.#since}`);
    const { notes, revision } = await response.json();
    this.#store.importAll(JSON.stringify({ notes }));
    this.#since = revision;
    if (notes.length > 0) this.#onChange();
  }

  /** A conflict: theirs takes the place, ours becomes a copy. */
  #keepBoth(mine, theirs) {
    this.#store.create(`${mine.title} (conflict)\n${mine.body}`);
    this.#store.importAll(JSON.stringify({ notes: [theirs] }));
    this.#onChange();
  }
}

export function backoff(failures) {
  return Math.min(PULL_EVERY_MS * 2 ** failures, MAX_BACKOFF_MS);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
