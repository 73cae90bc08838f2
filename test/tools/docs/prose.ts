/** Lines of prose that somebody can read side by side with code. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";

/** Characters; rows of tables and lines of code may be longer. */
const longest = 150;

/** The text in lines that are not too long, broken between words. */
export function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    // A line that began with one of these would be a list, a heading or a table.
    const free = !/^(?:[-+*#|>]|\d+\.)/.test(word);
    if (line !== "" && free && line.length + 1 + word.length > longest - 18) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

/** Lines of our pages that are too long. */
export function longLines(pages: Readonly<Record<string, string>>): string[] {
  const onDisk = globSync(["*.md", "docs/**/*.md", "plugins/*/README.md"], {
    cwd: root,
    exclude: (name) => String(name) === "parts",
  });
  const all = new Set([...onDisk.map((file) => file.replaceAll("\\", "/")), ...Object.keys(pages)]);
  return [...all].sort().flatMap((page) => {
    const text = (pages[page] ?? readFileSync(join(root, page), "utf8")).replace(/^```[\s\S]*?^```$/gm, (code) =>
      code.replace(/[^\n]/g, ""),
    );
    const long = text
      .split("\n")
      .flatMap((line, index) => (line.length > longest && !line.startsWith("|") ? [index + 1] : []));
    return long.map((number) => `${page}:${number} is longer than ${longest} characters`);
  });
}
