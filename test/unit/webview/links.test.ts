import assert from "node:assert/strict";
import { fileReference, linkTarget, referencesIn } from "../../../src/webview/markdown/links.ts";

describe("links in messages", () => {
  it("lead to the web by http and https only", () => {
    assert.deepEqual(linkTarget("https://example.com/a?b#c"), { kind: "web", url: "https://example.com/a?b#c" });
    for (const href of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "command:parley.stop",
      "vscode://x",
      "data:text/html,x",
      "mailto:a@b.c",
    ]) {
      assert.equal(linkTarget(href), undefined, href);
    }
    for (const href of ["", "  ", "#top", "//example.com/x", "https://", "java\nscript:x"])
      assert.equal(linkTarget(href), undefined, href);
  });

  it("lead to files, with a line when one is named", () => {
    const cases: [string, string, number?][] = [
      ["src/parser.ts", "src/parser.ts"],
      ["src/parser.ts:41", "src/parser.ts", 41],
      ["parser.ts:41", "parser.ts", 41],
      ["src/parser.ts:41:7", "src/parser.ts", 41],
      ["src/parser.ts#L41", "src/parser.ts", 41],
      ["src/parser.ts#L41-L50", "src/parser.ts", 41],
      ["./a%20b.md", "./a b.md"],
      ["/home/ada/x.py:3", "/home/ada/x.py", 3],
      ["file:///home/ada/x.py#L3", "/home/ada/x.py", 3],
      ["file:///C:/x/y.ts", "C:/x/y.ts"],
      ["C:\\x\\y.ts:9", "C:\\x\\y.ts", 9],
    ];
    for (const [href, path, line] of cases) {
      assert.deepEqual(
        linkTarget(href),
        line === undefined ? { kind: "file", path } : { kind: "file", path, line },
        href,
      );
    }
  });
});

describe("code spans", () => {
  it("open a file that they name with a line or a folder", () => {
    assert.deepEqual(fileReference("src/parser.ts:41"), { kind: "file", path: "src/parser.ts", line: 41 });
    assert.deepEqual(fileReference("parser.ts:41"), { kind: "file", path: "parser.ts", line: 41 });
    assert.deepEqual(fileReference("src/parser.ts"), { kind: "file", path: "src/parser.ts" });
  });

  it("stay code otherwise", () => {
    for (const text of [
      "parse",
      "a.b",
      "parser.ts",
      "x = 1",
      "a/b",
      "https://a.b/c.html",
      "key: 1",
      "f(a/b.c)",
      "src/a b.ts",
      "node:fs",
    ]) {
      assert.equal(fileReference(text), undefined, text);
    }
  });
});

describe("references in running text", () => {
  const found = (text: string) => referencesIn(text).map(([from, to]) => text.slice(from, to));

  it("are files with a line and web addresses", () => {
    assert.deepEqual(found("at src/parser.ts:41, then lexer.ts:3."), ["src/parser.ts:41", "lexer.ts:3"]);
    assert.deepEqual(found("see (https://example.com/a.ts:41). And http://b.c/d_(e)!"), [
      "https://example.com/a.ts:41",
      "http://b.c/d_(e)",
    ]);
  });

  it("are not times, ratios, hosts with ports or words", () => {
    assert.deepEqual(found("at 10:30, 3:1, localhost:8080 and key:value"), []);
  });

  it("are found in linear time", () => {
    const start = performance.now();
    found(`${"a/".repeat(20_000)}:${"a.".repeat(20_000)}`);
    found("aaaa.".repeat(20_000));
    assert.ok(performance.now() - start < 2_000, `took ${performance.now() - start} ms`);
  });
});
