import { useRef } from "react";

/** The same array as before while its elements are the same, so that what depends on it is not rendered again. */
export function useStable<T>(next: readonly T[]): readonly T[] {
  const last = useRef(next);
  const same = next.length === last.current.length && next.every((value, index) => value === last.current[index]);
  if (!same) last.current = next;
  return last.current;
}
