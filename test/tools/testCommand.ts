/** `npm test`: every suite in order, also after one has failed; ends with one line `N passed, N failed`. */
import { coverageFolder, reportCoverage } from "./coverage.ts";
import { checkProofs } from "./proved.ts";
import { allSuites, runSuite, type SuiteOutcome } from "./suites.ts";
import { printSummary } from "./summary.ts";

const outcomes: SuiteOutcome[] = [];
const coverage = coverageFolder();
for (const suite of allSuites()) {
  console.log(`\n=== ${suite} ===`);
  const outcome = await runSuite(suite, { coverage });
  if (outcome.problem) console.log(outcome.problem);
  outcomes.push(outcome);
  if (suite === "contract") outcomes.push(await reportCoverage(coverage));
}
console.log("\n=== proofs ===");
outcomes.push(await checkProofs());
process.exit(printSummary(outcomes));
