/**
 * Builds everything that runs: `node esbuild.mjs [--development]`.
 *
 * Types are not checked here (`npm run check` does that). An entry point that does not exist is passed over with a
 * word, so a partial checkout still builds what it has. Output goes to `dist/`:
 *
 * - `extension.js` and chunks   the extension, ES modules; each dynamic `import()` becomes a file read on first use
 * - `storeWorker.js`, `databaseProgram.js`, `guardian.js`   programs of their own, each one self-contained file
 * - `webview/`                  the browser app; each dynamic `import()` is a chunk of its own
 * - `sdk/`                      what plugins import as `@parley/sdk`, its declarations, and `sdk/python`
 * - `create-parley-plugin/`     the package behind `npm create parley-plugin`, with templates and SDK in it
 * - `plugins/<name>/`           the bundled plugins, each a complete package; `@parley/sdk` is left to the host
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const starter = join(dist, "create-parley-plugin");

/** Libraries in CommonJS ask for Node's modules with `require`, which an ES module does not have by itself. */
const requireInModules =
  'import{createRequire as parleyRequire}from"node:module";const require=parleyRequire(import.meta.url);';

/**
 * The AI SDK imports zod as one object, which keeps all of it, 50 languages included, in the chunk that the extension
 * shares and loads at activation (580 KB instead of 150). As a namespace, only what is used stays.
 */
const zodByName = {
  name: "zod by name",
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]@ai-sdk[\\/][^\\/]+[\\/]dist[\\/]index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll('import { z } from "zod/v4";', 'import * as z from "zod/v4";'),
      loader: "js",
    }));
  },
};

/** Builds every target; resolves to the files written, relative to the repository. Throws when a target fails. */
async function buildAll({ development, log = console.log }) {
  const shared = {
    absWorkingDir: root,
    bundle: true,
    charset: "utf8",
    format: "esm",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    sourcemap: development ? "inline" : false,
    define: { "process.env.NODE_ENV": development ? '"development"' : '"production"' },
  };
  // Identifiers are kept in what runs on Node: a stack trace in a log should say where it happened.
  const node = {
    ...shared,
    platform: "node",
    target: "node22",
    minifySyntax: !development,
    minifyWhitespace: !development,
    banner: { js: requireInModules },
    plugins: [zodByName],
  };
  const browser = {
    ...shared,
    platform: "browser",
    target: "es2022",
    minify: !development,
    jsx: "automatic",
    splitting: true,
    loader: { ".ttf": "file", ".woff2": "file", ".svg": "file" },
  };

  const targets = [
    {
      name: "extension",
      entries: { extension: "src/extension.ts" },
      out: dist,
      options: { ...node, splitting: true, external: ["vscode"] },
    },
    { name: "store worker", entries: { storeWorker: "src/node/storeWorker.ts" }, out: dist, options: node },
    { name: "database program", entries: { databaseProgram: "src/node/databaseProgram.ts" }, out: dist, options: node },
    { name: "guardian", entries: { guardian: "src/node/guardian.ts" }, out: dist, options: node },
    { name: "webview", entries: { main: "src/webview/main.tsx" }, out: join(dist, "webview"), options: browser },
    { name: "webview style", entries: { main: "src/webview/main.css" }, out: join(dist, "webview"), options: browser },
    {
      name: "SDK",
      entries: { index: "src/sdk/index.ts", testing: "src/sdk/testing.ts" },
      out: join(dist, "sdk"),
      options: { ...node, splitting: true },
    },
    { name: "create-parley-plugin", entries: { create: "plugins/scaffold/create.ts" }, out: starter, options: node },
    ...pluginNames().map((name) => ({
      name: `plugin ${name}`,
      entries: { main: `plugins/${name}/main.ts` },
      out: join(dist, "plugins", name),
      options: { ...node, external: ["@parley/sdk"] },
    })),
  ];

  const written = new Set();
  for (const target of targets) {
    const entries = Object.entries(target.entries).filter(([, file]) => existsSync(join(root, file)));
    if (entries.length === 0) {
      if (!target.name.startsWith("plugin ")) log(`build: ${target.name} is not there yet`);
      continue;
    }
    const result = await build({
      ...target.options,
      entryPoints: entries.map(([out, file]) => ({ in: file, out })),
      outdir: target.out,
      chunkNames: "chunks/[name]-[hash]",
      assetNames: "assets/[name]-[hash]",
    });
    refuseLazyCommonJs(result.metafile);
    for (const file of Object.keys(result.metafile.outputs)) written.add(file.replaceAll("\\", "/"));
  }
  for (const folder of ["dist/chunks", "dist/sdk/chunks", "dist/webview/chunks", "dist/webview/assets"])
    removeStale(folder, written);
  copySdk(log);
  completeStarter();
  for (const name of pluginNames()) copyPackage(name);
  return [...written].sort();
}

/**
 * A CommonJS library that is imported with `import()` keeps its named exports on Node but has only `default` once it is a
 * chunk, so it would work in tests and fail in the package. An own module in between, with static imports, has both.
 */
function refuseLazyCommonJs({ inputs }) {
  for (const [file, input] of Object.entries(inputs)) {
    for (const { kind, path, external } of input.imports) {
      if (kind !== "dynamic-import" || external || inputs[path]?.format !== "cjs" || file.includes("node_modules"))
        continue;
      throw new Error(`${file} imports ${path} with import(); put a module with static imports between the two.`);
    }
  }
}

function pluginNames() {
  const folder = join(root, "plugins");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "plugin.json")))
    .map((entry) => entry.name)
    .sort();
}

/** Removes chunks of earlier builds, so that no package carries code that nothing loads. */
function removeStale(folder, written) {
  if (!existsSync(join(root, folder))) return;
  for (const name of readdirSync(join(root, folder))) {
    if (!written.has(`${folder}/${name}`)) rmSync(join(root, folder, name), { force: true });
  }
}

/** Copies what the SDK has besides its bundle: the resolver for `@parley/sdk`, the Python package, the declarations. */
function copySdk(log) {
  const source = join(root, "src", "sdk");
  const target = join(dist, "sdk");
  if (existsSync(join(source, "resolve.mjs"))) {
    mkdirSync(target, { recursive: true });
    cpSync(join(source, "resolve.mjs"), join(target, "resolve.mjs"));
  }
  if (existsSync(join(source, "python"))) {
    rmSync(join(target, "python"), { recursive: true, force: true });
    cpSync(join(source, "python"), join(target, "python"), { recursive: true, filter: isPackaged });
  }
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(target, "package.json"), `${JSON.stringify(sdkPackage(version, license), null, 2)}\n`);
  if (existsSync(join(source, "index.ts"))) writeDeclarations(log);
}

/** What makes the folder a package that Node and editors resolve by its name. */
function sdkPackage(version, license) {
  return {
    name: "@parley/sdk",
    version,
    description: "What plugins of Parley are written with.",
    license,
    type: "module",
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      "./testing": { types: "./testing.d.ts", default: "./testing.js" },
    },
  };
}

/** Makes the folder a package that runs by itself: its own templates and its own copy of the SDK. */
function completeStarter() {
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const about = {
    name: "create-parley-plugin",
    version,
    description: "Makes a plugin for Parley, an AI agent for VS Code, in TypeScript or Python.",
    license,
    type: "module",
    bin: { "create-parley-plugin": "./create.js" },
    engines: { node: ">=20.19" },
  };
  writeFileSync(join(starter, "package.json"), `${JSON.stringify(about, null, 2)}\n`);
  const program = join(starter, "create.js");
  writeFileSync(program, `#!/usr/bin/env node\n${readFileSync(program, "utf8")}`);
  chmodSync(program, 0o755);
  for (const [from, to] of [
    [join(root, "plugins", "scaffold", "templates"), "templates"],
    [join(dist, "sdk"), "sdk"],
  ]) {
    rmSync(join(starter, to), { recursive: true, force: true });
    cpSync(from, join(starter, to), { recursive: true });
  }
}

/** Writes `dist/sdk/index.d.ts` and the declarations it refers to; a type error is told but does not stop the build. */
function writeDeclarations(log) {
  const types = join(dist, "sdk", "types");
  const configuration = join(root, "node_modules", ".cache", "parley-sdk-types.json");
  mkdirSync(dirname(configuration), { recursive: true });
  writeFileSync(
    configuration,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: join(root, "src"),
        outDir: types,
        paths: {},
        typeRoots: [join(root, "node_modules", "@types")],
        types: ["node"],
      },
      files: [join(root, "src", "sdk", "index.ts"), join(root, "src", "sdk", "testing.ts")],
      include: [],
    }),
  );
  rmSync(types, { recursive: true, force: true });
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const result = spawnSync(process.execPath, [compiler, "-p", configuration], { encoding: "utf8" });
  if (result.status !== 0) log(`build: the SDK's declarations have type errors (npm run check shows them)`);
  for (const entry of ["index", "testing"])
    writeFileSync(join(dist, "sdk", `${entry}.d.ts`), `export * from "./types/sdk/${entry}.ts";\n`);
  copyDeclarationsOf("zod");
}

/** The SDK's declarations are made of zod's types; without these an editor would take them all for \`any\`. */
function copyDeclarationsOf(library) {
  const from = join(root, "node_modules", library);
  const to = join(dist, "sdk", "node_modules", library);
  rmSync(to, { recursive: true, force: true });
  const wanted = (path) => statSync(path).isDirectory() || /(\.d\.ts|LICENSE|package\.json)$/.test(path);
  cpSync(from, to, { recursive: true, filter: (path) => wanted(path) && !/[\\/](src|locales|v3|mini)$/.test(path) });
  // Its sentences in other languages are nothing of the SDK's, but its declarations name them.
  if (existsSync(join(from, "v4", "locales"))) {
    mkdirSync(join(to, "v4", "locales"), { recursive: true });
    writeFileSync(join(to, "v4", "locales", "index.d.ts"), "export {};\n");
  }
}

/** Copies everything of a plugin's package that is not TypeScript source, and removes what an earlier build left. */
function copyPackage(name) {
  const source = join(root, "plugins", name);
  const target = join(dist, "plugins", name);
  if (existsSync(target)) {
    for (const entry of readdirSync(target)) {
      if (entry !== "main.js") rmSync(join(target, entry), { recursive: true, force: true });
    }
  }
  cpSync(source, target, { recursive: true, filter: (file) => isPackaged(file) && !isSource(file) });
}

const isSource = (file) => /\.tsx?$|(^|[\\/])(test|tests)$/.test(file);
const isPackaged = (file) => !/(^|[\\/])(node_modules|__pycache__|\.[^\\/]*)$|\.pyc$/.test(relative(root, file));

const started = performance.now();
await buildAll({ development: process.argv.includes("--development") });
console.log(`build: done in ${Math.round(performance.now() - started)} ms`);
