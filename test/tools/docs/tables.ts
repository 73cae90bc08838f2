/** Tables for hand-written pages that are taken from the code, so that they cannot drift. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtinRules } from "../../../src/core/rules/builtin.ts";
import { callReasons } from "../../../src/protocol/callReasons.ts";
import { root } from "../paths.ts";

interface ImportRule {
  folders: readonly string[];
  libraries: readonly string[];
  node?: boolean;
}

/** The rows of `test/architecture.test.ts`, which is what enforces them. */
export function importTable(): string {
  const source = readFileSync(join(root, "test", "architecture.test.ts"), "utf8");
  const text = /const rules: [^=]+= (\{[\s\S]*?\n\});/.exec(source)?.[1];
  if (!text) throw new Error("test/architecture.test.ts has no table of rules any more");
  const rules = new Function(`return (${text})`)() as Record<string, ImportRule>;
  const rows = Object.entries(rules).map(([folder, rule]) => {
    const name = folder === "root" ? "`src/*.ts`" : `\`${folder}\``;
    const libraries = rule.libraries.map((library) => (library === "*" ? "its libraries" : `\`${library}\``));
    const allowed = [...rule.folders.map((each) => `\`${each}\``), ...libraries, ...(rule.node ? ["`node:*`"] : [])];
    return `| ${name} | ${allowed.join(", ") || "nothing"} |`;
  });
  const plugins = "| `plugins/*` | the SDK by its name, own files, `node:*`, own libraries |";
  return ["| folder | may import |", "|---|---|", ...rows, plugins].join("\n");
}

/** The rules that hold for everybody. */
export function builtinRuleTable(): string {
  const rows = builtinRules().map(
    ({ id, who, verb, target, effect, why }) =>
      `| \`${id}\` | \`${who}\` | ${verb} | \`${target}\` | ${effect} | ${why ?? ""} |`,
  );
  return ["| rule | who | verb | target | effect | why |", "|---|---|---|---|---|---|", ...rows].join("\n");
}

/** All the ways in which a call fails. */
export function callReasonTable(): string {
  const rows = Object.entries(callReasons).map(([name, reason]) => {
    const { kind, when, byKind }: { kind: string; when: string; byKind?: true } = reason;
    return `| ${byKind ? `(${name})` : `\`${name}\``} | \`${kind}\` | ${when} |`;
  });
  return ["| reason | kind | when |", "|---|---|---|", ...rows].join("\n");
}

/** The table of verbs and their targets, from the docstring that defines them. */
export function targetTable(): string {
  const source = readFileSync(join(root, "src", "core", "rules", "targets.ts"), "utf8");
  const lines = source.split("\n").filter((line) => line.startsWith(" * |"));
  if (lines.length < 5) throw new Error("src/core/rules/targets.ts has no table of targets any more");
  return lines.map((line) => line.slice(3)).join("\n");
}
