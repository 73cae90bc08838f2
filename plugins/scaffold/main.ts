import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Call, createPlugin, PluginError } from "@parley/sdk";
import { type PluginFile, planPlugin, type Wish } from "./plan.ts";
import { Problem } from "./problem.ts";
import { changePlugin, makePlugin } from "./write.ts";

type Where = "workspace" | "user";

/** What the window says of a plugin that it has opened for development. */
interface Opened {
  name: string;
  /** `running`, or why it is not: `needsConsent`, `failed` … */
  state: string;
  problem?: string;
  /** The last lines of its log, where it did not come up. */
  log?: string[];
  tools?: string[];
}

const plugin = createPlugin();
const here = import.meta.dirname;
const sdk = dirname(fileURLToPath(import.meta.resolve("@parley/sdk")));

plugin.offer("plugin_guide", async () => ({ guide: await readFile(join(here, "guide.md"), "utf8") }));

plugin.offer<Wish & { where?: Where }>("create_plugin", (args, call) =>
  answer(async () => {
    const folder = join(placeOf(args.where), args.name);
    const files = planPlugin(args, join(here, "templates"));
    await makePlugin(folder, files, args.language, sdk);
    return { folder, files: [...files.keys()].sort(), plugin: await open(call, folder) };
  }),
);

plugin.offer<{ name: string; where?: Where; files: PluginFile[] }>("change_plugin", ({ name, where, files }, call) =>
  answer(async () => {
    const folder = join(placeOf(where), name);
    await changePlugin(folder, name, files);
    return { folder, files: files.map(({ path }) => path), plugin: await open(call, folder) };
  }),
);

await plugin.start();

/** The folder that holds the person's plugins: of the open workspace, else their own. */
function placeOf(where?: Where): string {
  const [workspace] = plugin.info.workspaceFolders;
  if (where === "workspace" && !workspace)
    throw new Problem("unavailable", 'No folder is open to put the plugin into. Use "user" as the place.');
  const root = where === "user" || !workspace ? homedir() : workspace.path;
  return join(root, ".parley", "plugins");
}

/** Opens the plugin for development: the person sees what it wants, and it is started. */
async function open(call: Call, folder: string): Promise<Opened> {
  call.progress({ message: "Waiting for the plugin to be let in" });
  return await call.editor.executeCommand<Opened>("parley.developPlugin", folder);
}

async function answer<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Problem) throw new PluginError(error.kind, error.message);
    throw error;
  }
}
