/** Links in our Markdown files that lead nowhere. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "../paths.ts";

/** `pages` are those that are being made, by path; they count instead of what is on disk. */
export function brokenLinks(pages: Readonly<Record<string, string>>): string[] {
  const onDisk = globSync(["*.md", "docs/**/*.md", "plugins/*/README.md"], {
    cwd: root,
    exclude: (name) => String(name) === "parts",
  });
  const files = new Set([...onDisk.map((file) => file.replaceAll("\\", "/")), ...Object.keys(pages)]);
  const textOf = (file: string): string | undefined => {
    if (pages[file] !== undefined) return pages[file];
    return existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : undefined;
  };
  return [...files].sort().flatMap((file) =>
    linksOf(textOf(file) ?? "").flatMap((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : normalize(join(dirname(file), path)).replaceAll("\\", "/");
      if (!existsSync(join(root, target)) && pages[target] === undefined)
        return [`${file} links to ${link}, which is not there`];
      const missing = anchor !== undefined && !anchorsOf(textOf(target) ?? "").has(anchor);
      return missing ? [`${file} links to ${link}, but no heading is called so`] : [];
    }),
  );
}

function linksOf(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, "").replace(/(^|[^[])`[^`\n]+`(?!\])/g, "$1");
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors of headings as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const match of text.replace(/```[\s\S]*?```/g, "").matchAll(/^#+ (.+)$/gm)) {
    const base = (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-");
    let anchor = base;
    for (let number = 1; anchors.has(anchor); number++) anchor = `${base}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Pages that neither `docs/README.md` nor the overview of patterns leads to. */
export function lostPages(pages: Readonly<Record<string, string>>): string[] {
  const indexes = ["docs/README.md", "docs/patterns/README.md"];
  const textOf = (file: string) => pages[file] ?? readFileSync(join(root, file), "utf8");
  const led = new Set(
    indexes.flatMap((index) =>
      linksOf(textOf(index)).map((link) =>
        normalize(join(dirname(index), link.split("#")[0] ?? "")).replaceAll("\\", "/"),
      ),
    ),
  );
  const onDisk = globSync(["docs/*.md", "docs/patterns/*.md"], { cwd: root }).map((file) => file.replaceAll("\\", "/"));
  return [...new Set([...onDisk, ...Object.keys(pages)])]
    .filter((page) => !led.has(page) && page !== "docs/README.md")
    .map((page) => `docs/README.md does not lead to ${page}`);
}
