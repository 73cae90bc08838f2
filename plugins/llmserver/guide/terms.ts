import { stem } from "./stem.ts";
import { tokenise } from "./tokenise.ts";
import { fillers, joints } from "./words.ts";

/** Something to look for in code: a regular expression's source, the word it came from, and how much it counts. A quiet one is
 * not searched for; it only helps to choose among what was found. */
export type Term = { word: string; pattern: string; weight: number; quiet?: boolean };

/** Words that say something about code in general and nothing about which. */
const general = new Set(
  (
    "code file files folder folders line lines part parts place places thing things stuff section sections logic bit spot location implementation " +
    "implementations function functions method methods class classes module modules variable variables constant constants definition definitions declaration " +
    "usage usages use uses used using reference references call calls called caller callers example examples project repo repository codebase " +
    "source where what which who how why when happen happens happening done live lives located defined declared implemented find " +
    "piece snippet area something anything everything somewhere via actual program library app application type name thats i we you they them their system " +
    "through while during after before each every other same such only also like see inside not no does"
  ).split(" "),
);

/** Verbs of what code does in general: they help to choose, but are no reason to search. */
const light = new Set(
  (
    "handle handles handled handling process processes processed processing deal deals manage manages managed get gets set sets take takes make makes made " +
    "perform performs work works run runs do does doing happen put puts give gives given go goes come comes keep keeps kept start starts come decide decides " +
    "provide provides determine determines determined implement implements responsible turn turns turned want allow allows support supports supported " +
    "define defines declare declares contain contains store stores stored create creates created new default value values data"
  ).split(" "),
);

/** What programs write for a word, besides the word. */
const alternatives: Record<string, string[]> = {
  authentication: ["auth"],
  authenticate: ["auth"],
  authenticated: ["auth"],
  authorization: ["auth"],
  authorisation: ["auth"],
  configuration: ["config", "setting"],
  configure: ["config"],
  configured: ["config"],
  settings: ["config", "option"],
  options: ["option", "opts"],
  login: ["log.?in", "sign.?in"],
  logout: ["log.?out", "sign.?out"],
  password: ["passw", "pwd"],
  directory: ["dir", "folder"],
  directories: ["dir", "folder"],
  folder: ["dir"],
  error: ["err", "exception"],
  errors: ["err", "exception"],
  exception: ["error"],
  argument: ["arg"],
  arguments: ["args?\\b", "argv"],
  parameter: ["param"],
  parameters: ["param"],
  environment: ["env"],
  temporary: ["temp", "tmp"],
  maximum: ["max"],
  minimum: ["min"],
  message: ["msg"],
  messages: ["msg"],
  database: ["\\bdb\\b"],
  initialise: ["init"],
  initialize: ["init"],
  initialised: ["init"],
  initialized: ["init"],
  initialization: ["init"],
  delete: ["remov"],
  deleted: ["remov"],
  remove: ["delet"],
  removed: ["delet"],
  calculate: ["comput", "calc"],
  calculated: ["comput", "calc"],
  compute: ["calc"],
  computed: ["calc"],
  request: ["req\\b"],
  response: ["res\\b"],
  button: ["btn"],
  image: ["img"],
  index: ["idx"],
  length: ["len\\b", "size"],
  size: ["length"],
  number: ["num", "count"],
  count: ["num", "len"],
  address: ["addr"],
  expression: ["expr"],
  statement: ["stmt"],
  regular: ["regex"],
  timeout: ["time.?out"],
  stopped: ["stop", "abort"],
  cancel: ["abort"],
  cancelled: ["abort"],
  quit: ["exit"],
  closed: ["close"],
  whitespace: ["white.?space", "\\\\s"],
  filename: ["file.?name"],
  username: ["user.?name"],
  uppercase: ["upper.?case"],
  lowercase: ["lower.?case"],
  colour: ["color"],
  colours: ["color"],
  print: ["log", "write"],
  printed: ["print", "log"],
  flags: ["flag", "option"],
  colon: [":"],
  ignored: ["ignor", "skip"],
  ignore: ["skip"],
  skipped: ["skip", "ignor"],
  throw: ["throw", "raise"],
  thrown: ["throw", "raise"],
  raised: ["rais", "throw"],
  written: ["writ"],
  write: ["writ"],
  read: ["read", "load"],
  loaded: ["load", "read"],
  sent: ["send"],
  built: ["build"],
  chosen: ["choos", "select"],
  found: ["find"],
  begin: ["start"],
  split: ["split"],
  sorted: ["sort"],
  version: ["version"],
  cli: ["argv", "command"],
  command: ["cmd", "command"],
  commands: ["cmd", "command"],
  escape: ["escap"],
  quotes: ["quot"],
  duplicate: ["dup", "uniq", "seen"],
  duplicates: ["dup", "uniq", "seen"],
  entry: ["main"],
  startup: ["start", "main"],
  convert: ["to_?", "convert"],
  checked: ["check", "valid"],
};

/** The terms of a description such as "the parser handles comments", the weightiest first; ten at most. */
export function termsOf(text: string): Term[] {
  const terms: Term[] = [];
  const add = (word: string, pattern: string, weight: number): void => {
    const known = terms.find((term) => term.pattern.toLowerCase() === pattern.toLowerCase());
    if (known === undefined) terms.push({ word, pattern, weight });
    else known.weight = Math.max(known.weight, weight);
  };
  const spare: Term[] = [];
  const further: Term[] = [];
  for (const token of tokenise(text)) {
    if (token.kind === "quoted") {
      add(token.value, literal(token.value), 2);
      continue;
    }
    if (token.kind === "code" || token.kind === "path") {
      const name = token.value.replace(/\(.*\)$/s, "");
      add(name, literal(name), 2);
      continue;
    }
    if (token.kind !== "word") {
      if (token.kind === "number") add(token.text, `\\b${literal(token.text)}\\b`, 1.5);
      continue;
    }
    for (const word of token.word.split("-")) {
      if (fillers.has(word) || joints.has(word) || word.length < 2) continue;
      if (general.has(word)) spare.push({ word, pattern: patternOf(word), weight: 0.5 });
      else if (light.has(word)) spare.unshift({ word, pattern: patternOf(word), weight: 0.35 });
      else {
        const proper = /^\p{Lu}/u.test(token.text) && token.start > 0;
        add(word, patternOf(word), proper ? 1.3 : 1);
        for (const other of alternatives[word] ?? alternatives[singular(word)] ?? []) {
          // Abbreviations stand for the word itself, other words only help where there is little else.
          if (other.replace(/^\\b/, "").startsWith(word.slice(0, 2))) add(word, other, 0.8);
          else further.push({ word, pattern: other, weight: 0.5 });
        }
      }
    }
  }
  if (terms.length === 0) for (const term of spare.slice(0, 3)) add(term.word, term.pattern, term.weight);
  else if (terms.filter((term) => term.weight >= 1).length < 2) {
    for (const term of spare.filter((item) => item.weight < 0.5).slice(0, 2)) add(term.word, term.pattern, term.weight);
  }
  if (new Set(terms.filter((term) => term.weight >= 0.8).map((term) => term.word)).size < 2)
    for (const term of further) add(term.word, term.pattern, term.weight);
  for (const { word, pattern, weight } of spare) {
    if (
      weight === 0.5 &&
      /^(?:constants?|functions?|class|classes|modules?|variables?|examples?|references?|types?)$/.test(word) &&
      !terms.some((term) => term.pattern === pattern)
    ) {
      terms.push({ word, pattern, weight: 0.4, quiet: true });
    }
  }
  return terms.sort((a, b) => b.weight - a.weight).slice(0, 10);
}

/** One regular expression that finds a line with any of the terms. */
export function searchPattern(text: string): string {
  return termsOf(text)
    .filter((term) => !term.quiet)
    .map((term) => term.pattern)
    .join("|");
}

const singular = (word: string): string => word.replace(/(?<=[^s])s$/, "");

/** The pattern of an English word: its stem, with both spellings where English has two. */
function patternOf(word: string): string {
  const base = stem(word);
  if (base.length <= 3 && word.length > base.length + 1) return literal(singular(word));
  if (base.length <= 3) return word.length <= 3 ? `\\b${literal(word)}|_${literal(word)}` : literal(base);
  if (/[^aeiou]y$/.test(base)) return `${literal(base.slice(0, -1))}(?:y|ie)`;
  if (/i[sz]$/.test(base)) return `${literal(base.slice(0, -1))}[sz]`;
  return literal(base.replace(/ou?r$/, (end) => (end === "our" ? "our" : end)));
}

/** Plain text as a regular expression that both ripgrep and JavaScript read the same way. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
