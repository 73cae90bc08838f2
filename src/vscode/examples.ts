import * as vscode from "vscode";
import { relative } from "./editor.ts";

/** Three requests on the open folder for the welcome, made of files that are really there. */
export async function openFolderExamples(): Promise<string[]> {
  const found = await vscode.workspace.findFiles(
    "**/*.{ts,tsx,js,py,go,rs,java,c,cpp,cs,rb,php,md}",
    "**/{node_modules,.git,dist,out,build}/**",
    30,
  );
  const files = found.map(relative).sort((a, b) => weight(a) - weight(b) || a.localeCompare(b));
  const [first] = files;
  if (first === undefined) return ["say hello to Ada", "add 5 and 3 with the calculator", "how many messages so far?"];
  const subject = first.replace(/^.*\//, "").replace(/\.[^.]+$/, "");
  return [
    subject === "parser" ? "find where the parser handles comments" : `find where ${subject} is used`,
    `show ${first} lines 1-20`,
    "add 5 and 3 with the calculator",
  ];
}

/** Sources first, tests and documents later. */
function weight(path: string): number {
  if (/parser\.\w+$/.test(path)) return 0;
  if (/\.md$/.test(path)) return 3;
  return /test|spec/i.test(path) ? 2 : 1;
}
