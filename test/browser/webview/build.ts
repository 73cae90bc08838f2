import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { root } from "../../tools/paths.ts";

/** The view, built as the package has it. */
export interface BuiltView {
  folder: string;
  metafile: Metafile;
  /** Bytes of every script that has to be read before the view starts: the entry and what it imports statically. */
  startBytes: number;
}

let built: Promise<BuiltView> | undefined;

/** Builds the view once for all tests of a run, into a folder of its own. */
export function buildView(): Promise<BuiltView> {
  built ??= buildNow();
  return built;
}

async function buildNow(): Promise<BuiltView> {
  const folder = mkdtempSync(join(tmpdir(), "parley-view-"));
  const shared = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
    jsx: "automatic",
    assetNames: "assets/[name]-[hash]",
    chunkNames: "chunks/[name]-[hash]",
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".ttf": "file" },
  } as const;
  const script = await build({
    ...shared,
    entryPoints: [{ in: "src/webview/main.tsx", out: "main" }],
    splitting: true,
    metafile: true,
  });
  await build({ ...shared, entryPoints: [{ in: "src/webview/main.css", out: "main" }] });
  return { folder, metafile: script.metafile, startBytes: startBytes(script.metafile) };
}

function startBytes({ outputs }: Metafile): number {
  const entry = Object.keys(outputs).find((file) => file.endsWith("/main.js") || file === "main.js");
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const imported of outputs[file]?.imports ?? []) {
      if (imported.kind === "import-statement" && !imported.external) visit(imported.path);
    }
  };
  if (entry) visit(entry);
  return [...seen].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
}
