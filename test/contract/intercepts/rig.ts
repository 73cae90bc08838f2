/** Hosts whose plugins intercept, listen and send as the test tells them. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PluginEvent } from "../../../src/protocol/plugin/events.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";

export const languages = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
} as const;
export type Language = keyof typeof languages;

/** Both ways round: who does it first, and who meets it. */
export const pairs: readonly (readonly [Language, Language])[] = [
  ["typescript", "python"],
  ["python", "typescript"],
];

const text = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
  additionalProperties: false,
};
const told = ["seen", "open", "fail", "call", "pass", "publish", "send", "request", "inbox", "listen", "guard"];
const why = "For the test.";

export interface Talking extends RealHost {
  /** What the host told with `plugin.intercepted`. */
  readonly intercepted: PluginEvent["data"][];
  /** The person calls an offer. */
  ask(plugin: string, name: string, args?: Record<string, unknown>): Promise<never>;
  seen(plugin: string): Promise<unknown[]>;
}

/** A host with plugins by name in a language each. */
export async function talking(plugins: Record<string, Language>, interceptMs = 3_000): Promise<Talking> {
  const intercepted: PluginEvent["data"][] = [];
  const real = await realHost({
    settings: { limits: () => ({ interceptMs }) },
    packages: (folder) => {
      for (const [name, language] of Object.entries(plugins)) {
        const root = join(folder, name);
        cpSync(join(import.meta.dirname, "fixtures", language), root, { recursive: true });
        const offers = told.map((offer) => ({ name: offer, description: offer, action: "read", timeout: 20_000 }));
        const echo = { name: "echo", description: "Answers its arguments.", action: "write", input: text };
        const wants = [
          { verb: "intercept", target: "*", why },
          { verb: "publish", target: "*", why },
          { verb: "subscribe", target: ">", why },
          { verb: "call", target: "*/echo", why },
          { verb: "call", target: "*/fail", why },
          { verb: "call", target: "*/publish", why },
        ];
        const points = [{ name: "save", description: "Something is saved.", subject: text }];
        const manifest = {
          run: languages[language],
          offers: [...offers, echo],
          points,
          wants,
          activation: ["onStartup"],
        };
        writeFileSync(join(root, "plugin.json"), manifestText(name, manifest));
      }
    },
  });
  real.host.bus.on("plugin.intercepted", ({ data }) => void intercepted.push(data));
  const ask: Talking["ask"] = async (plugin, name, args = {}) =>
    (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result as never;
  return Object.assign(real, { intercepted, ask, seen: (plugin: string) => ask(plugin, "seen") as Promise<unknown[]> });
}
