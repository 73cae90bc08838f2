/** The pairs of plugins in `docs/examples/patterns`, one in each language, on the real host as they stand there. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { type RealHost, realHost } from "../../support/realHost.ts";

export const patternsFolder = join(import.meta.dirname, "../../../docs/examples/patterns");

export const languages = ["typescript", "python"] as const;
export type Language = (typeof languages)[number];
/** How a plugin of each language is run. */
export const runs = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
} as const;
export const otherThan = (language: Language): Language => (language === "python" ? "typescript" : "python");

export interface Pair {
  readonly real: RealHost;
  /** Runs an offer of the plugin in that language, as the person does. */
  run<Result = unknown>(language: Language, offer: string, args?: Record<string, unknown>): Promise<Result>;
  readonly nameOf: (language: Language) => string;
}

/** Starts both plugins of a pattern; `folder` is where an earlier host of the test was. */
export async function pairOf(pattern: string, folder?: string): Promise<Pair> {
  const real = await realHost({
    ...(folder === undefined ? {} : { folder }),
    packages: (packages) => {
      for (const language of languages) {
        const name = `${pattern}-${language}`;
        cpSync(join(patternsFolder, pattern, language), join(packages, name), { recursive: true });
      }
    },
  });
  const nameOf = (language: Language) => `${pattern}-${language}`;
  return {
    real,
    nameOf,
    async run<Result>(language: Language, name: string, args: Record<string, unknown> = {}) {
      const to = { plugin: nameOf(language) };
      return (await real.host.calls.call({ caller: "person", to, name, args })).result as Result;
    },
  };
}
