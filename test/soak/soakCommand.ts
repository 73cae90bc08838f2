/**
 * `npm run soak [-- --operations N] [--json]`: keeps the host and its plugins at work for 1,000,000 calls and events, or as many
 * as are named, prints what it measured after each tenth, and writes all of it to `test/results/soak.json`. With `--json` it prints that
 * instead. Exit 1 when something was lost, left pending or left behind, or when memory grows.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../tools/paths.ts";
import { faultsOf } from "./judge.ts";
import { runSoak, type Sample } from "./soak.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { operations: { type: "string", default: "1000000" }, json: { type: "boolean", default: false } },
});
const operations = Number(values.operations);
if (!Number.isSafeInteger(operations) || operations <= 0)
  throw new Error(`--operations takes a number of operations; "${values.operations}" is none.`);

const MiB = 1024 * 1024;
const tenth = Math.ceil(operations / 10);
let next = tenth;
const show = (sample: Sample) => {
  if (values.json || sample.operations < next) return;
  next += tenth;
  const { ms, heapBytes, rssBytes, descriptors, resources, processes } = sample;
  console.log(
    `${String(sample.operations).padStart(9)} operations  ${(ms / 1_000).toFixed(1).padStart(6)} s  ` +
      `heap ${(heapBytes / MiB).toFixed(2)} MiB  rss ${(rssBytes / MiB).toFixed(0)} MiB  ` +
      `${descriptors} descriptors  ${resources} resources  ${processes} processes`,
  );
};
const figures = await runSoak(operations, show);
const faults = faultsOf(figures);
if (values.json) console.log(JSON.stringify({ ...figures, faults }));
else {
  mkdirSync(join(root, "test", "results"), { recursive: true });
  writeFileSync(join(root, "test", "results", "soak.json"), `${JSON.stringify({ ...figures, faults }, null, 2)}\n`);
  const { requests, events, crashes, restarts, outcomes } = figures;
  console.log(
    `\n${figures.operations} operations, ${requests.started} requests (${requests.open.length} pending), ` +
      `${events.published} events (${events.lost} lost), ${crashes} crashes, ${restarts} restarts, ` +
      `${Math.round(figures.operations / (figures.ms / 1_000))} operations/s`,
  );
  for (const [key, count] of Object.entries(outcomes).sort()) console.log(`  ${key.padEnd(20)} ${count}`);
  console.log(
    `The heap's slope over the last half: ${(figures.slopeBytesPer1000 / 1024).toFixed(3)} KiB per 1,000 operations.`,
  );
  for (const fault of faults) console.log(`✗ ${fault}`);
  console.log(faults.length === 0 ? "Nothing was lost, left pending or left behind." : "");
}
process.exit(faults.length === 0 ? 0 : 1);
