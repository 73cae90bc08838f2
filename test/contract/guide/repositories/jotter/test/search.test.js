import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreNote, searchNotes } from "../src/search.js";

const notes = [
  { title: "Groceries", body: "milk, bread, milk", tags: ["home"] },
  { title: "Milk prices", body: "too high", tags: ["work"] },
];

test("a hit in the title weighs three times as much", () => {
  assert.equal(scoreNote(notes[1], ["milk"]), 3);
  assert.equal(scoreNote(notes[0], ["milk"]), 2);
});

test("all words have to be there", () => {
  assert.deepEqual(searchNotes(notes, "milk bread"), [notes[0]]);
});

test("tags narrow the search", () => {
  assert.deepEqual(searchNotes(notes, "milk #work"), [notes[1]]);
});
