/** Pages with parts from the code: each `docs/parts/NAME.md` becomes `docs/NAME.md`, also in a folder below. */
import { globSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { root } from "../paths.ts";

const languages: Record<string, string> = { ".ts": "ts", ".py": "python", ".json": "json", ".mjs": "js" };

/**
 * Fills the placeholders: `{{name}}` alone on a line stands for that part, `{{file PATH as NAME}}` for a file of the repository
 * as a block of code under the name that the reader gives it.
 */
export function fillPages(parts: Readonly<Record<string, string>>): {
  pages: Record<string, string>;
  problems: string[];
} {
  const problems: string[] = [];
  const used = new Set<string>();
  const pages: Record<string, string> = {};
  for (const file of globSync("docs/parts/**/*.md", { cwd: root }).sort()) {
    const template = readFileSync(join(root, file), "utf8");
    const filled = template.replace(/^\{\{(.+)\}\}$/gm, (_, name: string) => {
      const code = /^file (\S+) as (\S+)$/.exec(name);
      if (code?.[1] && code[2]) return codeBlock(code[1], code[2]);
      used.add(name);
      const part = parts[name];
      if (part === undefined) problems.push(`${file} asks for {{${name}}}, which nothing makes`);
      return part ?? "";
    });
    const note = `<!-- Made by \`node test/tools/docs.mjs\` from ${file} and the code: change those, not this file. -->`;
    pages[file.replaceAll("\\", "/").replace("docs/parts/", "docs/")] = `${note}\n\n${filled}`;
  }
  for (const name of Object.keys(parts)) if (!used.has(name)) problems.push(`No page uses {{${name}}}`);
  return { pages, problems };
}

/** Names the file above its code, in the form that the page's test reads. */
function codeBlock(path: string, name: string): string {
  const text = readFileSync(join(root, path), "utf8").trimEnd();
  return [`\`${name}\``, "", `\`\`\`${languages[extname(path)] ?? ""}`, text, "```"].join("\n");
}
