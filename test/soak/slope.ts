/** A measurement at a moment when nothing was under way. */
export interface Point {
  readonly operations: number;
  readonly heapBytes: number;
}

/** Bytes that the heap grows with each 1,000 operations, by least squares over the points. */
export function slopePer1000(points: readonly Point[]): number {
  const mean = (pick: (point: Point) => number) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(({ operations }) => operations), mean(({ heapBytes }) => heapBytes)];
  let above = 0;
  let below = 0;
  for (const { operations, heapBytes } of points) {
    above += (operations - x) * (heapBytes - y);
    below += (operations - x) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 1_000;
}

/**
 * The lowest of each `together` points in a row: what is merely on its way to be written down, and will be gone a moment
 * later, comes and goes between them; what is kept for good lifts them all.
 */
export function floorOf<T extends Point>(points: readonly T[], together: number): T[] {
  const lowest: T[] = [];
  for (let at = 0; at < points.length; at += together) {
    const part = points.slice(at, at + together);
    lowest.push(part.reduce((least, point) => (point.heapBytes < least.heapBytes ? point : least)));
  }
  return lowest;
}
