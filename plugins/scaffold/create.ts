/** `npm create parley-plugin NAME -- [--language python] [--description "…"]`: the same plugin that Parley itself makes, in the current folder. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Language, languages, planPlugin } from "./plan.ts";
import { Problem } from "./problem.ts";
import { makePlugin } from "./write.ts";

const usage = `Usage: create-parley-plugin NAME [--language ${languages.join("|")}] [--description TEXT]`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      language: { type: "string", short: "l", default: "typescript" },
      description: { type: "string", short: "d" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [name, ...rest] = positionals;
  if (values.help === true) console.log(usage);
  else if (name === undefined || rest.length > 0) throw new Problem("invalidParams", usage);
  else await create(name, languageOf(values.language), values.description);
} catch (error) {
  const expected = error instanceof Problem || (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
  if (!expected) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function create(name: string, language: Language, description: string | undefined): Promise<void> {
  const folder = join(process.cwd(), name);
  const files = planPlugin({ name, language, description }, join(import.meta.dirname, "templates"));
  await makePlugin(folder, files, language, join(import.meta.dirname, "sdk"));
  const test = language === "python" ? "python3 -m unittest" : "npm test   # on Node 22.18 or newer";
  console.log(`Made ${folder}.

  cd ${name}
  ${test}

In VS Code run "Parley: Add Plugin Folder…" and choose the folder: you see what the plugin wants, and it runs.`);
}

function languageOf(text: string): Language {
  const language = languages.find((one) => one === text);
  if (language) return language;
  throw new Problem("invalidParams", `There is no template for "${text}". ${usage}`);
}
