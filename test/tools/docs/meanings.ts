/** What fields, messages and limits mean: the sources' own docstrings, and `docs/parts/meanings.json` for the rest. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";
import { type Docstrings, readDocstrings } from "./docstrings.ts";

export interface MeaningsFile {
  /** Messages whose schema has no docstring of its own. */
  readonly methods: Record<string, string>;
  readonly types: Record<string, string>;
  /** By `type.path`, or `*.field` for a field that means the same wherever it stands. */
  readonly fields: Record<string, string>;
  readonly limits: Record<string, string>;
  readonly rates: Record<string, string>;
  readonly topics: Record<string, string>;
}

export interface Meanings {
  readonly docs: Docstrings;
  readonly file: MeaningsFile;
  field(key: string): string | undefined;
  /** Entries of the file that nothing asked for: they speak of something that is gone. */
  unused(): string[];
}

export function readMeanings(): Meanings {
  const sources = globSync(["src/protocol/*.ts", "src/protocol/plugin/*.ts"], { cwd: root }).sort();
  const docs = readDocstrings(sources.map((file) => readFileSync(join(root, file), "utf8")));
  const file = JSON.parse(readFileSync(join(root, "docs", "parts", "meanings.json"), "utf8")) as MeaningsFile;
  const asked = new Set<string>();
  const written = (key: string): string | undefined => {
    asked.add(key);
    return file.fields[key];
  };
  /** A listed offer is an offer and more; what its fields mean stands there. */
  const inherited = (key: string) => {
    const own = key.replace(/^listedOffer\./, "offer.");
    return own === key ? undefined : (docs.fields.get(own) ?? written(own));
  };
  return {
    docs,
    file,
    field(key) {
      const everywhere = `*.${key.split(".").at(-1)}`;
      return docs.fields.get(key) ?? written(key) ?? inherited(key) ?? written(everywhere);
    },
    unused: () => Object.keys(file.fields).filter((key) => !asked.has(key)),
  };
}
