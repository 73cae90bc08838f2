import { useEffect, useRef, useState } from "react";
import type { Highlighter, Token } from "./highlighter.ts";
import { grammarFor } from "./languages.ts";

/** Milliseconds of highlighting at a stretch; then the page gets its turn. */
const stretch = 6;
/** Lines at a time, small enough to stay within a stretch. */
const step = 20;

interface Progress {
  code: string;
  language: string | undefined;
  lines: Token[][];
  /** How many characters of `code` those lines are. */
  done: number;
  state: unknown;
}

let loading: Promise<Highlighter> | undefined;

/** One highlighter for the page; a failed load is tried again with the next block. */
function highlighter(): Promise<Highlighter> {
  loading ??= import("./highlighter.ts").then(
    (chunk) => chunk.Highlighter.create(),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/**
 * The tokens of the whole lines of `code` that are highlighted so far; the rest is shown plain until its turn. When
 * `code` grows, only the new lines are read.
 */
export function useHighlight(code: string, word: string): readonly Token[][] {
  const language = grammarFor(word);
  const progress = useRef<Progress>({ code: "", language, lines: [], done: 0, state: undefined });
  const [, setVersion] = useState(0);
  const current = progress.current;
  if (current.language !== language || !code.startsWith(current.code.slice(0, current.done))) {
    progress.current = { code, language, lines: [], done: 0, state: undefined };
  } else current.code = code;

  useEffect(() => {
    const work = progress.current;
    if (work.language === undefined || !hasMore(work)) return;
    const { language } = work;
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = (engine: Highlighter) => {
      if (stopped || progress.current !== work) return;
      const end = performance.now() + stretch;
      while (hasMore(work) && performance.now() < end) advance(work, engine, language);
      setVersion((version) => version + 1);
      if (hasMore(work)) timer = setTimeout(run, 0, engine);
    };
    highlighter()
      .then(async (engine) => {
        await engine.load(language);
        run(engine);
      })
      .catch((error: unknown) => console.warn("Parley: code is shown without colours:", error));
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  });
  return progress.current.lines;
}

const hasMore = (work: Progress) => work.code.indexOf("\n", work.done) >= 0;

function advance(work: Progress, engine: Highlighter, language: string): void {
  let end = work.done;
  for (let line = 0; line < step; line++) {
    const next = work.code.indexOf("\n", end);
    if (next < 0) break;
    end = next + 1;
  }
  const result = engine.highlight(work.code.slice(work.done, end - 1), language, work.state);
  work.lines = [...work.lines, ...result.lines];
  work.state = result.state;
  work.done = end;
}
