import assert from "node:assert/strict";
import { describeEnding } from "../../../../src/core/plugins/ending.ts";

const ended = (stderr: string) => describeEnding({ exit: { code: 1, signal: null, stderr }, ran: false, asked: false });

describe("the sentence about the end of a process", () => {
  it("quotes the last line that was written", () => {
    assert.match(ended("Error: an early one\nthe disk is full\n"), /Its last words: the disk is full\.$/);
    const python = "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\nKeyError: 'town'\n";
    assert.match(ended(python), /Its last words: KeyError: 'town'\.$/);
    assert.doesNotMatch(ended("\n \n"), /last words/);
  });

  it("quotes the error, where Node says its version after it", () => {
    const syntax = [
      "file:///plugin/main.ts:8",
      "  lines: text === = 0,",
      "                  ^",
      "",
      "SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expression expected",
      "    at parseTypeScript (node:internal/modules/typescript:72:36) {",
      "  code: 'ERR_INVALID_TYPESCRIPT_SYNTAX'",
      "}",
      "",
      "Node.js v24.21.0",
      "",
    ];
    const said = "SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expression expected";
    assert.ok(ended(syntax.join("\n")).endsWith(`Its last words: ${said}.`), ended(syntax.join("\n")));
  });

  it("quotes what was thrown that is no error, and the version where there is nothing else", () => {
    const thrown = [
      "Uncaught:",
      "'no town'",
      "(Use `node --trace-uncaught ...` to show where)",
      "",
      "Node.js v24.21.0",
    ];
    assert.match(ended(thrown.join("\n")), /Its last words: 'no town'\.$/);
    assert.match(ended("Node.js v24.21.0\n"), /Its last words: Node\.js v24\.21\.0\.$/);
  });
});
