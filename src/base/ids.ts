import { RandomDigits } from "./randomDigits.ts";

/** Ids as a dependency, so that tests can predict them. `next("call")` answers for example `call-4f9c…`. */
export interface IdSource {
  next(kind: string): string;
}

const digits = new RandomDigits();

/** 96 random bits for each. */
export const randomIds: IdSource = {
  next: (kind) => `${kind}-${digits.eight()}${digits.eight()}${digits.eight()}`,
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
