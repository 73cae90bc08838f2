import { type Disposable, toDisposable } from "../../base/dispose.ts";

interface Node<T> {
  readonly next: Map<string, Node<T>>;
  /** Values whose pattern ends here, and those whose pattern goes on with `>`. */
  readonly here: Set<T>;
  readonly rest: Set<T>;
}

/** So many answers to `has` are remembered at a time. */
const mostKnown = 256;

/**
 * Values by topic pattern. Looking a topic up costs by its own tokens and the patterns that fit, whatever the number of
 * patterns that do not.
 */
export class TopicIndex<T> {
  readonly #root: Node<T> = emptyNode();
  #size = 0;
  /** What `has` answered since patterns came or went. */
  readonly #known = new Map<string, boolean>();

  get size(): number {
    return this.#size;
  }

  /** A value may be there under several patterns, but under one pattern only once. */
  add(pattern: string, value: T): Disposable {
    const tokens = pattern.split(".");
    const rest = tokens.at(-1) === ">";
    if (rest) tokens.pop();
    let node = this.#root;
    for (const token of tokens) {
      let next = node.next.get(token);
      if (!next) {
        next = emptyNode();
        node.next.set(token, next);
      }
      node = next;
    }
    (rest ? node.rest : node.here).add(value);
    this.#size++;
    this.#known.clear();
    return toDisposable(() => {
      (rest ? node.rest : node.here).delete(value);
      this.#size--;
      this.#known.clear();
      prune(this.#root, tokens, 0);
    });
  }

  /** Whether the topic fits any pattern; asked of the same few topics by the thousand a second, so the answers are remembered. */
  has(topic: string): boolean {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    if (this.#known.size >= mostKnown) this.#known.clear();
    const found = this.match(topic).length > 0;
    this.#known.set(topic, found);
    return found;
  }

  /** The values under all patterns that the topic fits; one that is there under several comes once for each. */
  match(topic: string): T[] {
    const found: T[] = [];
    collect(this.#root, topic.split("."), 0, found);
    return found;
  }
}

function emptyNode<T>(): Node<T> {
  return { next: new Map(), here: new Set(), rest: new Set() };
}

function collect<T>(node: Node<T>, tokens: readonly string[], at: number, found: T[]): void {
  const token = tokens[at];
  if (token === undefined) {
    for (const value of node.here) found.push(value);
    return;
  }
  for (const value of node.rest) found.push(value);
  const same = node.next.get(token);
  if (same) collect(same, tokens, at + 1, found);
  const any = node.next.get("*");
  if (any && any !== same) collect(any, tokens, at + 1, found);
}

/** Takes empty branches away, so that patterns that come and go leave nothing behind. Answers whether the node is empty. */
function prune<T>(node: Node<T>, tokens: readonly string[], at: number): boolean {
  const token = tokens[at];
  const next = token === undefined ? undefined : node.next.get(token);
  if (token !== undefined && next && prune(next, tokens, at + 1)) node.next.delete(token);
  return node.next.size === 0 && node.here.size === 0 && node.rest.size === 0;
}
