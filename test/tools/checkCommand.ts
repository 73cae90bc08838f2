/** `npm run check` */

import { runSuite } from "./suites.ts";
import { printSummary } from "./summary.ts";

process.exit(printSummary([await runSuite("check")]));
