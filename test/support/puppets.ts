import { Puppet } from "./puppet.ts";
import { type RealHost, type RealHostOptions, realHost } from "./realHost.ts";

/** Puppets that run in one real host, by name. */
export interface Puppets<Name extends string> {
  readonly real: RealHost;
  readonly puppets: Readonly<Record<Name, Puppet>>;
  stop(): Promise<void>;
}

const why = "The suite needs it.";
const everything = [
  ...["call", "intercept", "message", "read", "act"].map((verb) => ({ verb, target: "*", why })),
  ...["publish", "subscribe"].map((verb) => ({ verb, target: ">", why })),
];

/** An offer as a manifest or `register` states it. */
export function offered(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { name, description: "A test's.", action: "read", ...more };
}

/** Starts a puppet for each name, with its part of the manifest and, where that names no `wants`, all rights that tests need. */
export async function startPuppets<Name extends string>(
  manifests: Record<Name, Record<string, unknown>>,
  { prepare, ...options }: RealHostOptions & { prepare?: (puppets: Record<Name, Puppet>) => void } = {},
): Promise<Puppets<Name>> {
  const names = Object.keys(manifests) as Name[];
  const made = await Promise.all(names.map(async (name) => [name, await Puppet.make(name)] as const));
  const puppets = Object.fromEntries(made) as Record<Name, Puppet>;
  prepare?.(puppets);
  const real = await realHost({
    packages: (folder) => {
      for (const name of names) puppets[name].pack(folder, { wants: everything, ...manifests[name] });
    },
    ...options,
  });
  await Promise.all(names.map((name) => puppets[name].start(real)));
  return {
    real,
    puppets,
    async stop() {
      await real.stop();
      for (const name of names) puppets[name].close();
    },
  };
}
