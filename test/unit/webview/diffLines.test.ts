import assert from "node:assert/strict";
import { diffLines } from "../../../src/webview/diffLines.ts";

const kinds = (diff: string) => diffLines(diff).map(({ kind }) => kind);

describe("the lines of a diff", () => {
  it("have a gap where lines of the file are left out, and only there", () => {
    const change = "@@ -5,2 +5,2 @@ function f\n-old\n+new\n same\n@@ -20,1 +20,1 @@\n-old\n+new";
    assert.deepEqual(kinds(change), ["hunk", "removed", "added", "same", "hunk", "removed", "added"]);
    assert.deepEqual(diffLines(change)[0], { kind: "hunk", text: "function f" });
    assert.deepEqual(kinds("@@ -1,2 +1,2 @@\n-old\n+new\n same"), ["removed", "added", "same"]);
    assert.deepEqual(kinds("@@ -1,1 +1,1 @@\n-old\n+new\n@@ -2,1 +2,1 @@\n-old\n+new").includes("hunk"), false);
  });

  it("of a new file begin with its first line, and of one that goes with its first one too", () => {
    const added = "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n";
    assert.deepEqual(diffLines(added), [
      { kind: "added", text: "one", new: 1 },
      { kind: "added", text: "two", new: 2 },
    ]);
    assert.deepEqual(kinds("@@ -1,2 +0,0 @@\n-one\n-two"), ["removed", "removed"]);
  });

  it("are numbered in both files", () => {
    assert.deepEqual(
      diffLines("@@ -3,2 +4,3 @@\n same\n-old\n+new\n+more").map((line) => [line.old, line.new]),
      [
        [undefined, undefined],
        [3, 4],
        [4, undefined],
        [undefined, 5],
        [undefined, 6],
      ],
    );
  });
});
