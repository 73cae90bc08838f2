import { createPlugin, PluginError } from "@parley/sdk";
import { createPlaces, type Places } from "./places.ts";
import type { PatchInput } from "./plan.ts";
import { Problem } from "./problem.ts";
import { type ReadInput, readFilePage } from "./read.ts";
import { ripgrepScanner } from "./ripgrep.ts";
import { fileScanner } from "./scanFiles.ts";
import { type Scanner, type SearchInput, search } from "./search.ts";
import { readSettings, type Settings } from "./settings.ts";
import { listTree, type TreeInput } from "./tree.ts";
import { patchFiles, type WriteInput, writeFile } from "./write.ts";

const plugin = createPlugin();

type Setup = { settings: Settings; places: Places; scanners: Scanner[] };
let setup: Promise<Setup> | undefined;

/** What the handlers work with, made once from what the host said in `initialize`. */
function ready(): Promise<Setup> {
  setup ??= (async () => {
    const settings = readSettings(plugin.config.all());
    const places = await createPlaces(plugin.info.workspaceFolders, settings);
    const { ripgrep } = plugin.info.host.tools;
    const executables = ripgrep === undefined ? ["rg"] : [ripgrep, "rg"];
    const scanners = [
      ...executables.map((file) => ripgrepScanner(file, settings.ignoreGlobs)),
      fileScanner(settings.maxFiles),
    ];
    return { settings, places, scanners };
  })();
  return setup;
}

/** Runs a handler and turns its problems into errors whose text reaches the caller. */
async function answer<Result>(run: (setup: Setup) => Promise<Result>): Promise<Result> {
  try {
    return await run(await ready());
  } catch (error) {
    if (error instanceof Problem) throw new PluginError(error.kind, error.message);
    throw error;
  }
}

/** Writers take turns, so that two patches of one file cannot interleave; readers never wait. */
let lastWrite: Promise<unknown> = Promise.resolve();
function inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
  const mine = lastWrite.then(run, run);
  lastWrite = mine.catch(() => {});
  return mine;
}

plugin.offer<TreeInput>("repo.tree", (args, { signal }) =>
  answer(({ places, settings }) => listTree(places, args, settings.maxFiles, signal)),
);
plugin.offer<SearchInput>("repo.search", (args, { signal }) =>
  answer(({ places, settings, scanners }) => search(places, scanners, args, settings.maxFiles, signal)),
);
plugin.offer<ReadInput>("repo.file.read", (args, { signal }) =>
  answer(({ places, settings }) => readFilePage(places, args, settings.maxFiles, signal)),
);
plugin.offer<WriteInput>("repo.file.write", (args) => answer(({ places }) => inTurn(() => writeFile(places, args))));
plugin.offer<PatchInput>("repo.patch", (args) => answer(({ places }) => inTurn(() => patchFiles(places, args))));

await plugin.start();
