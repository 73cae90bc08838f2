import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Call, createPlugin, PluginError } from "@parley/sdk";
import { type PluginFile, planPlugin, type Wish } from "./plan.ts";
import { Problem } from "./problem.ts";
import { changePlugin, makePlugin } from "./write.ts";

/** Where a plugin lies: `folder` is the name or the path of one of several open folders. */
interface Place {
  where?: "workspace" | "user";
  folder?: string;
}

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

plugin.offer<Wish & Place>("create_plugin", (args, call) =>
  answer(async () => {
    const folder = join(placeOf(args), args.name);
    const files = planPlugin(args, join(here, "templates"));
    await makePlugin(folder, files, args.language, sdk);
    return { folder, files: [...files.keys()].sort(), plugin: await open(call, folder) };
  }),
);

plugin.offer<Place & { name: string; files: PluginFile[] }>("change_plugin", ({ name, files, ...place }, call) =>
  answer(async () => {
    const at = join(placeOf(place), name);
    await changePlugin(at, name, files);
    return { folder: at, files: files.map(({ path }) => path), plugin: await open(call, at) };
  }),
);

await plugin.start();

/** The folder that holds the person's plugins: of an open folder, the first unless one is named, else their own. */
function placeOf({ where, folder }: Place): string {
  const { workspaceFolders } = plugin.info;
  if (where === "user") return join(homedir(), ".parley", "plugins");
  const open =
    folder === undefined
      ? workspaceFolders[0]
      : workspaceFolders.find(({ name, path }) => name === folder || path === folder);
  if (folder !== undefined && !open) {
    const names = workspaceFolders.map(({ name }) => `"${name}"`).join(", ");
    throw new Problem("notFound", `No open folder is called "${folder}". Open are: ${names || "none"}.`);
  }
  if (where === "workspace" && !open)
    throw new Problem("unavailable", 'No folder is open to put the plugin into. Use "user" as the place.');
  return join(open?.path ?? homedir(), ".parley", "plugins");
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
