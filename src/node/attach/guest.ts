import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import type { InstalledPlugin } from "../../core/plugins/installed.ts";
import { firstIssue } from "../../core/plugins/issues.ts";
import type { InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import { want } from "../../protocol/rules.ts";

/** What stands where a package has its folder; no path begins so. */
const rootPrefix = "attached:";

export function isAttached(root: string): boolean {
  return root.startsWith(rootPrefix);
}

/**
 * An attached plugin as a package without files: its name is the token's, its wants are what it said in `meta.wants`, and
 * the offers that it stated are those of a manifest, so that the person sees them on the sheet.
 * `connection` numbers the connections of the window, so that a new one is never taken for an old one.
 *
 * @throws Failure `invalidParams` where `meta.wants` are no wants
 */
export function guest(name: string, dataDir: string, connection: number, stated?: InitializeResult): InstalledPlugin {
  const { meta = {}, configSchema, plugin } = stated ?? {};
  const wants = z
    .array(want)
    .max(100)
    .safeParse(meta.wants ?? []);
  if (!wants.success) {
    throw new Failure("invalidParams", `Its meta.wants do not fit: ${firstIssue(wants.error, "it", "wants")}.`);
  }
  const description =
    typeof meta.description === "string" ? meta.description.slice(0, 500) : "Attached over WebSocket.";
  return {
    name,
    version: plugin?.version,
    description,
    source: "attached",
    root: `${rootPrefix}${name}#${connection}`,
    dataDir,
    manifest: undefined,
    parley: {
      parley: "^1",
      run: { runtime: "command", command: "attached" },
      activation: ["onStartup"],
      offers: (stated?.offers ?? []).map(({ handle: _, ...offer }) => offer),
      intercepts: [],
      points: [],
      subscriptions: [],
      features: [],
      wants: wants.data,
      tools: "always",
      ...(configSchema ? { config: configSchema } : {}),
    },
    warnings: [],
  };
}
