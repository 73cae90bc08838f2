/** `npm run test:<suite> [-- --grep TEXT] [--vscode auto|server|minimum|desktop|download]` */
import { parseArgs } from "node:util";
import { runSuite, type VsCodeChoice } from "./suites.ts";
import { printSummary } from "./summary.ts";

const choices: readonly string[] = ["auto", "server", "minimum", "desktop", "download"];
const { values, positionals } = parseArgs({
  // npm takes the first `--` for itself; whoever types another one means the same.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  allowPositionals: true,
  options: { grep: { type: "string", short: "g" }, vscode: { type: "string", default: "auto" } },
});
const suite = positionals[0];
if (!suite || positionals.length > 1)
  throw new Error("Name one suite: check, unit, contract, faults, peers, host or browser.");
if (!choices.includes(values.vscode))
  throw new Error(`--vscode takes one of ${choices.join(", ")}; "${values.vscode}" is none.`);
process.exit(printSummary([await runSuite(suite, { grep: values.grep, vscode: values.vscode as VsCodeChoice })]));
