/** Builds the bench's plugins the way plugins are shipped, as bundles with the SDK inside, from one checkout into a folder. */
import { build } from "esbuild";

export async function bundlePlugins(checkout: string, folder: string): Promise<void> {
  const names = ["caller", "target", "publisher", "subscriber", "bareEnd"];
  await build({
    absWorkingDir: checkout,
    entryPoints: names.map((name) => `test/bench/parley/${name}.ts`),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    minifySyntax: true,
    logLevel: "warning",
    banner: {
      js: 'import{createRequire as benchRequire}from"node:module";const require=benchRequire(import.meta.url);',
    },
  });
}
