import { stem } from "./stem.ts";
import { spelledNumber } from "./words.ts";

/**
 * A piece of a request. `text` is as it was written, `value` without its quotes, `word` in lower case. `line` and `lastLine`
 * belong to a path that carries them (`a.ts:12`, `a.ts:3-9`); `number` to digits and to spelled numbers.
 */
export type Token = {
  kind: "word" | "code" | "quoted" | "path" | "number" | "sign";
  text: string;
  value: string;
  word: string;
  stem: string;
  start: number;
  end: number;
  number?: number;
  line?: number;
  lastLine?: number;
};

const extensions =
  "ts tsx js jsx mjs cjs mts cts json jsonc md mdx txt py pyi rb go rs c h cc cpp hpp cxx hh cs java kt kts swift php pl pm lua sh bash zsh fish ps1 bat cmd " +
  "yml yaml toml ini cfg conf env xml html htm css scss sass less vue svelte sql csv tsv log lock gradle make mk cmake tf proto graphql gql r jl ex exs erl hs " +
  "ml clj scala dart zig nim el vim rst adoc tex svg png jpg jpeg gif pdf ipynb patch diff tmpl hbs ejs erb astro properties service plist gitignore editorconfig";
const extensionPattern = extensions
  .split(" ")
  .sort((a, b) => b.length - a.length)
  .join("|");
const plainFiles =
  "Makefile|Dockerfile|Gemfile|Rakefile|Procfile|Justfile|LICENSE|LICENCE|README|CHANGELOG|CONTRIBUTING|CODEOWNERS|Jenkinsfile|Vagrantfile";

/** What is recognised as a whole, in this order, each at a place where a new piece can begin. */
const patterns: [Token["kind"], RegExp][] = [
  ["quoted", /```[^\n`]*\n?([\s\S]*?)```/y],
  ["quoted", /`([^`]+)`/y],
  ["quoted", /"((?:[^"\\]|\\.)*)"/y],
  ["quoted", /[“”„]([^“”„]*)[“”]/y],
  ["quoted", /«([^»]*)»/y],
  ["quoted", /(?<![\p{L}\p{N}])'((?:[^'\n]|(?<=\p{L})'(?=\p{L}))*)'(?![\p{L}\p{N}])/uy],
  ["quoted", /(?<![\p{L}\p{N}])‘([^’\n]*)’/uy],
  ["word", /https?:\/\/[^\s)>\]]+/y],
  ["path", new RegExp(`(?:\\.{0,2}/)?(?:[\\w@.~*+-]+[/\\\\])*[\\w@.*+-]*\\.(?:${extensionPattern})(?![\\w])`, "iy")],
  [
    "path",
    /(?:\.{1,2}\/|\/|~\/)?[\w@.+-]*[A-Za-z_@.][\w@.+-]*(?:\/[\w@.*+-]+)+\/?|[\w@.+-]*[A-Za-z_][\w@.+-]*\/(?![\w/])|\.\/?(?=\s|$)/y,
  ],
  ["path", /\.[a-z][\w-]*(?:\.[\w-]+)*/y],
  ["path", new RegExp(`(?:${plainFiles})(?:\\.\\w+)?(?![\\w(])`, "y")],
  ["sign", /->|=>|→|⇒|\.\.\.?|…/y],
  ["code", /(?<![\w.])v?\d+(?:\.\d+){2,}[\w.+-]*(?<![.])|(?<![\w.])v\d+(?:\.\d+)*(?!\w)/y],
  [
    "number",
    /(?<![\w.)])[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.)])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\p{L}_]|\.\d)/uy,
  ],
  ["sign", /(?<=\d)x(?=\d)/y],
  ["number", /(?<=\d[x×*/+^%-])\d+(?:\.\d+)?(?![\p{L}_])/uy],
  ["number", /\d+(?:\.\d+)?(?=[x×*/+^%-]\s*-?\d)/y],
  ["code", /[\p{L}_$][\p{L}\p{N}_$]*(?:(?:\.|::|->|#)[\p{L}_$][\p{L}\p{N}_$]*)+(?:\([^()\n]*\))?/uy],
  ["code", /[\p{L}_$@#][\p{L}\p{N}_$]*\([^()\n]*\)/uy],
  ["code", /--?[a-z][\w-]*(?:=\S+)?/y],
  [
    "code",
    /[\p{L}]*[_$][\p{L}\p{N}_$]*|[\p{Ll}]+[\p{N}]*\p{Lu}[\p{L}\p{N}]*|\p{Lu}[\p{Ll}\p{N}]+(?:\p{Lu}[\p{Ll}\p{N}]*)+|[\p{Lu}\p{N}]{2,}(?:_[\p{Lu}\p{N}]+)+/uy,
  ],
  ["word", /[\p{L}][\p{L}\p{N}]*(?:['’](?=\p{L})\p{L}+)?(?:-[\p{L}\p{N}]+)*|\d+[\p{L}][\p{L}\p{N}]*/uy],
  ["sign", /[+*/^%=<>×÷−–—-]/y],
];

const contractions: Record<string, string[]> = {
  "what's": ["what", "is"],
  "where's": ["where", "is"],
  "who's": ["who", "is"],
  "how's": ["how", "is"],
  "that's": ["that", "is"],
  "there's": ["there", "is"],
  "it's": ["it", "is"],
  "let's": ["lets"],
  "don't": ["do", "not"],
  "doesn't": ["does", "not"],
  "can't": ["can", "not"],
  "won't": ["will", "not"],
  "isn't": ["is", "not"],
  "i'd": ["i", "would"],
  "i'm": ["i", "am"],
  "we've": ["we", "have"],
  "i've": ["i", "have"],
  whats: ["what", "is"],
  wheres: ["where", "is"],
  gimme: ["give", "me"],
  "we're": ["we", "are"],
  "you're": ["you", "are"],
  "aren't": ["are", "not"],
};

/** Cuts a request into its pieces. Punctuation that belongs to nothing is left out. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const found = pieceAt(text, at);
    if (found === undefined) {
      at++;
      continue;
    }
    tokens.push(...found);
    at = (found[found.length - 1] as Token).end;
    if (found[0]?.kind === "path") at += /^['’]s\b/.exec(text.slice(at))?.[0].length ?? 0;
  }
  return withSpelledNumbers(tokens);
}

function pieceAt(text: string, at: number): Token[] | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null || match[0] === "") continue;
    const previous = at > 0 ? (text[at - 1] as string) : " ";
    if (kind === "path" && (/[\w]/.test(previous) || /^\d+(?:\/\d+)+$/.test(match[0]))) continue;
    return piece(text, kind, match);
  }
  return undefined;
}

function piece(text: string, kind: Token["kind"], match: RegExpExecArray): Token[] {
  let raw = match[0];
  if (kind === "path" || kind === "word")
    raw = raw.replace(/(?:['’]s|\.+)$/, (end) => (end.startsWith(".") && /^\.{1,2}$/.test(raw) ? end : ""));
  if (raw === "") raw = match[0];
  const base = { start: match.index, end: match.index + raw.length };
  if (kind === "word") {
    const parts = contractions[raw.toLowerCase().replaceAll("’", "'")];
    const possessive = /^(.*)['’]s$/.exec(match[0]);
    if (parts !== undefined) return parts.map((part) => token("word", raw, part, { ...base }));
    if (contractions[match[0].toLowerCase().replaceAll("’", "'")] !== undefined) {
      return (contractions[match[0].toLowerCase().replaceAll("’", "'")] as string[]).map((part) =>
        token("word", match[0], part, { start: match.index, end: match.index + match[0].length }),
      );
    }
    return [token("word", raw, possessive?.[1] ?? raw, { ...base, end: match.index + match[0].length })];
  }
  if (kind === "quoted") return [token("quoted", raw, match[1] ?? raw, base)];
  if (kind === "number") return [{ ...token("number", raw, raw, base), number: Number(raw.replaceAll(",", "")) }];
  if (kind === "path") {
    const lines = /^(?::|#L|\(|:L)(\d+)(?:(?:[-–:]L?|,\s?)(\d+))?\)?/.exec(text.slice(base.end));
    if (lines !== null && !raw.endsWith("/")) {
      const last = lines[0].includes("-") || lines[0].includes("–") ? Number(lines[2]) : undefined;
      return [
        {
          ...token("path", raw, raw, { start: base.start, end: base.end + lines[0].length }),
          line: Number(lines[1]),
          ...(last ? { lastLine: last } : {}),
        },
      ];
    }
  }
  return [token(kind, raw, raw, base)];
}

function token(kind: Token["kind"], text: string, value: string, span: { start: number; end: number }): Token {
  const word = value.toLowerCase();
  return { kind, text, value, word, stem: kind === "word" ? stem(word) : word, ...span };
}

/** Joins the words of a spelled number ("twenty five") to one piece; the word itself stays readable for templates. */
function withSpelledNumbers(tokens: Token[]): Token[] {
  const words = tokens.map((item) => (item.kind === "word" ? item.word : ""));
  const joined: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const first = tokens[at] as Token;
    const spelled = first.kind === "word" ? spelledNumber(words, at) : undefined;
    const minus = joined.at(-1);
    if (
      first.kind === "number" &&
      minus !== undefined &&
      /^(?:minus|negative)$/.test(minus.word) &&
      joined.at(-2)?.number === undefined
    ) {
      joined.splice(-1, 1, { ...first, start: minus.start, number: -(first.number ?? 0) });
    } else if (spelled === undefined) joined.push(first);
    else {
      const last = tokens[at + spelled.length - 1] as Token;
      const negative = joined.at(-1)?.word === "minus" && (joined.length === 1 || joined.at(-2)?.number === undefined);
      joined.push({ ...first, end: last.end, number: negative ? -spelled.value : spelled.value });
      if (negative) joined.splice(-2, 1);
      at += spelled.length - 1;
    }
  }
  return joined;
}
