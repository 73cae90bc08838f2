/** Ids as a dependency, so that tests can predict them. `next("call")` answers for example `call-4f9c…`. */
export interface IdSource {
  next(kind: string): string;
}

export const randomIds: IdSource = {
  // The two parts of a UUID that are random throughout.
  next: (kind) => {
    const id = globalThis.crypto.randomUUID();
    return `${kind}-${id.slice(0, 8)}${id.slice(24)}`;
  },
};

/** Ids that count: `call-1`, `call-2`, … */
export function countingIds(): IdSource {
  const counts = new Map<string, number>();
  return {
    next(kind) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      return `${kind}-${count}`;
    },
  };
}
