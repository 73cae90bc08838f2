/** Words that carry no meaning of their own in a request; they may be left out or put in anywhere. */
export const fillers = new Set(
  (
    "a an the please pls plz kindly just exactly actually really simply maybe perhaps now then also ok okay hey hi so well um uh " +
    "me us you your my our i we can could would should will shall may might want wants wanted need like love let lets go ahead " +
    "help try trying give wonder wondering whether if that this these those it its there here some any quick quickly right again " +
    "thanks thank cheers kind know do does did is are was were be been am have has had for and very much all still ever equal equals"
  ).split(" "),
);

/** Small words that join the parts of a request; a template's are matched where they can be, at little cost where not. */
export const joints = new Set(
  "in into inside within of from to with by at on onto as for about between and up out over per than".split(" "),
);

/** Words that name a kind of thing beside its name ("the file x", "the src folder"): cheap to leave out. */
export const kinds = new Set(
  (
    "file files folder folders directory directories dir dirs line lines path function functions method methods class classes variable " +
    "constant project repo repository codebase workspace code content contents text string word source whole entire tool plugin called named " +
    "python javascript typescript js ts java go rust ruby php css html markdown json yaml shell test tests config"
  ).split(" "),
);

/** Words of one meaning in requests. A word of a template also matches the others of its group, a little less well. */
const groups = [
  "show display print view open read cat see output dump present inspect",
  "list enumerate ls",
  "find locate search look lookup grep seek hunt discover",
  "change replace swap substitute update edit alter switch",
  "create make generate new write produce",
  "delete remove erase drop rm discard",
  "reset clear zero restart",
  "file document",
  "folder directory dir",
  "files contents",
  "statistics stats metrics figures summary numbers counts counters",
  "message messages",
  "function method routine procedure",
  "add plus sum + total",
  "subtract minus less deduct difference -",
  "multiply times product x *",
  "divide over quotient / ÷",
  "run execute launch",
  "stop halt cancel abort",
  "append add",
  "in inside within under",
  "to with by as -> →",
  "structure layout tree hierarchy outline",
  "hello hi hey greeting",
  "calculate compute work",
  "which what",
  "silence quiet mute hush silent",
].map((line) => line.split(" "));

const groupsOf = new Map<string, number[]>();
groups.forEach((words, index) => {
  for (const word of words) groupsOf.set(word, [...(groupsOf.get(word) ?? []), index]);
});

/** Whether two words (in lower case) mean the same in a request. */
export function sameMeaning(a: string, b: string): boolean {
  const other = groupsOf.get(b);
  return other !== undefined && (groupsOf.get(a) ?? []).some((group) => other.includes(group));
}

/** Verbs that change or destroy something. A request that begins with one never runs something that only reads. */
export const changing = new Set(
  (
    "delete remove erase drop rm discard wipe destroy purge kill reset clear overwrite truncate uninstall revert undo restart commit push deploy install " +
    "publish rename change replace swap substitute modify update edit alter rewrite refactor append insert create make generate write fix repair " +
    "move copy format migrate merge upgrade optimize optimise improve translate implement build test compile"
  ).split(" "),
);

/** Words that turn a request into its opposite or into a question about doing it. */
export const negations = new Set("not never without except dont".split(" "));

const small: Record<string, number> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
  dozen: 12,
};
const scales: Record<string, number> = { hundred: 100, thousand: 1_000, million: 1_000_000 };

/** The number that words from an index on spell, and how many words it takes; undefined where there is none. */
export function spelledNumber(words: string[], from: number): { value: number; length: number } | undefined {
  let total = 0;
  let current: number | undefined;
  let at = from;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    const parts = word.split("-").map((part) => small[part]);
    const last = words[at - 1] ?? "";
    if (parts.every((part) => part !== undefined)) {
      const value = (parts as number[]).reduce((sum, part) => sum + part, 0);
      const fits =
        current === undefined || current % 100 === 0 || (current % 10 === 0 && value < 10 && (small[last] ?? 0) >= 20);
      if (!fits) break;
      current = (current ?? 0) + value;
    } else if (scales[word] !== undefined && (current !== undefined || last === "a")) {
      const scale = scales[word] as number;
      if (scale === 100) current = (current ?? 1) * 100;
      else {
        total += (current ?? 1) * scale;
        current = 0;
      }
    } else if (
      word === "and" &&
      current !== undefined &&
      current >= 100 &&
      words[at + 1] !== undefined &&
      small[words[at + 1] as string] !== undefined
    ) {
      // "one hundred and five" is one number, "five and three" are two.
    } else break;
  }
  return current === undefined ? undefined : { value: total + current, length: at - from };
}
