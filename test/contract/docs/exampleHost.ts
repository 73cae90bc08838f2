import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { countingIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { createHost, type Host } from "../../../src/core/host.ts";
import type { HostSettings } from "../../../src/core/hostParts.ts";
import type { LauncherPort, ModelEvent } from "../../../src/core/ports.ts";
import { createValidator } from "../../../src/node/validator.ts";
import { MemoryStore } from "../../support/memoryStore.ts";
import { onlyModel, quietEditor, scriptedModel } from "../../support/scriptedParts.ts";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** The SDKs as they are shipped where they are built, else as source. */
export const sdkDir = existsSync(join(repository, "dist", "sdk", "index.js"))
  ? join(repository, "dist", "sdk")
  : join(repository, "src", "sdk");

/** The real host of a window whose only folder is `folder`, with a model that plays a script. */
export async function exampleHost({
  launcher,
  folder,
  model = () => [],
  clock = systemClock,
  settings = {},
}: {
  launcher: LauncherPort;
  folder: string;
  model?: (step: number) => ModelEvent[];
  clock?: Clock;
  settings?: Partial<HostSettings>;
}): Promise<Host> {
  return createHost({
    store: new MemoryStore(),
    launcher,
    validator: await createValidator(),
    editor: quietEditor({ uri: `file://${folder}`, name: "sample", path: folder }),
    preview: { preview: async () => undefined },
    models: () => onlyModel(scriptedModel((_request, step) => model(step))),
    settings: { stepLimit: () => 10, mode: () => "agent", pluginConfig: () => ({}), ...settings },
    clock,
    ids: countingIds(),
    logger: silentLogger,
    random: () => 0,
    about: { version: "0.1.0", lease: { pid: 4242, started: "then" }, locale: "en", ripgrep: undefined },
    alive: async () => false,
  });
}
