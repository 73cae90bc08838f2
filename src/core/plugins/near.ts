/** Names that somebody may have meant, nearest first: at most three, none that is more than a third different. */
export function nearNames(wanted: string, names: Iterable<string>): string[] {
  const near: { name: string; distance: number }[] = [];
  for (const name of new Set(names)) {
    const distance = editDistance(wanted.toLowerCase().slice(0, 64), name.toLowerCase().slice(0, 64));
    const contained = wanted.length > 2 && (name.includes(wanted) || wanted.includes(name));
    if (contained || distance <= Math.max(1, Math.floor(name.length / 3))) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name));
  return near.slice(0, 3).map((one) => one.name);
}

/** How many letters must be inserted, removed or replaced to make one text of the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
