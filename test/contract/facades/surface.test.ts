/** The façades are the same words in both languages, and each is small. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Channel } from "../../../src/sdk/channel.ts";
import { createCallFacades } from "../../../src/sdk/facades/facades.ts";
import { createPlugin } from "../../../src/sdk/index.ts";
import { createVerbs } from "../../../src/sdk/verbs.ts";

const sdk = join(import.meta.dirname, "../../../src/sdk");

const state = ["delete", "entry", "get", "list", "scope", "set"];
/** What each façade has, in TypeScript's spelling; `*` is what it has inside a call too. */
const table: Readonly<Record<string, readonly string[]>> = {
  events: ["emit*", "on", "once"],
  commands: ["execute*", "list*", "register"],
  messaging: ["on", "request", "sendTo*"],
  hooks: ["declare", "register", "run"],
  middleware: ["use"],
  storage: [...["conversation", "shared", "update", "workspace", ...state].map((name) => `${name}*`), "watch"],
  database: ["query*", "transaction*"],
  providers: ["call*", "list*", "register"],
  broker: ["call*", "list*"],
  conversation: ["addMessage", "context", "onMessage"],
  activity: ["on", "show*"],
  tasks: ["cancel", "get", "list", "start"],
  actions: ["agent*", "editor*", "terminal*", "ui*"],
  models: ["complete*", "embed*", "stream*"],
  logger: ["child", "debug", "error", "info", "warn"],
  config: ["all", "get", "onChange"],
};
/** What the host's side of the Python SDK needs of a façade's object, beside what authors use. */
const inside: Readonly<Record<string, readonly string[]>> = { config: ["begin", "remove"] };
const olderNames = ["CallPlugin", "ListPlugins", "add_message", "emit_event", "get_context"];

const names = Object.keys(table);
const wanted = (name: string) => (table[name] ?? []).map((method) => method.replace("*", "")).sort();
const wantedInCalls = (name: string) =>
  (table[name] ?? []).flatMap((method) => (method.endsWith("*") ? [method.slice(0, -1)] : [])).sort();
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const has = (holder: object, name: string) => Object.keys((holder as Record<string, object>)[name] ?? {}).sort();

interface PythonSurface {
  readonly plugin: Readonly<Record<string, string[]>>;
  readonly call: Readonly<Record<string, string[]>>;
  readonly verbs: readonly string[];
  readonly undocumented: readonly string[];
}

describe("the façades", () => {
  let python: PythonSurface;
  before(() => {
    const env = { ...process.env, PYTHONPATH: join(sdk, "python"), PYTHONDONTWRITEBYTECODE: "1" };
    const told = execFileSync("python3", [join(import.meta.dirname, "surface.py"), ...names], { env });
    python = JSON.parse(told.toString()) as PythonSurface;
  });

  for (const name of names) {
    it(`have ${name} with the same methods in both languages`, () => {
      assert.deepEqual(has(createPlugin(), name), wanted(name));
      const own = python.plugin[name]?.filter((method) => !inside[name]?.includes(method));
      assert.deepEqual(own, wanted(name).map(snake).sort());
    });
  }

  it("are there inside a call where they send, in both languages", () => {
    const verbs = createVerbs({ request: () => Promise.reject(new Error()) } as Channel);
    const call = { ...verbs, ...createCallFacades(verbs) };
    for (const name of names) {
      assert.deepEqual(has(call, name), wantedInCalls(name), `${name} in TypeScript`);
      assert.deepEqual(python.call[name] ?? [], wantedInCalls(name).map(snake).sort(), `${name} in Python`);
    }
  });

  it("say of each thing what it does, in Python, where an editor shows it", () => {
    assert.deepEqual(python.undocumented, []);
  });

  it("have the older names too", () => {
    const plugin = createPlugin();
    for (const name of olderNames) {
      assert.equal(typeof (plugin as unknown as Record<string, unknown>)[name], "function", name);
      assert.ok(python.verbs.includes(name), `${name} in Python`);
    }
  });

  for (const [language, files] of [
    ["TypeScript", "facades/*.ts"],
    ["Python", "python/parley/facades/*.py"],
  ] as const) {
    it(`are small files in ${language}`, () => {
      const sizes = globSync(files, { cwd: sdk }).map((file) => {
        const lines = readFileSync(join(sdk, file), "utf8").trimEnd().split("\n").length;
        assert.ok(lines <= 110, `${file} has ${lines} lines.`);
        return lines;
      });
      assert.ok(sizes.length >= 12, "they were found");
      assert.ok((sizes.sort((one, other) => one - other)[sizes.length >> 1] ?? 0) <= 60, "half of them are very small");
    });
  }
});
