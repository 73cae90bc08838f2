import assert from "node:assert/strict";
import fc from "fast-check";
import { type Cut, cutBlocks } from "../../../src/webview/markdown/blocks.ts";

const texts = (source: string) => cutBlocks(source).blocks.map((block) => block.text.trim());

describe("cutting Markdown into blocks", () => {
  it("cuts at blank lines and at fences", () => {
    const { blocks } = cutBlocks("# Title\n\nOne\ntwo.\n```ts\nlet a;\n\nlet b;\n```\nThree\n");
    assert.deepEqual(
      blocks.map(({ kind, text, language }) => [kind, text.trim(), language]),
      [
        ["text", "# Title", undefined],
        ["text", "One\ntwo.", undefined],
        ["code", "let a;\n\nlet b;", "ts"],
        ["text", "Three", undefined],
      ],
    );
  });

  it("keeps a list whole over blank lines, indented text and fences inside", () => {
    const list = "- one\n\n  still one\n\n  ```js\n  code\n  ```\n- two\n\n- three";
    assert.deepEqual(texts(`${list}\n\nAfter\n`), [list, "After"]);
    assert.deepEqual(texts("1. one\n\n2. two\n\nAfter\n"), ["1. one\n\n2. two", "After"]);
  });

  it("knows a list behind an empty first line and behind code", () => {
    assert.deepEqual(texts("\n\n- one\n\n- two\n"), ["- one\n\n- two"]);
    assert.deepEqual(texts("```\na\n```\n\n- one\n\n- two\n"), ["a", "- one\n\n- two"]);
  });

  it("does not take a rule or emphasis for a list", () => {
    assert.deepEqual(texts("* * *\n\npara\n\n**bold**\n\nend\n"), ["* * *", "para", "**bold**", "end"]);
  });

  it("keeps indented code whole over blank lines", () => {
    assert.deepEqual(texts("    a\n\n    b\n\nend\n"), ["a\n\n    b", "end"]);
  });

  it("closes a fence only with one that is as long and of the same mark", () => {
    const { blocks } = cutBlocks("````md\n```\ninner\n```\n~~~\n````\nafter");
    assert.deepEqual([blocks[0]?.text, blocks[1]?.text], ["```\ninner\n```\n~~~", "after"]);
  });

  it("shows an open fence as code and does not let its closing flash up", () => {
    const open = cutBlocks("```py\nprint(1)\n").blocks[0];
    assert.deepEqual([open?.kind, open?.text, open?.open], ["code", "print(1)", true]);
    assert.equal(cutBlocks("```py\nprint(1)\n``").blocks[0]?.text, "print(1)");
    assert.equal(cutBlocks("```py\nprint(1)\n```\n").blocks[0]?.open, undefined);
  });

  it("takes a fence's indentation from its lines", () => {
    assert.equal(cutBlocks("  ```\n  a\n    b\n  ```\n").blocks[0]?.text, "a\n  b");
  });

  it("cuts a long list between two of its items", () => {
    const { blocks } = cutBlocks("- an item of the list that is rather long\n".repeat(200));
    assert.ok(blocks.length > 3, `${blocks.length} blocks`);
    assert.ok(blocks.every(({ text }) => text.length < 2_000 && text.startsWith("- ")));
    assert.deepEqual([blocks[0]?.joined, blocks[1]?.joined], [undefined, true]);
  });

  it("collects definitions, but not out of code", () => {
    assert.equal(
      cutBlocks("See [a].\n\n[a]: https://example.com\n\n```\n[b]: no\n```\n").definitions,
      "[a]: https://example.com\n",
    );
  });

  const piece = fc.constantFrom(
    "word ",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "```",
    "```ts\n",
    "~~~\n",
    "    ",
    "  ",
    "# ",
    "> ",
    "| a |",
    "[x]: y",
    "---\n",
    "\r\n",
  );
  const source = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));

  it("cuts the same in pieces as at once, and leaves settled blocks alone", () => {
    fc.assert(
      fc.property(source, fc.array(fc.nat(200), { maxLength: 12 }), (text, at) => {
        let cut: Cut | undefined;
        for (const length of [...at.map((n) => Math.min(n, text.length)).sort((a, b) => a - b), text.length]) {
          const before: Cut | undefined = cut;
          cut = cutBlocks(text.slice(0, length), before);
          const settled = before?.resume.settled ?? [];
          for (const [index, block] of settled.entries()) assert.equal(cut.blocks[index], block);
        }
        assert.deepEqual(cut?.blocks, cutBlocks(text).blocks);
      }),
    );
  });

  it("loses no word", () => {
    fc.assert(
      fc.property(source, (text) => {
        const words = (all: string) => all.split("word").length;
        const fenceLines = /^ {0,3}(?:`{3,}|~{3,})[^\n]*$/gm;
        const kept = cutBlocks(text)
          .blocks.map((block) => block.text)
          .join("\n");
        assert.equal(words(kept.replace(fenceLines, "")), words(text.replace(fenceLines, "")));
      }),
    );
  });

  it("starts anew for a text that does not go on from the last", () => {
    const before = cutBlocks("one\n\ntwo\n\nthree");
    assert.deepEqual(cutBlocks("other\n\ntext", before), cutBlocks("other\n\ntext"));
  });
});
