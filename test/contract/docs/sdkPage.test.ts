/** What the page on the SDK says of options is what both SDKs take, and its words are there. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPlugin } from "../../../src/sdk/index.ts";
import { repository } from "./exampleHost.ts";

const page = readFileSync(join(repository, "docs", "sdk.md"), "utf8");
const sdk = join(repository, "src", "sdk");

/** The type that has the options of a row, by the row's first word. */
const types: Readonly<Record<string, string>> = {
  call: "CallOptions",
  publish: "PublishOptions",
  subscribe: "SubscribeOptions",
  intercept: 'Omit<InterceptPoint, "point">',
  offer: 'Omit<OfferSpec, "name">',
  addMessage: 'Omit<NewMessage, "content">',
  getContext: "ContextOptions",
  offers: "OffersFilter",
  "storage.set": 'NonNullable<Parameters<State["set"]>[2]>',
  "messaging.request": "RequestReplyOptions",
  "models.complete": "CompleteOptions",
};
const names = "CallOptions, CompleteOptions, ContextOptions, InterceptPoint, NewMessage, OffersFilter, OfferSpec";

interface Row {
  readonly words: string[];
  readonly options: string[];
}

const coded = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

/** The rows of the table under a heading. */
function table(heading: string): [first: string, second: string][] {
  const text = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const rows = [...text.matchAll(/^\| (.+?) \| (.+) \|$/gm)].map(
    ([, first = "", second = ""]) => [first, second] as const,
  );
  return rows.filter(([first]) => first.includes("`")).map(([first, second]) => [first, second]);
}

const rows: Row[] = table("Options").map(([first, second]) => ({
  words: coded(first),
  options: second.split(" · ").flatMap((part) => coded(/^(?:`\w+`(?:, )?)+/.exec(part)?.[0] ?? "")),
}));

/** For each of these words, the keywords that it takes in Python; missing where it hands on all of them. */
function pythonKeywords(words: readonly string[]): Record<string, string[] | null> {
  const script = `
import inspect, json, parley, re, sys
def snake(word): return re.sub(r"[A-Z]", lambda letter: "_" + letter.group().lower(), word)
def keywords(word):
    found = parley.Plugin()
    for part in snake(word).split("."): found = getattr(found, part)
    kinds = inspect.signature(found).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in kinds): return None
    return [one.name for one in kinds if one.kind is one.KEYWORD_ONLY]
print(json.dumps({word: keywords(word) for word in sys.argv[1:]}))`;
  const env = { ...process.env, PYTHONPATH: join(sdk, "python"), PYTHONDONTWRITEBYTECODE: "1" };
  return JSON.parse(execFileSync("python3", ["-c", script, ...words], { env }).toString());
}

const snake = (name: string) =>
  name === "signal" ? "cancel" : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe("the page on the SDK", function () {
  this.timeout(60_000);

  it("names what a plugin has, in both languages", () => {
    const plugin = createPlugin() as unknown as Record<string, unknown>;
    const words = [...table("Options"), ...table("What is answered")].flatMap(([first]) => coded(first));
    assert.ok(words.length > 40);
    for (const word of words) {
      const found = word
        .split(".")
        .reduce((holder, part) => (holder as typeof plugin)?.[part] as typeof plugin, plugin);
      assert.equal(typeof found, "function", word);
    }
    assert.equal(Object.keys(pythonKeywords(words)).length, new Set(words).size);
  });

  it("has the options that TypeScript takes", () => {
    assert.deepEqual(rows.map(({ words }) => words[0]).sort(), Object.keys(types).sort());
    const lines = rows.map(({ words: [word = ""], options }, index) => {
      const said = options.map((option) => JSON.stringify(option)).join(" | ");
      return `export const o${index}: Same<keyof ${types[word]}, ${said}> = ${JSON.stringify(word)};`;
    });
    const folder = mkdtempSync(join(tmpdir(), "parley-options-"));
    try {
      const text = [
        `import type { ${names}, PublishOptions, RequestReplyOptions, State, SubscribeOptions } from "${sdk}/index.ts";`,
        "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? string : never) : never;",
        ...lines,
      ];
      writeFileSync(join(folder, "options.ts"), text.join("\n"));
      const compilerOptions = { strict: true, noEmit: true, allowImportingTsExtensions: true, types: ["node"] };
      const typeRoots = [join(repository, "node_modules", "@types")];
      const more = { target: "es2024", module: "nodenext", skipLibCheck: true, typeRoots };
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions: { ...compilerOptions, ...more }, files: ["options.ts"] }),
      );
      const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
      const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
      const wrong = [...stdout.matchAll(/Type '"([^"]+)"' is not assignable/g)].map(([, word]) => word);
      assert.equal(stdout, "", `other options than the page says: ${wrong.join(", ")}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("has the options that Python takes", () => {
    const keywords = pythonKeywords(rows.flatMap(({ words }) => words));
    let compared = 0;
    for (const { words, options } of rows) {
      const known = words.flatMap((word) => (keywords[word] ? [[word, keywords[word]] as const] : []));
      for (const [word, taken] of known) {
        const other = taken.filter((name) => !options.map(snake).includes(name));
        assert.deepEqual(other, [], `${word} takes what the page does not say`);
      }
      if (known.length === 0) continue;
      compared++;
      const all = new Set(known.flatMap(([, taken]) => taken));
      assert.deepEqual(options.map(snake).sort(), [...all].sort(), words[0]);
    }
    assert.ok(compared >= 8, "the others hand their keywords on to these");
  });
});
