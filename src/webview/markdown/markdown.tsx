import { memo, useRef } from "react";
import ReactMarkdown, { type Options } from "react-markdown";
import { type Block, type Cut, cutBlocks } from "./blocks.ts";
import { CodeBlock } from "./codeBlock.tsx";
import { markdownComponents } from "./elements.tsx";
import { gfm } from "./gfm.ts";
import { linkTarget } from "./links.ts";
import { linkReferences } from "./references.ts";

const options: Options = {
  remarkPlugins: [gfm],
  rehypePlugins: [linkReferences],
  components: markdownComponents,
  // Only what links.ts allows stays an address; raw HTML stays text, because nothing here turns it into elements.
  urlTransform: (url) => (linkTarget(url) ? url : ""),
};

/** Markdown that may still be growing: what is settled is not parsed or rendered again. */
export const Markdown = memo(function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  const cut = useRef<Cut>(undefined);
  cut.current = cutBlocks(text, cut.current);
  const { blocks, definitions } = cut.current;
  return (
    <div className={streaming ? "markdown streaming" : "markdown"}>
      {blocks.map((block) =>
        block.kind === "code" ? (
          <CodeBlock key={block.key} code={block.text} language={block.language ?? ""} growing={block.open === true} />
        ) : (
          <TextBlock key={block.key} block={block} definitions={block.text.includes("[") ? definitions : ""} />
        ),
      )}
    </div>
  );
});

const TextBlock = memo(
  function TextBlock({ block, definitions }: { block: Block; definitions: string }) {
    const text = definitions ? `${block.text}\n\n${definitions}` : block.text;
    return (
      <div className={block.joined ? "block joined" : "block"}>
        <ReactMarkdown {...options}>{text}</ReactMarkdown>
      </div>
    );
  },
  (a, b) => a.block.text === b.block.text && a.definitions === b.definitions,
);
