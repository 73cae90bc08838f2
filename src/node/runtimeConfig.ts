import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The file in a plugin's data folder that holds what the plugin runs with, for whoever looks for it from outside. */
const runtimeConfigFile = "config.runtime.json";

/** Writes it as a whole or not at all; only its owner may read it. The values must hold no secret. */
export async function writeRuntimeConfig(dataDir: string, values: Record<string, unknown>): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, runtimeConfigFile);
  const part = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(part, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600 });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
