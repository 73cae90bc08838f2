import assert from "node:assert/strict";
import { diffLines } from "../../../src/webview/diffLines.ts";
import { followsAfter } from "../../../src/webview/follow.ts";
import { ago, count, elapsed, jsonProblem, pretty } from "../../../src/webview/format.ts";
import { grammarFor } from "../../../src/webview/markdown/languages.ts";

describe("words for times and counts", () => {
  it("say how long something took", () => {
    assert.deepEqual([0, 99, 412, 9_949, 12_400, 59_600, 185_000, 3_720_000, -5, Number.NaN].map(elapsed), [
      "",
      "",
      "0.4 s",
      "9.9 s",
      "12 s",
      "1 min 0 s",
      "3 min 5 s",
      "1 h 2 min",
      "",
      "",
    ]);
  });

  it("say how long ago something was", () => {
    const now = Date.UTC(2026, 5, 1);
    const minute = 60_000;
    assert.deepEqual(
      [0, 5, 180, 2 * 24 * 60].map((minutes) => ago(now - minutes * minute, now)),
      ["now", "5 min", "3 h", "2 d"],
    );
    assert.match(ago(now - 30 * 24 * 60 * minute, now), /2026/);
  });

  it("say how many", () => {
    assert.deepEqual([0, 950, 1_000, 12_345, 999_949, 999_999, 2_500_000].map(count), [
      "0",
      "950",
      "1k",
      "12.3k",
      "999.9k",
      "1M",
      "2.5M",
    ]);
  });
});

describe("arguments", () => {
  it("are laid out when they are JSON", () => {
    assert.equal(pretty('{"a":1}'), '{\n  "a": 1\n}');
    assert.equal(pretty("not json"), "not json");
  });

  it("hide nothing and turn nothing round, and are still the same JSON", () => {
    const args = { command: "echo \u202e ;)'fr- mr'\u202c && ls\u200b \u2066x\u2069 \u{e0041}", said: "نعم 👩‍💻 é" };
    const shown = pretty(JSON.stringify(args));
    assert.match(shown, /"echo \\u202e ;\)'fr- mr'\\u202c && ls\\u200b \\u2066x\\u2069 \\udb40\\udc41"/);
    assert.ok(shown.includes("نعم 👩‍💻 é"), "scripts and emoji stay");
    assert.deepEqual(JSON.parse(shown), args);
  });

  it("must be a JSON object", () => {
    assert.equal(jsonProblem('{"a": [1]}'), undefined);
    assert.match(jsonProblem("{") ?? "", /not valid JSON/);
    for (const text of ["[]", "1", "null", '"x"']) assert.match(jsonProblem(text) ?? "", /JSON object/, text);
  });
});

describe("a unified diff", () => {
  it("becomes lines with their kind and their numbers", () => {
    const diff = "--- a/x\n+++ b/x\n@@ -3,3 +3,3 @@ f()\n same\n-old\n+new\n last\n\\ No newline at end of file\n";
    assert.deepEqual(diffLines(diff), [
      { kind: "hunk", text: "f()" },
      { kind: "same", text: "same", old: 3, new: 3 },
      { kind: "removed", text: "old", old: 4 },
      { kind: "added", text: "new", new: 4 },
      { kind: "same", text: "last", old: 5, new: 5 },
      { kind: "note", text: "No newline at end of file" },
    ]);
  });

  it("keeps lines that look like headers inside a hunk", () => {
    const lines = diffLines("@@ -1 +1 @@\n--- x\n+++ y\n");
    assert.deepEqual(
      lines.map(({ kind, text }) => `${kind} ${text}`),
      ["removed -- x", "added ++ y"],
    );
  });

  it("shows text that is no diff as it is", () => {
    assert.deepEqual(diffLines("binary files differ"), [{ kind: "note", text: "binary files differ" }]);
  });
});

describe("following the end", () => {
  const at = (top: number, height = 1_000, view = 200) => ({ top, height, view });

  it("goes on while content grows and stops when the person scrolls up", () => {
    assert.equal(followsAfter(true, at(800), at(800, 1_400)), true);
    assert.equal(followsAfter(true, at(800), at(700)), false);
    assert.equal(followsAfter(false, at(500), at(600)), false);
    assert.equal(followsAfter(false, at(500), at(790)), true);
  });

  it("goes on when the content shrinks or the view grows", () => {
    assert.equal(followsAfter(true, at(800), at(500, 800)), true);
    assert.equal(followsAfter(true, at(800, 1_000, 200), at(600, 1_000, 300)), true);
  });
});

describe("the words behind a fence", () => {
  it("mean a grammar where there is one", () => {
    assert.deepEqual(
      ["ts", "TypeScript", "sh", "c++", "{.python}", "js,ignore", "brainfuck", "", "constructor"].map(grammarFor),
      ["typescript", "typescript", "shellscript", "c", "python", "javascript", undefined, undefined, undefined],
    );
  });
});
