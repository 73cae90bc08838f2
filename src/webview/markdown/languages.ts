/** The names that people and models write behind a fence, and the grammar that each means. */
const names: Record<string, string> = {
  ts: "typescript",
  typescript: "typescript",
  mts: "typescript",
  cts: "typescript",
  tsx: "tsx",
  jsx: "tsx",
  js: "javascript",
  javascript: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  json: "json",
  jsonc: "json",
  json5: "json",
  py: "python",
  python: "python",
  bash: "shellscript",
  sh: "shellscript",
  shell: "shellscript",
  zsh: "shellscript",
  console: "shellscript",
  diff: "diff",
  patch: "diff",
  md: "markdown",
  markdown: "markdown",
  html: "html",
  xml: "html",
  svg: "html",
  css: "css",
  rs: "rust",
  rust: "rust",
  go: "go",
  golang: "go",
  java: "java",
  c: "c",
  h: "c",
  cpp: "c",
  "c++": "c",
  yaml: "yaml",
  yml: "yaml",
};

/** The grammar for a fence's word, or nothing: then the code is shown plain. */
export function grammarFor(word: string): string | undefined {
  const key = word.toLowerCase().replace(/^[{.]+|[}:,].*$/g, "");
  return Object.hasOwn(names, key) ? names[key] : undefined;
}
