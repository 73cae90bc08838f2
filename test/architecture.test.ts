/**
 * Which folder may import which, read from the sources themselves, so that no lint comment can weaken it; and that what
 * package.json contributes is what the code registers.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import type { Offer } from "../src/protocol/plugin/offers.ts";
import { offerCommandId, offerCommandPrefix } from "../src/vscode/offerCommandId.ts";
import { importsOf } from "./support/imports.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folders of `src` that a folder may import besides itself, and whether libraries and Node's modules are open to it. */
interface Rule {
  folders: readonly string[];
  /** Library names; a name ending in `*` stands for all that begin so; `*` alone for every library but `vscode`. */
  libraries: readonly string[];
  node?: boolean;
}

/** Kept word for word like the table in `docs/architecture.md`. */
const rules: Readonly<Record<string, Rule>> = {
  base: { folders: [], libraries: [] },
  protocol: { folders: [], libraries: ["zod"] },
  rpc: { folders: ["base", "protocol"], libraries: ["vscode-jsonrpc"] },
  core: { folders: ["base", "protocol"], libraries: [] },
  node: { folders: ["base", "protocol", "core", "rpc"], libraries: ["*"], node: true },
  models: { folders: ["base", "protocol", "core"], libraries: ["ai", "@ai-sdk/*"] },
  vscode: { folders: ["base", "protocol", "core", "rpc"], libraries: ["vscode", "vscode-languageclient"] },
  webview: { folders: ["base", "protocol"], libraries: ["*"] },
  sdk: { folders: ["base", "protocol", "rpc"], libraries: ["vscode-jsonrpc"] },
  root: {
    folders: ["base", "protocol", "core", "rpc", "node", "models", "vscode"],
    libraries: ["vscode"],
    node: true,
  },
};

/** The SDK's entries for a process of its own; only these may use Node. */
const sdkNodeEntries = /^src\/sdk\/(stdio|inside|index|resolve|testing)[\w.-]*\.(ts|mjs)$/;

/** Libraries that are only for one folder, also where every other library is open. */
const reserved: Readonly<Record<string, string>> = {
  vscode: "vscode",
  react: "webview",
  "react-dom": "webview",
  ai: "models",
};

const files = globSync(["src/**/*.{ts,tsx,mjs}", "plugins/**/*.{ts,mjs,js}"], {
  cwd: root,
  exclude: (name) => /node_modules|__pycache__/.test(String(name)),
}).map((file) => file.replaceAll("\\", "/"));

describe("architecture", () => {
  it("finds imports in every form they can be written in", () => {
    const source = [
      'import a from "a1"; import type { B } from "b1";',
      'import "c1"; export * from "d1"; export { e } from "e1";',
      'const f = await import("f1"); type G = import("g1").G;',
      'import {\n  h,\n  type I,\n} from "h1";',
      'import j = require("j1"); const k = require("k1");',
      '// import "no1"\n/* import "no2" */ const text = \'import "no3"\'; const t = `import("no4") $' +
        '{import("l1")}`;',
      'const pattern = /import "no5"/; import.meta.url; const o = { import: "no6" };',
    ].join("\n");
    assert.deepEqual(importsOf(source).sort(), ["a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1", "j1", "k1", "l1"]);
  });

  it("lets each folder of src import only what the table allows", () => {
    const wrong = files.filter((file) => file.startsWith("src/")).flatMap((file) => checkSource(file));
    assert.deepEqual(wrong, [], `\n${wrong.join("\n")}`);
  });

  it("lets plugins import only the SDK by its name, their own files, Node and libraries", () => {
    const wrong = files.filter((file) => file.startsWith("plugins/")).flatMap((file) => checkPlugin(file));
    assert.deepEqual(wrong, [], `\n${wrong.join("\n")}`);
  });

  it("writes every relative import with its extension, to a file that is there", () => {
    const wrong = files.flatMap((file) =>
      imports(file)
        .filter((target) => target.startsWith(".") && !existsSync(join(root, posix.dirname(file), target)))
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, [], `\n${wrong.join("\n")}`);
  });

  it("contributes exactly the commands that the code knows", async () => {
    const file = join(root, "src", "vscode", "commandIds.ts");
    const { commandIds } = (await import(file)) as { commandIds: Record<string, string> };
    const contributed = contributedCommands().map((each) => each.command);
    const own = contributed.filter((id) => !id.startsWith(offerCommandPrefix));
    assert.deepEqual(own.sort(), Object.values(commandIds).sort());
    assert.ok(own.length > 0);
  });

  it("contributes a command for each offer of a bundled plugin that is for the palette, under its title", () => {
    const offered = globSync("plugins/*/plugin.json", { cwd: root }).flatMap((file) => {
      const { name, extensions } = JSON.parse(readFileSync(join(root, file), "utf8"));
      const offers: Offer[] = extensions["dev.parley"].offers;
      return offers
        .filter(({ facets }) => facets?.palette)
        .map((offer) => ({
          command: offerCommandId(name, offer.name),
          title: `${offer.title ?? offer.name} (${name})`,
          category: "Parley",
        }));
    });
    const contributed = contributedCommands().filter(({ command }) => command.startsWith(offerCommandPrefix));
    const byId = (one: { command: string }, other: { command: string }) => one.command.localeCompare(other.command);
    assert.ok(offered.length > 3);
    assert.deepEqual(contributed.sort(byId), offered.sort(byId));
  });

  it("registers every command by its key, and no other", () => {
    const sources = files.filter((file) => file.startsWith("src/") && !file.endsWith("commandIds.ts"));
    const code = sources.map((file) => readFileSync(join(root, file), "utf8"));
    // A handler stands under `commandIds.key`, or under the bare key of the one object where commands are registered.
    const handlers = code.filter((text) => text.includes("registerCommand(")).join("\n");
    const idle = commandKeys().filter((key) => {
      const used = new RegExp(`\\bcommandIds\\.${key}\\b`);
      const keyed = new RegExp(`^\\s+(?:async\\s+)?${key}\\s*[:(,]`, "m");
      return !keyed.test(handlers) && !code.some((text) => used.test(text));
    });
    assert.deepEqual(idle, [], "in commandIds, but used nowhere");
    // Those of plugins' offers are registered by an id that is made of their names.
    const literal = /registerCommand\(\s*["'`]/;
    const wrong = sources.filter((_, index) => literal.test(code[index] ?? ""));
    assert.deepEqual(wrong, [], "these register a command by a string of their own");
  });
});

function commandKeys(): string[] {
  const source = readFileSync(join(root, "src", "vscode", "commandIds.ts"), "utf8");
  return [...source.matchAll(/^ {2}(\w+):\s*"parley\./gm)].map((match) => match[1] ?? "");
}

function contributedCommands(): { command: string; title: string; category: string }[] {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).contributes.commands;
}

function imports(file: string): string[] {
  return importsOf(readFileSync(join(root, file), "utf8"));
}

function checkSource(file: string): string[] {
  const own = folderOf(file);
  const rule = rules[own];
  if (!rule) return [`${file} lies in a folder that the table does not know`];
  return imports(file).flatMap((target) => {
    const reason =
      own === "sdk" && sdkNodeEntries.test(file) && isNode(target) ? undefined : objection(file, own, rule, target);
    return reason ? [`${file} imports ${target}: ${reason}`] : [];
  });
}

function objection(file: string, own: string, rule: Rule, target: string): string | undefined {
  if (target.startsWith(".")) {
    const path = posix.join(posix.dirname(file), target);
    if (!path.startsWith("src/")) return "it lies outside src";
    const folder = folderOf(path);
    return folder === own || rule.folders.includes(folder) ? undefined : `${own} may not import ${folder}`;
  }
  if (isNode(target)) return rule.node ? undefined : `${own} may not use Node's modules`;
  const library = target.startsWith("@") ? target.split("/").slice(0, 2).join("/") : (target.split("/")[0] ?? "");
  const owner = reserved[library];
  if (owner && owner !== own && own !== "root") return `only ${owner} may import ${library}`;
  const allowed = rule.libraries.some((name) =>
    name.endsWith("*") ? library.startsWith(name.slice(0, -1)) : library === name,
  );
  return allowed ? undefined : `${own} may not import the library ${library}`;
}

function checkPlugin(file: string): string[] {
  const [, plugin] = file.split("/");
  return imports(file).flatMap((target) => {
    if (!target.startsWith(".")) {
      return target.startsWith("vscode") ? [`${file} imports ${target}: a plugin does not live in VS Code`] : [];
    }
    const inside = posix.join(posix.dirname(file), target).startsWith(`plugins/${plugin}/`);
    return inside ? [] : [`${file} imports ${target}: it lies outside the plugin`];
  });
}

/** The first folder under `src`; what lies right in `src` is the composition root, `root` in the table. */
function folderOf(path: string): string {
  const [, folder = "", ...rest] = path.split("/");
  return rest.length > 0 ? folder : "root";
}

function isNode(target: string): boolean {
  return target.startsWith("node:") || builtinModules.includes(target);
}
