import assert from "node:assert/strict";
import { test } from "node:test";
import { renderMarkdown } from "../src/markdown.js";

test("headings", () => {
  assert.equal(renderMarkdown("## Plans"), "<h2>Plans</h2>");
});

test("lists are closed", () => {
  assert.equal(renderMarkdown("- one\n- two\nrest"), "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<p>rest</p>");
});

test("HTML of the note is escaped", () => {
  assert.equal(renderMarkdown("<script>"), "<p>&lt;script&gt;</p>");
});
