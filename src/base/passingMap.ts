/** Where an entry's value is while it is in the map. */
interface Cell<Value> {
  value: Value | undefined;
}

/**
 * A map for what comes and goes by the thousand a second, in the order of insertion. The engine makes a `Map` a new
 * table after so many deletions and leaves the table before as it was; where that has become old, everything that was
 * in it, and all that this leads to, stays until the next great collection of garbage. Here a value is let go in the
 * moment in which it is deleted.
 */
export class PassingMap<Key, Value> {
  readonly #cells = new Map<Key, Cell<Value>>();

  get size(): number {
    return this.#cells.size;
  }

  has(key: Key): boolean {
    return this.#cells.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value;
  }

  set(key: Key, value: Value): void {
    const cell = this.#cells.get(key);
    if (cell) cell.value = value;
    else this.#cells.set(key, { value });
  }

  /** Answers whether there was an entry. */
  delete(key: Key): boolean {
    const cell = this.#cells.get(key);
    if (!cell) return false;
    cell.value = undefined;
    return this.#cells.delete(key);
  }

  clear(): void {
    for (const cell of this.#cells.values()) cell.value = undefined;
    this.#cells.clear();
  }

  /** What is added or deleted meanwhile is seen or left out as with a `Map`. */
  *values(): Generator<Value> {
    for (const cell of this.#cells.values()) yield cell.value as Value;
  }
}
