import { Failure } from "../../src/base/failure.ts";

interface Place {
  scope: string;
  key: string;
}

/** The state of one plugin, kept in memory, with the revisions that the protocol promises. */
export class FakeState {
  readonly #values = new Map<string, { value: unknown; rev: number }>();
  #rev = 0;

  get(place: Place): { value?: unknown; rev: number } {
    return this.#values.get(keyOf(place)) ?? { rev: 0 };
  }

  set(params: Place & { value?: unknown; ifRev?: number }): { rev: number } {
    this.#check(params);
    this.#rev += 1;
    this.#values.set(keyOf(params), { value: params.value, rev: this.#rev });
    return { rev: this.#rev };
  }

  delete(params: Place & { ifRev?: number }): { deleted: boolean } {
    this.#check(params);
    return { deleted: this.#values.delete(keyOf(params)) };
  }

  /** Two keys a page, so that paging is always tried. */
  list({ scope, prefix, after }: { scope: string; prefix: string; after?: string }) {
    const start = keyOf({ scope, key: "" });
    const keys = [...this.#values]
      .filter(([key]) => key.startsWith(start + prefix))
      .map(([key, { rev }]) => ({ key: key.slice(start.length), rev }))
      .filter(({ key }) => after === undefined || key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return { keys: keys.slice(0, 2), more: keys.length > 2 };
  }

  #check(params: Place & { ifRev?: number }): void {
    if (params.ifRev !== undefined && this.get(params).rev !== params.ifRev) {
      throw new Failure("conflict", "The value has changed.");
    }
  }
}

function keyOf({ scope, key }: Place): string {
  return `${scope}\n${key}`;
}
