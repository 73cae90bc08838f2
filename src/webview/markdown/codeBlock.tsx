import { memo } from "react";
import { useActions } from "../actions.ts";
import { CopyButton } from "../components/copyButton.tsx";
import { IconButton } from "../components/icon.tsx";
import type { Token } from "./highlighter.ts";
import { useHighlight } from "./useHighlight.ts";

/** Lines per chunk: one that is complete is not rendered again while the code grows, and one off screen not laid out. */
const chunk = 40;

interface CodeProps {
  code: string;
  /** The word behind the fence. */
  language: string;
  /** More of it is coming: the last line is not whole yet. */
  growing?: boolean;
}

/** Code with its colours, a button to copy it and one to insert it at the editor's cursor. */
export const CodeBlock = memo(function CodeBlock({ code, language, growing = false }: CodeProps) {
  const { insert } = useActions();
  return (
    <figure className="code-block">
      <figcaption>
        <span className="language">{language || "text"}</span>
        <CopyButton text={code} label="Copy code" />
        <IconButton icon="insert" label="Insert at cursor" onClick={() => insert(code)} />
      </figcaption>
      <Code code={code} language={language} growing={growing} />
    </figure>
  );
});

/** Only the code, for places that have their own frame. */
export const Code = memo(function Code({ code, language, growing = false }: CodeProps) {
  // Only whole lines are coloured; the newline makes one of the last.
  const tokens = useHighlight(growing ? code : `${code}\n`, language);
  const lines = code.split("\n");
  const chunks = [];
  for (let at = 0; at < lines.length; at += chunk) {
    const until = Math.min(at + chunk, lines.length);
    const text = lines.slice(at, until).join("\n");
    const ready = tokens.length >= until ? until - at : Math.max(0, tokens.length - at);
    chunks.push(<Chunk key={at} text={text} tokens={tokens} from={at} ready={ready} />);
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a named group, so that the name of what scrolls is read out.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: code scrolls sideways, and the keyboard must be able to scroll it.
    <pre className="code" dir="ltr" role="group" tabIndex={0} aria-label={language ? `${language} code` : "Code"}>
      <code>{chunks}</code>
    </pre>
  );
});

interface ChunkProps {
  text: string;
  tokens: readonly Token[][];
  /** The chunk's first line. */
  from: number;
  /** How many of its lines have tokens. */
  ready: number;
}

const Chunk = memo(
  function Chunk({ text, tokens, from, ready }: ChunkProps) {
    const lines = text.split("\n");
    return (
      <span className="chunk">
        {lines.map((line, index) => {
          const coloured = index < ready ? tokens[from + index] : undefined;
          // An empty last line needs its newline, or it would have no height.
          const end = index < lines.length - 1 || line === "" ? "\n" : "";
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its place.
          return <Line key={index} text={line} tokens={coloured} end={end} />;
        })}
      </span>
    );
  },
  (a, b) => a.text === b.text && a.ready === b.ready && a.from === b.from,
);

const Line = memo(
  function Line({ text, tokens, end }: { text: string; tokens: readonly Token[] | undefined; end: string }) {
    if (!tokens || tokens.map((token) => token.text).join("") !== text) return text + end;
    return (
      <>
        {tokens.map((token, index) =>
          token.className ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a token has no other name than its place.
            <span key={index} className={token.className}>
              {token.text}
            </span>
          ) : (
            token.text
          ),
        )}
        {end}
      </>
    );
  },
  (a, b) => a.text === b.text && a.tokens === b.tokens && a.end === b.end,
);
