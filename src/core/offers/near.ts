/** The names nearest to a misspelt one, best first, at most three; names that have little in common are left out. */
export function nearNames(asked: string, known: Iterable<string>): string[] {
  const wanted = asked.toLowerCase();
  const scored: { name: string; distance: number }[] = [];
  for (const name of new Set(known)) {
    const distance = editDistance(wanted, name.toLowerCase());
    const contained = wanted.length > 2 && name.toLowerCase().includes(wanted);
    if (contained || distance <= Math.max(2, Math.floor(Math.max(wanted.length, name.length) / 3)))
      scored.push({ name, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name));
  return scored.slice(0, 3).map(({ name }) => name);
}

/** `Did you mean …?`, or an empty string where nothing is near. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? "" : `Did you mean ${near.join(" or ")}?`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
