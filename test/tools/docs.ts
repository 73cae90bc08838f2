/**
 * `node test/tools/docs.mjs [--check [--results]]`: writes what in `docs/` is made of the code: the pages with a template in
 * `docs/parts/`, the JSON Schemas, and those of the Python SDK. With `--check` it writes nothing and fails where something would change, a link leads
 * nowhere or a proof is missing; with `--results` also where a linked test has not run.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { blockProblems, blockProofs, readBlocks } from "./docs/blocks.ts";
import { capabilitySchemas, capabilityTable } from "./docs/capabilities.ts";
import { checklistProblems, checklistProofs, checklistTables, readChecklists } from "./docs/checklists.ts";
import { errorList, readErrors } from "./docs/errors.ts";
import { brokenLinks, lostPages } from "./docs/links.ts";
import { readMeanings } from "./docs/meanings.ts";
import { fillPages } from "./docs/pages.ts";
import { matrixParts, proofProblems, readProofs } from "./docs/proofs.ts";
import { longLines } from "./docs/prose.ts";
import { protocolParts } from "./docs/protocol.ts";
import { manifestSchema, protocolSchema, pythonMessages } from "./docs/schemas.ts";
import { builtinRuleTable, callReasonTable, importTable, targetTable } from "./docs/tables.ts";
import { transcript } from "./docs/transcript.ts";
import { readTroubles, troubleProblems, troubleTables } from "./docs/trouble.ts";
import { root } from "./paths.ts";

const { values } = parseArgs({ options: { check: { type: "boolean" }, results: { type: "boolean" } } });

const proofs = readProofs();
const blocks = readBlocks();
const checklists = readChecklists();
const errors = readErrors();
const troubles = readTroubles();
const protocol = protocolParts(readMeanings());
const { pages, problems } = fillPages({
  ...protocol.parts,
  ...matrixParts(proofs),
  transcript: transcript(),
  checklists: checklistTables(checklists),
  errorList: errorList(errors),
  troubles: troubleTables(troubles),
  imports: importTable(),
  callReasons: callReasonTable(),
  capabilities: capabilityTable(),
  builtinRules: builtinRuleTable(),
  targets: targetTable(),
});
const troubleProofs = troubles.flatMap(({ entries }) => entries.flatMap(({ proof }) => proof ?? []));
const otherProofs = [...blockProofs(blocks), ...checklistProofs(checklists), ...troubleProofs];
const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
const files: Record<string, string> = {
  ...pages,
  "docs/schema/plugin-protocol.json": json(protocolSchema()),
  "docs/schema/manifest.json": json(manifestSchema()),
  "docs/schema/capabilities.json": json(capabilitySchemas()),
  "src/sdk/python/parley/messages.json": json(pythonMessages()),
};
const found = [
  ...problems,
  ...protocol.problems,
  ...brokenLinks(pages),
  ...lostPages(pages),
  ...longLines(pages),
  ...blockProblems(blocks, pages),
  ...checklistProblems(checklists),
  ...troubleProblems(troubles, errors),
  ...proofProblems(proofs, otherProofs, values.results ?? false),
  ...(values.check ? drift() : write()),
];
for (const problem of found) console.error(`docs: ${problem}`);
if (found.length === 0) console.log(values.check ? "docs: all follow the code" : "docs: written");
process.exit(found.length === 0 ? 0 : 1);

function drift(): string[] {
  return Object.entries(files).flatMap(([file, text]) => {
    const path = join(root, file);
    const same = existsSync(path) && readFileSync(path, "utf8") === text;
    return same ? [] : [`${file} is not what the code says; run node test/tools/docs.mjs`];
  });
}

function write(): string[] {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return [];
}
