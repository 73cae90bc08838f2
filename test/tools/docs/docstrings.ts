/** What the sources of the protocol say about themselves: docstrings of exports and of fields, by name. */

export interface Docstrings {
  /** By the export's name. */
  readonly exports: ReadonlyMap<string, string>;
  /** By the export's name and the field's path inside it, as in `offer.facets.agent`. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads the docstrings of formatted sources: a field's place is known by its indentation, so this holds only for files that
 * the formatter has written.
 */
export function readDocstrings(sources: readonly string[]): Docstrings {
  const exports = new Map<string, string>();
  const fields = new Map<string, string>();
  for (const source of sources) readOne(source.split("\n"), exports, fields);
  return { exports, fields };
}

function readOne(lines: readonly string[], exports: Map<string, string>, fields: Map<string, string>): void {
  let doc: string[] | undefined;
  let open = false;
  let owner = "";
  let path: { indent: number; key: string }[] = [];
  for (const line of lines) {
    const text = line.trim();
    if (open || text.startsWith("/**")) {
      doc = [...(open ? (doc ?? []) : []), clean(text)];
      open = !text.endsWith("*/");
      continue;
    }
    const exported = /^export (?:const|type|interface) (\w+)/.exec(line);
    const field = /^( +)(?:readonly )?"?([\w.$/-]+?)"?\??: /.exec(line);
    const said = doc?.filter(Boolean).join(" ").trim();
    if (exported?.[1]) {
      owner = exported[1];
      path = [];
      if (said && !exports.has(owner)) exports.set(owner, said);
    } else if (field?.[1] && field[2]) {
      const indent = field[1].length;
      path = [...path.filter((step) => step.indent < indent), { indent, key: field[2] }];
      if (said) fields.set([owner, ...path.map((step) => step.key)].join("."), said);
    }
    doc = undefined;
  }
}

function clean(text: string): string {
  return text
    .replace(/^\/\*\*\s?/, "")
    .replace(/\s*\*\/$/, "")
    .replace(/^\*\s?/, "")
    .trim();
}
