const TITLE_WEIGHT = 3;

/** Notes with all the words, the best first. An empty query gives all. */
export function searchNotes(notes, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return notes;
  return notes
    .map((note) => ({ note, score: scoreNote(note, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ note }) => note);
}

/** Hits in the title weigh more. One missing word makes it zero. */
export function scoreNote(note, words) {
  let total = 0;
  for (const word of words) {
    if (word.startsWith("#")) {
      if (!note.tags.includes(word.slice(1))) return 0;
      total += 1;
      continue;
    }
    const hits = countHits(note.title, word) * TITLE_WEIGHT + countHits(note.body, word);
    if (hits === 0) return 0;
    total += hits;
  }
  return total;
}

function countHits(text, word) {
  return text.toLowerCase().split(word).length - 1;
}
