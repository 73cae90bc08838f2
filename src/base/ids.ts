/** Ids as a dependency, so that tests can predict them. `next("call")` answers for example `call-4f9c…`. */
export interface IdSource {
  next(kind: string): string;
}

export const randomIds: IdSource = {
  next: (kind) => `${kind}-${globalThis.crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`,
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
