/** The child process of one suite: `node mochaChild.ts SUITE [--grep TEXT] [--timeout MS] FILE…`. Exit 1 when a test failed. */
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { runMocha } from "./mochaRun.ts";
import { root } from "./paths.ts";
import { addResults } from "./results.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: "string" }, timeout: { type: "string" } },
});
const [suite, ...files] = positionals;
if (!suite) throw new Error("A suite's name is missing");
const results = await runMocha({
  files,
  grep: values.grep,
  timeoutMs: values.timeout ? Number(values.timeout) : undefined,
  displayFile: (file) => relative(root, file).replaceAll("\\", "/"),
});
addResults(suite, results);
// What a test leaves running must not keep the suite open; a suite that has leaks to find looks for them itself.
process.exit(results.some((test) => test.state === "failed") ? 1 : 0);
