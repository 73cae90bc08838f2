import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../src/evaluator.ts";

test("operators bind as in school", () => {
  assert.deepEqual(runProgram("1 + 2 * 3\n(1 + 2) * 3\n10 - 4 - 3"), [7, 9, 3]);
});

test("names keep values", () => {
  assert.deepEqual(runProgram("net = 200\ntax = net * 0.19\nround(net + tax, 2)"), [238]);
});

test("comments mean nothing, in all three forms", () => {
  assert.deepEqual(runProgram("# a line\n1 // an end\n2 /* over\nlines */ + 3"), [1, 5]);
});

test("mistakes name their line", () => {
  assert.throws(() => runProgram("1\n2 / 0"), /line 2: division by zero/);
  assert.throws(() => runProgram("nope + 1"), /line 1: nothing is called "nope"/);
  assert.throws(() => runProgram("max()"), /line 1: "max" takes 1 to 20 values, not 0/);
});
