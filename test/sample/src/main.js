import { readFileSync } from "node:fs";
import { runProgram } from "./evaluator.ts";

const file = process.argv[2];
if (!file) {
  console.error("Usage: npm start FILE.tally");
  process.exit(2);
}
for (const value of runProgram(readFileSync(file, "utf8"))) {
  console.log(value);
}
