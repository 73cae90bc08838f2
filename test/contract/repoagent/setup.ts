import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FakeHost } from "../../support/fakeHost.ts";

const entry = fileURLToPath(new URL("../../../plugins/repoagent/main.ts", import.meta.url));

/** A folder with files, and the real plugin at work on it. */
export type Repository = { folder: string; host: FakeHost; end(): Promise<void> };

/** Writes the files into a new folder and starts the plugin there; `ripgrep` is the path that the host hands it. */
export async function openRepository(
  files: Record<string, string | Buffer>,
  options: { ripgrep?: string; config?: Record<string, unknown>; folders?: string[] } = {},
): Promise<Repository> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "parley-repo-")));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const host = await FakeHost.start({ entry, name: "repoagent", initialize: false });
  const names = options.folders ?? ["."];
  await host.connection.request("initialize", {
    ...host.initializeParams(),
    host: { name: "fake", version: "0", tools: options.ripgrep === undefined ? {} : { ripgrep: options.ripgrep } },
    workspaceFolders: names.map((name) => ({
      uri: `file://${folder}`,
      name: name === "." ? "project" : name,
      path: join(folder, name),
    })),
    config: options.config ?? {},
  });
  host.connection.notify("initialized", {});
  return {
    folder,
    host,
    async end() {
      await host.stop().catch(() => host.kill());
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A matcher for `assert.rejects`: a failure of that kind whose message fits. */
export function failure(kind: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof Error)) return false;
    if ((error as Error & { kind?: string }).kind !== kind)
      throw new Error(`expected ${kind}, not ${(error as Error & { kind?: string }).kind}: ${error.message}`);
    if (!message.test(error.message)) throw new Error(`expected ${message}, not: ${error.message}`);
    return true;
  };
}
