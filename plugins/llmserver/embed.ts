/** The name that answers carry: changing how vectors are made means another name, since old ones no longer compare. */
export const embeddingModel = "hashed-ngrams-384";
export const dimensions = 384;

/**
 * A vector of length 1 for a text, made of its character 3- to 5-grams and words, each hashed to one of 384 places with a sign. The
 * same text always gives the same vector; texts that share many pieces point the same way. A text without letters or digits
 * gives a fixed vector, so that no vector is zero.
 */
export function embed(text: string): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of words) {
    add(vector, `w${word}`, 1.5);
    const marked = `^${word}$`;
    for (let size = 3; size <= 5; size++) {
      for (let at = 0; at + size <= marked.length; at++)
        add(vector, marked.slice(at, at + size), 1 / Math.sqrt(marked.length));
    }
  }
  if (words.length === 0) vector[0] = 1;
  // The root dampens what a text repeats, as the length does what it has much of.
  const damped = vector.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value)));
  const length = Math.hypot(...damped);
  return damped.map((value) => value / (length || 1));
}

function add(vector: number[], piece: string, weight: number): void {
  const hash = fnv1a(piece);
  const index = (hash >>> 1) % dimensions;
  vector[index] = (vector[index] as number) + (hash & 1 ? weight : -weight);
}

/** The 32-bit FNV-1a hash over UTF-16 units, mixed once more so that its low bits are as good as its high ones. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
