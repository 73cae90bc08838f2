import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  manifestNamespace,
  type ParleyManifest,
  packageManifest,
  parleyManifest,
} from "../../../src/protocol/manifest.ts";
import { FakeHost, type FakeHostOptions } from "../../support/fakeHost.ts";

export const pluginsFolder = fileURLToPath(new URL("../../../plugins/", import.meta.url));

/** Parley's part of a bundled plugin's manifest; throws where it does not fit its schema. */
export function manifestOf(name: string): ParleyManifest {
  const whole = packageManifest.parse(JSON.parse(readFileSync(join(pluginsFolder, name, "plugin.json"), "utf8")));
  return parleyManifest.parse(whole.extensions?.[manifestNamespace]);
}

/** Starts a bundled plugin from its source. */
export function startPlugin(name: string, options: Omit<FakeHostOptions, "entry"> = {}): Promise<FakeHost> {
  const { run } = manifestOf(name);
  if (!("entry" in run)) throw new Error(`${name} is no plugin with an entry.`);
  const entry = join(pluginsFolder, name, run.entry.replace(/\.js$/, ".ts"));
  return FakeHost.start({ name, ...options, entry });
}
