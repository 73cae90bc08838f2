/** Runs the code of the pages about long work and about data as it stands there, in both languages, as plugins of the real host. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";

const docs = join(import.meta.dirname, "../../../docs");
const indented = (text: string) => text.replace(/^(?=.)/gm, "    ");

/** The first block of code in a language on a page. */
function codeOf(page: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, "m").exec(
    readFileSync(join(docs, page), "utf8"),
  );
  assert.ok(found?.[1], `${page} has code in ${language}`);
  return found[1];
}

const typescript = (declared: string, handler: string, answer: string) => `import { createPlugin } from "@parley/sdk";
const plugin = createPlugin();
const shown = [];
const show = (line) => shown.push(line);
async function* search(text) { yield \`\${text} 1\`; yield \`\${text} 2\`; }
${declared}
plugin.offer("go", async (_, call) => {
${handler}
return ${answer};
});
await plugin.start();
`;
const python = (declared: string, handler: string, answer: string) => `from parley import Plugin
plugin = Plugin()
shown = []
show = shown.append
def search(text):
    return [f"{text} 1", f"{text} 2"]
${declared}
@plugin.offer("go")
def go(args, call):
${indented(handler)}
    return ${answer}
plugin.start()
`;

const whole = (code: string) => ({ declared: "", used: code });
/** What is declared first, and what a caller does with it. */
function apart(code: string, begin: string): { declared: string; used: string } {
  const at = code.indexOf(begin);
  return { declared: code.slice(0, at), used: code.slice(at) };
}

const notes = [{ id: 1, text: "buy milk" }];
const lines = { shown: ["todo 1", "todo 2"], found: 2 };
const cases = [
  { page: "data.md", language: "ts", parts: whole, write: typescript, answer: "rows", expected: notes },
  { page: "data.md", language: "python", parts: whole, write: python, answer: "rows", expected: notes },
  {
    ...{ page: "long-work.md", language: "ts", write: typescript, answer: "{ shown, found }", expected: lines },
    parts: (code: string) => apart(code, "const stream"),
  },
  {
    ...{
      page: "long-work.md",
      language: "python",
      write: python,
      answer: '{"shown": shown, "found": found}',
      expected: lines,
    },
    parts: (code: string) => apart(code, "stream ="),
  },
];

describe("the code of the pages", function () {
  this.timeout(20_000);
  let real: RealHost;
  afterEach(() => real.stop());

  for (const { page, language, parts, write, answer, expected } of cases) {
    it(`works as it stands in ${page}, in ${language}`, async () => {
      const { declared, used } = parts(codeOf(page, language));
      const entry = language === "ts" ? "main.mjs" : "main.py";
      // What is only a type goes: the file is run as it is.
      const code = language === "ts" ? used.replace(/<string, \{ found: number \}>/, "") : used;
      real = await realHost({
        packages: (folder) => {
          mkdirSync(join(folder, "finder"));
          writeFileSync(join(folder, "finder", entry), write(declared, code, answer));
          const run = { runtime: language === "ts" ? "node" : "python", entry: `./${entry}` };
          const offers = [{ name: "go", description: "Goes.", action: "read" }];
          const wants = [{ verb: "state", target: "database", why: "To keep notes." }];
          const manifest = manifestText("finder", { run, offers, wants, activation: ["onStartup"] });
          writeFileSync(join(folder, "finder", "plugin.json"), manifest);
        },
      });
      const { result } = await real.host.calls.call({
        caller: "person",
        to: { plugin: "finder" },
        name: "go",
        args: {},
      });
      assert.deepEqual(result, expected);
    });
  }
});
