/** Two plugins over real processes, in whichever languages, each of which can call and be called. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestText, type RealHost, type RealHostOptions, realHost } from "../../support/realHost.ts";

export type Language = "typescript" | "python";
export const languages: readonly Language[] = ["typescript", "python"];
/** One side in each language, both ways round. */
export const pairs: readonly (readonly [asking: Language, asked: Language])[] = [
  ["typescript", "python"],
  ["python", "typescript"],
];

const runs = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
};

const offer = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  description: name,
  action: "read",
  timeout: 30_000,
  streaming: true,
  ...more,
});
const count = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
const offers = [
  ...[
    "ask",
    "bounce",
    "echo",
    "secret",
    "fail",
    "big",
    "end",
    "wait",
    "withdraw",
    "open",
    "state",
    "blink",
    "list",
    "broker",
  ].map((name) => offer(name)),
  offer("strict", { input: count }),
  offer("odd", { output: { type: "string" } }),
  offer("slow", { timeout: 300 }),
  ...["single", "limited"].map((name) => offer(name, { concurrency: 1 })),
];

/** What `ask` answers. */
export interface Told {
  readonly result?: unknown;
  readonly parts: unknown[];
  /** Of several that were asked at the same time. */
  readonly all?: readonly Told[];
  readonly error?: {
    readonly kind: string;
    readonly message: string;
    readonly todo?: string | null;
    readonly details?: Record<string, unknown> | null;
  };
}

/** Puts a plugin that plays both sides into a folder of packages. */
export function putActor(folder: string, name: string, language: Language, parley: Record<string, unknown> = {}): void {
  const root = join(folder, name);
  cpSync(join(import.meta.dirname, "fixtures", language), root, { recursive: true });
  const wants = [{ verb: "call", target: "*/*", why: "To call whatever the test names." }];
  const { offers: more = [], ...rest } = parley as { offers?: { name: string }[] };
  const own = offers.filter(({ name: one }) => !more.some(({ name: other }) => other === one));
  writeFileSync(
    join(root, "plugin.json"),
    manifestText(name, { run: runs[language], offers: [...own, ...more], wants, ...rest }),
  );
}

/** Puts a plugin that refuses every plugin's call of an `echo`. */
export function putGuard(folder: string, language: Language): void {
  putActor(folder, "guard", language, {
    run: { ...runs[language], args: ["guard"] },
    intercepts: [{ point: "call", phase: "before" }],
    wants: [{ verb: "intercept", target: "call", why: "To keep watch." }],
  });
}

export interface Actors {
  readonly real: RealHost;
  /** Calls an offer as the person. */
  person(plugin: string, name: string, args?: Record<string, unknown>): Promise<unknown>;
  /** Has `asking` make a call. */
  ask(to: string | { provides: string }, more?: Record<string, unknown>): Promise<Told>;
  /** Has `asking` make a call that must fail, and answers how. */
  refused(to: string | { provides: string }, more?: Record<string, unknown>): Promise<NonNullable<Told["error"]>>;
}

/** The plugins `asking` and `asked`, and what else `packages` puts beside them. */
export async function actors(
  [asking, asked]: readonly [Language, Language],
  { packages, ...options }: RealHostOptions = {},
): Promise<Actors> {
  const real = await realHost({
    packages(folder) {
      putActor(folder, "asking", asking);
      putActor(folder, "asked", asked);
      packages?.(folder);
    },
    ...options,
  });
  const person = async (plugin: string, name: string, args: Record<string, unknown> = {}) =>
    (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result;
  const ask = async (to: string | { provides: string }, more: Record<string, unknown> = {}) =>
    (await person("asking", "ask", { to, ...more })) as Told;
  return {
    real,
    person,
    ask,
    async refused(to, more) {
      const told = await ask(to, more);
      assert.ok(told.error, `It was answered: ${JSON.stringify(told.result)?.slice(0, 200)}`);
      return told.error;
    },
  };
}
