/** The highlighter: a chunk of its own, loaded when the first code block appears. Grammars are chunks too. */
import {
  createHighlighterCore,
  type GrammarState,
  type HighlighterCore,
  type LanguageInput,
  type ThemeRegistration,
} from "shiki/core";
import { createJavaScriptRawEngine } from "shiki/engine/javascript";

/** A piece of a line and the class that colours it. */
export interface Token {
  readonly text: string;
  readonly className: string;
}

/** Tokens of whole lines, and the state to go on with at the next line. */
export interface HighlightedLines {
  readonly lines: Token[][];
  readonly state: unknown;
}

/** Their expressions are JavaScript already: translating them on the page would take a quarter of a second. */
const grammars: Record<string, () => LanguageInput> = {
  typescript: () => import("@shikijs/langs-precompiled/typescript"),
  tsx: () => import("@shikijs/langs-precompiled/tsx"),
  javascript: () => import("@shikijs/langs-precompiled/javascript"),
  json: () => import("@shikijs/langs-precompiled/json"),
  python: () => import("@shikijs/langs-precompiled/python"),
  shellscript: () => import("@shikijs/langs-precompiled/shellscript"),
  diff: () => import("@shikijs/langs-precompiled/diff"),
  markdown: () => import("@shikijs/langs-precompiled/markdown"),
  html: () => import("@shikijs/langs-precompiled/html"),
  css: () => import("@shikijs/langs-precompiled/css"),
  rust: () => import("@shikijs/langs-precompiled/rust"),
  go: () => import("@shikijs/langs-precompiled/go"),
  java: () => import("@shikijs/langs-precompiled/java"),
  c: () => import("@shikijs/langs-precompiled/c"),
  yaml: () => import("@shikijs/langs-precompiled/yaml"),
};

/** Colours stand for classes, which main.css colours by the theme's kind; a change of theme needs no new tokens. */
const classes: Record<string, string[]> = {
  comment: ["comment", "punctuation.definition.comment"],
  string: ["string", "punctuation.definition.string", "markup.inline.raw"],
  number: ["constant.numeric", "constant.language", "constant.character", "constant.other", "support.constant"],
  keyword: [
    "storage",
    "keyword.operator.new",
    "keyword.operator.expression",
    "keyword.operator.logical.python",
    "variable.language",
  ],
  control: ["keyword.control", "keyword.other", "storage.modifier.import", "keyword.import"],
  type: [
    "entity.name.type",
    "entity.name.class",
    "support.type",
    "support.class",
    "entity.other.inherited-class",
    "entity.name.namespace",
  ],
  function: ["entity.name.function", "support.function", "meta.function-call.generic"],
  variable: [
    "variable",
    "meta.object-literal.key",
    "support.variable",
    "support.type.property-name",
    "entity.name.variable",
  ],
  tag: ["entity.name.tag", "punctuation.definition.tag"],
  attribute: ["entity.other.attribute-name"],
  added: ["markup.inserted", "meta.diff.header.to-file"],
  removed: ["markup.deleted", "meta.diff.header.from-file"],
  heading: ["markup.heading", "meta.diff.range", "markup.bold"],
};

const colours = Object.keys(classes).map((name, index) => [name, `#0000${(index + 16).toString(16)}`] as const);
const classOf = new Map<string, string>(colours.map(([name, colour]) => [colour, `tok-${name}`]));
const theme: ThemeRegistration = {
  name: "parley",
  type: "dark",
  colors: { "editor.foreground": "#000001", "editor.background": "#000002" },
  settings: colours.map(([name, colour]) => ({ scope: classes[name] ?? [], settings: { foreground: colour } })),
};

/** One highlighter with the grammars that were needed so far. */
export class Highlighter {
  readonly #core: HighlighterCore;
  readonly #loading = new Map<string, Promise<unknown>>();

  private constructor(core: HighlighterCore) {
    this.#core = core;
  }

  static async create(): Promise<Highlighter> {
    const engine = createJavaScriptRawEngine();
    return new Highlighter(await createHighlighterCore({ themes: [theme], langs: [], engine }));
  }

  /** Resolves when `language` (see `languages.ts`) can be highlighted. */
  async load(language: string): Promise<void> {
    let loading = this.#loading.get(language);
    if (!loading) {
      const grammar = grammars[language];
      loading = grammar ? this.#core.loadLanguage(grammar()) : Promise.reject(new Error(`No grammar for ${language}.`));
      this.#loading.set(language, loading);
    }
    await loading;
  }

  /** Tokens of whole lines of a loaded language; `state` is what the lines before answered. */
  highlight(code: string, language: string, state: unknown): HighlightedLines {
    const grammarState = state as GrammarState | undefined;
    const options = {
      lang: language,
      theme: "parley",
      tokenizeMaxLineLength: 2_000,
      // A line given up after some time would leave a state that colours the next one wrongly.
      tokenizeTimeLimit: 0,
      ...(grammarState ? { grammarState } : {}),
    };
    const tokens = this.#core.codeToTokensBase(code, options);
    const lines = tokens.map((line) =>
      line.map(({ content, color }) => ({ text: content, className: classOf.get(color?.toLowerCase() ?? "") ?? "" })),
    );
    return { lines, state: this.#core.getLastGrammarState(tokens) };
  }
}
