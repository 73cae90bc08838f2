import assert from "node:assert/strict";
import { applyPatch } from "diff";
import { outcomeOf, readConversation } from "../../../plugins/llmserver/guide/conversation.ts";
import { replaceIn, unifiedDiff } from "../../../plugins/llmserver/guide/edits.ts";
import { evaluate, fill } from "../../../plugins/llmserver/guide/expressions.ts";
import { functions } from "../../../plugins/llmserver/guide/functions.ts";
import { definedName, rankPlaces } from "../../../plugins/llmserver/guide/nearby.ts";
import { parseRecipe } from "../../../plugins/llmserver/guide/recipes.ts";
import { reports } from "../../../plugins/llmserver/guide/reports.ts";
import { fitArguments } from "../../../plugins/llmserver/guide/schema.ts";
import { editDistance, stem } from "../../../plugins/llmserver/guide/stem.ts";
import { searchPattern } from "../../../plugins/llmserver/guide/terms.ts";
import { tokenise } from "../../../plugins/llmserver/guide/tokenise.ts";
import { bundledRecipes, bundledTools } from "./evaluate.ts";

const pieces = (text: string): string[] =>
  tokenise(text).map(
    (token) => `${token.kind}:${token.number ?? token.value}${token.line === undefined ? "" : `@${token.line}`}`,
  );

describe("the guide's pieces", () => {
  it("cuts requests into words, paths, numbers, quotes and signs", () => {
    assert.deepEqual(pieces("show lines 10-20 of src/a.ts."), [
      "word:show",
      "word:lines",
      "number:10",
      "sign:-",
      "number:20",
      "word:of",
      "path:src/a.ts",
    ]);
    assert.deepEqual(pieces("open package.json's src/b.py:41"), ["word:open", "path:package.json", "path:src/b.py@41"]);
    assert.deepEqual(pieces("change 'it\u2019s' to \"a b\" and `c`"), [
      "word:change",
      "quoted:it\u2019s",
      "word:to",
      "quoted:a b",
      "word:and",
      "quoted:c",
    ]);
    assert.deepEqual(pieces("5x6 and -2, 1,000 or 2.5"), [
      "number:5",
      "sign:x",
      "number:6",
      "word:and",
      "number:-2",
      "number:1000",
      "word:or",
      "number:2.5",
    ]);
    assert.deepEqual(pieces("twenty-three plus one hundred and five"), ["word:23", "word:plus", "word:105"]);
    assert.deepEqual(
      pieces("What's getUser v2.0.1?"),
      ["word:What", "word:is", "code:getUser", "code:v2.0.1"].map((item, index) => (index === 0 ? "word:what" : item)),
    );
  });

  it("stems words and counts edits", () => {
    assert.deepEqual(["comments", "parses", "running", "retries", "validation", "bus"].map(stem), [
      "comment",
      "pars",
      "run",
      "retry",
      "valid",
      "bus",
    ]);
    assert.deepEqual(
      [editDistance("chnage", "change", 2), editDistance("serch", "search", 2), editDistance("abc", "xyz", 1)],
      [1, 1, 2],
    );
  });

  it("makes search terms of descriptions", () => {
    assert.equal(searchPattern("the parser handles comments"), "pars|comment");
    assert.equal(searchPattern("`a.b(c)` defined"), "a\\.b\\(c\\)");
    assert.equal(searchPattern("retries"), "retr(?:y|ie)");
  });

  it("ranks the line where the terms meet first, tests and prose last", () => {
    const hits = [
      { path: "docs/parser.md", line: 3, snippet: "The parser handles comments." },
      { path: "test/parser.test.ts", line: 9, snippet: "function parsesComments() {" },
      { path: "src/parser.ts", line: 40, snippet: "function skipComment() {" },
      { path: "src/other.ts", line: 7, snippet: "// a comment" },
    ];
    assert.deepEqual(rankPlaces(hits, "parser handles comments").map((place) => place.path)[0], "src/parser.ts");
    assert.deepEqual(
      [
        "export async function load(",
        "  def read(self):",
        "const x = () => 1",
        "pub fn go() {",
        "  render(a) {",
        "if (x) {",
        "return f(x)",
      ].map(definedName),
      ["load", "read", "x", "go", "render", undefined, undefined],
    );
  });

  it("replaces whole words in the case that was found, and says where nothing is", () => {
    assert.equal(replaceIn("cat concat Cat\n", { old: "cat", new: "dog" })?.content, "dog concat Cat\n");
    assert.equal(replaceIn("CAT\n", { old: "cat", new: "dog" })?.content, "DOG\n");
    assert.equal(replaceIn("f(a)\n", { old: "the function f()", new: "g()" })?.content, "g(a)\n");
    assert.equal(replaceIn("a a a\n", { old: "a", new: "b" }, { last: true })?.content, "a a b\n");
    assert.equal(replaceIn("x\n", { old: "y", new: "z" }), undefined);
  });

  it("makes diffs that apply, also of a page in the middle and without a last line end", () => {
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`);
    const file = lines.join("\n");
    const page = { path: "a.txt", content: `${lines.slice(39, 50).join("\n")}\n`, offset: 40 };
    const diff = unifiedDiff(page, page.content.replace("line 45", "LINE"));
    assert.match(diff, /@@ -42,7 \+42,7 @@/);
    assert.equal(applyPatch(file, diff), file.replace("line 45", "LINE"));
    const end = { path: "a.txt", content: file };
    assert.equal(applyPatch(file, unifiedDiff(end, file.replace("line 60", "end"))), file.replace("line 60", "end"));
    const windows = { path: "w.txt", content: "a\r\nb\r\n" };
    assert.equal(applyPatch(windows.content, unifiedDiff(windows, "a\r\nc\r\n")), "a\r\nc\r\n");
  });

  it("sets values and keeps their quotes", () => {
    const set = (content: string, old: string, next: string): string | false => {
      const page = { path: "f", content };
      return applyPatch(
        content,
        String(functions.replaced?.(page, { page, old, new: next, old_kind: "word", sets: true }) ?? ""),
      );
    };
    assert.equal(set('{\n  "version": "1.0.0",\n}\n', "version", "2.0.0"), '{\n  "version": "2.0.0",\n}\n');
    assert.equal(set("this.max = 10; // most\n", "max", "20"), "this.max = 20; // most\n");
    assert.equal(set("DEBUG=true\n", "debug", "false"), "DEBUG=false\n");
    assert.equal(
      functions.replaced?.({ path: "f", content: "maximum\n" }, { old: "max", new: "5", old_kind: "word", sets: true }),
      undefined,
    );
  });

  it("fits arguments to a schema and names what is missing or wrong", () => {
    const schema = {
      type: "object",
      required: ["n", "op"],
      additionalProperties: false,
      properties: { n: { type: "integer", maximum: 9 }, op: { enum: ["add", "multiply"] } },
    };
    assert.deepEqual(fitArguments(schema, { n: "5", op: "times", other: 1 }), {
      args: { n: 5, op: "multiply" },
      missing: [],
      wrong: [],
    });
    assert.deepEqual(fitArguments(schema, { n: 10 }), { args: {}, missing: ["op"], wrong: ["n must be at most 9"] });
  });

  it("fills expressions and leaves out what is not there", () => {
    const double = { double: (value: unknown) => Number(value) * 2 };
    assert.deepEqual(fill({ a: "{x}", b: "{no}", c: "x is {x|double}", d: ["{x}"] }, { x: 4 }, double), {
      a: 4,
      c: "x is 8",
      d: [4],
    });
    assert.equal(evaluate("x.constructor", { x: {} }, {}), undefined);
    assert.throws(() => evaluate("x|constructor", { x: 1 }, {}), /no function constructor/);
  });

  it("reads tool messages: values, errors, and pages that were cut", () => {
    assert.deepEqual(outcomeOf("Error: no"), { ok: false, error: "no" });
    assert.deepEqual(outcomeOf('{"a":1}'), { ok: true, value: { a: 1 } });
    const cut = outcomeOf('{"path":"a","content":"one\\ntwo\\nthr\n[cut: 99 more characters; ask for a smaller part]');
    assert.deepEqual(cut, {
      ok: true,
      value: { path: "a", content: "one\ntwo\n", offset: 1, count: 2, nextOffset: 3 },
    });
    assert.equal(readConversation([{ role: "assistant", content: "hi" }]), undefined);
  });

  it("refuses recipes that are not right, with the reason", () => {
    assert.throws(() => parseRecipe("hello", "x.md"), /x\.md: it does not begin with front matter/);
    assert.throws(
      () =>
        parseRecipe("---\nname: a\ntitle: b\nexample: c\n---\n## Prompts\n- p\n## Steps\n```json\n[{}]\n```\n", "x.md"),
      /one of call, stop and report/,
    );
  });

  it("ships recipes that use only what there is", () => {
    const offers = bundledTools().flatMap((tool) => [tool.offer, tool.offer?.split("/")[1]]);
    for (const recipe of bundledRecipes()) {
      for (const step of recipe.steps) {
        if (step.call !== undefined) assert.ok(offers.includes(step.call), `${recipe.name}: ${step.call}`);
        if (step.report !== undefined) assert.ok(step.report in reports, `${recipe.name}: ${step.report}`);
        for (const [, name] of JSON.stringify(step).matchAll(/\|(\w+)/g))
          assert.ok((name as string) in functions, `${recipe.name}: ${name}`);
      }
    }
  });
});
