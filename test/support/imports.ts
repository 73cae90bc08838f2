/**
 * Finds what a TypeScript or JavaScript source imports, types included, without a compiler: comments are dropped and
 * strings replaced by numbered marks first, so that only code is left to look through.
 */

/** The module names that a source imports, in any form: static, re-export, dynamic, type-only, `require`. */
export function importsOf(source: string): string[] {
  const { code, strings } = withoutText(source);
  const mark = "\u0001(\\d+)\u0001";
  const forms = [
    // import … from "x", export … from "x"
    `\\b(?:import|export)\\b[^;\u0001()=]*?\\bfrom\\s*${mark}`,
    // import "x"
    `\\bimport\\s*${mark}`,
    // import("x"), require("x"), import a = require("x")
    `\\b(?:import|require)\\s*\\(\\s*${mark}`,
  ];
  const found = forms.flatMap((form) =>
    [...code.matchAll(new RegExp(form, "g"))].map((match) => strings[Number(match[1])] ?? ""),
  );
  return [...new Set(found)];
}

/** Source with comments and regular expressions blanked and each string replaced by a mark that names its content. */
function withoutText(source: string): { code: string; strings: string[] } {
  const strings: string[] = [];
  let code = "";
  let at = 0;
  /** For each open `${` of a template, how many `{` are open inside it. */
  const templates: number[] = [];
  const mark = (text: string) => {
    code += `\u0001${strings.length}\u0001`;
    strings.push(text);
  };
  /** Reads template text from `at` to its end or the next `${`. */
  const template = () => {
    const start = at;
    while (at < source.length && source[at] !== "`" && !source.startsWith("${", at)) at += source[at] === "\\" ? 2 : 1;
    mark(source.slice(start, at));
    if (source[at] === "`") at += 1;
    else {
      at += 2;
      templates.push(0);
      code += "(";
    }
  };
  while (at < source.length) {
    const char = source[at] ?? "";
    if (source.startsWith("//", at)) {
      while (at < source.length && source[at] !== "\n") at += 1;
    } else if (source.startsWith("/*", at)) {
      const end = source.indexOf("*/", at + 2);
      at = end < 0 ? source.length : end + 2;
      code += " ";
    } else if (char === '"' || char === "'") {
      const text = new RegExp(`${char}((?:[^${char}\\\\\\n]|\\\\[\\s\\S])*)${char}`, "y");
      text.lastIndex = at;
      const match = text.exec(source);
      if (match) mark(match[1] ?? "");
      at += match ? match[0].length : 1; // An apostrophe in JSX text opens no string.
    } else if (char === "`") {
      at += 1;
      template();
    } else if (
      char === "/" &&
      /(^|[=(,:;!&|?{}[+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|await|yield))\s*$/.test(code.slice(-40))
    ) {
      const expression = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
      expression.lastIndex = at;
      const match = expression.exec(source);
      at += match ? match[0].length : 1;
      code += match ? " 0 " : "/";
    } else {
      const depth = templates.length - 1;
      if (depth >= 0 && char === "{") templates[depth] = (templates[depth] ?? 0) + 1;
      if (depth >= 0 && char === "}") {
        if (templates[depth] === 0) {
          templates.pop();
          code += ")";
          at += 1;
          template();
          continue;
        }
        templates[depth] = (templates[depth] ?? 1) - 1;
      }
      code += char;
      at += 1;
    }
  }
  return { code, strings };
}
