/**
 * What a window pays for Parley at its start: the size of what is loaded, how long loading takes, and how long 20 plugins
 * take to be ready. The time of `activate` itself is VS Code's to tell (Developer: Show Running Extensions).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { manifestText, realHost } from "../support/realHost.ts";
import { buildProduct } from "../tools/childProcess.ts";
import { root } from "../tools/paths.ts";
import { bundlePlugins } from "./bundle.ts";
import { medianOf, type Report, shown, table } from "./samples.ts";

const plugins = 20;
const bundle = join(root, "dist", "extension.js");

export async function measureActivation(repetitions: number): Promise<Report> {
  if (!existsSync(bundle)) await buildProduct();
  const bytes = loadedAtStart(bundle);
  const loads = Array.from({ length: repetitions }, loadMs);
  const starts: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) starts.push(await startManyMs());
  const [size, load, start] = [bytes / 1_000, medianOf(loads), medianOf(starts)];
  const rows = [
    ["bundle that is loaded at the start, KB", shown(size)],
    ["loading it in a new process, ms", shown(load)],
    [`${plugins} plugins at once until all are ready, ms`, shown(start)],
  ];
  return {
    name: "activation",
    text: ["## Activation", table(["", "median"], rows)].join("\n"),
    goals: [
      { goal: "bundle loaded at the start ≤ 300 KB", met: size <= 300, figures: `${shown(size)} KB` },
      { goal: "loading it ≤ 50 ms", met: load <= 50, figures: `${shown(load)} ms` },
      { goal: `${plugins} plugins in parallel ≤ 1.5 s to ready`, met: start <= 1_500, figures: `${shown(start)} ms` },
    ],
    figures: { bytes, loads, starts },
  };
}

/** The bytes of a module and of all that it imports statically from beside it. */
function loadedAtStart(file: string, seen = new Set<string>()): number {
  if (seen.has(file)) return 0;
  seen.add(file);
  let bytes = statSync(file).size;
  for (const [, path] of readFileSync(file, "utf8").matchAll(
    /(?:^|[;\s}])(?:import|export)[^;"'()]*?from\s*"(\.[^"]+)"/g,
  ))
    bytes += loadedAtStart(join(dirname(file), path as string), seen);
  return bytes;
}

/** Imports the extension in a process of its own, with a module in the place of `vscode` that stands for anything. */
function loadMs(): number {
  const program = `
    import { registerHooks } from "node:module";
    const stub = "data:text/javascript," + encodeURIComponent(
      'const any = new Proxy(class {}, { get: (target, name) => name in target ? target[name] : any });' +
      ${JSON.stringify(
        vscodeNames()
          .map((name) => `export const ${name} = any;`)
          .join(""),
      )});
    registerHooks({ resolve: (name, context, next) =>
      name === "vscode" ? { url: stub, shortCircuit: true } : next(name, context) });
    await import(stub);
    const begin = performance.now();
    await import(${JSON.stringify(pathToFileURL(bundle).href)});
    console.log(performance.now() - begin);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  const time = Number(stdout.trim().split("\n").at(-1));
  if (!(time > 0)) throw new Error(`The extension could not be loaded: ${stderr.slice(0, 2_000)}`);
  return time;
}

/** The names of VS Code's API that the bundle takes from its namespace while it loads, and those it might. */
function vscodeNames(): string[] {
  const names = readFileSync(bundle, "utf8").matchAll(/\bvscode\d*\.([A-Za-z]+)/g);
  return [...new Set([...names].map(([, name]) => name as string))];
}

async function startManyMs(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
  await bundlePlugins(root, folder);
  const names = Array.from({ length: plugins }, (_, index) => `bench-p${index}`);
  const { host, stop } = await realHost({
    packages(packages) {
      for (const name of names) {
        mkdirSync(join(packages, name));
        writeFileSync(join(packages, name, "plugin.mjs"), "await import(process.argv[2]);\n");
        const run = { runtime: "node", entry: "./plugin.mjs", args: [join(folder, "target.mjs")] };
        writeFileSync(join(packages, name, "plugin.json"), manifestText(name, { run }));
      }
    },
  });
  try {
    const begin = performance.now();
    await Promise.all(names.map((name) => host.supervisor.ensureRunning(name)));
    return performance.now() - begin;
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
