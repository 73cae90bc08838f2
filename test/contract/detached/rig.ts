/** Hosts with plugins that work in the background. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";

export const languages = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
} as const;
export type Language = keyof typeof languages;

/** A host in the folder with the plugins `worker` and `boss`, which may call what only reads of the worker. */
export function background(language: Language, folder?: string): Promise<RealHost> {
  return realHost({
    ...(folder === undefined ? {} : { folder }),
    packages: (packages) => {
      for (const name of ["worker", "boss"]) {
        const root = join(packages, name);
        cpSync(join(import.meta.dirname, "fixtures", language), root, { recursive: true });
        const offers = ["work", "solo", "start", "look", "cancel", "open", "ends", "write"].map((offer) => ({
          ...{ name: offer, description: offer, action: offer === "write" ? "write" : "read", timeout: 20_000 },
          ...(offer === "solo" && { concurrency: 1 }),
        }));
        const wants = [
          { verb: "call", target: "worker/*", action: "read", why: "To have it work." },
          { verb: "subscribe", target: "call.ended", why: "To hear of the end." },
        ];
        writeFileSync(
          join(root, "plugin.json"),
          manifestText(name, { run: languages[language], offers, wants, activation: ["onStartup"] }),
        );
      }
    },
  });
}

/** The person calls an offer. */
export async function ask(real: RealHost, plugin: string, name: string, args: Record<string, unknown> = {}) {
  return (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result as never;
}
