/** Letters of a name that are compared; an asked name may be of any length. */
const comparedLetters = 64;

/**
 * The names that somebody may have meant, nearest first, at most three: those that contain the asked name or are contained
 * in it, and those with few letters changed, about a third. Capitals make no difference.
 */
export function nearNames(asked: string, known: Iterable<string>): string[] {
  const wanted = compared(asked);
  const near: { name: string; distance: number }[] = [];
  for (const name of new Set(known)) {
    const other = compared(name);
    const shorter = Math.min(wanted.length, other.length);
    const contained = shorter > 2 && (other.includes(wanted) || wanted.includes(other));
    const distance = editDistance(wanted, other);
    if (contained || distance <= mostChanges(Math.max(wanted.length, other.length))) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name));
  return near.slice(0, 3).map(({ name }) => name);
}

/** `Did you mean …?`, or an empty string where nothing is near. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? "" : `Did you mean ${near.join(" or ")}?`;
}

function compared(name: string): string {
  return name.slice(0, comparedLetters).toLowerCase();
}

/** Two letters that changed places are two changes, so that a word of four is allowed two; of three letters one. */
function mostChanges(letters: number): number {
  return letters < 4 ? 1 : Math.max(2, Math.floor(letters / 3));
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
