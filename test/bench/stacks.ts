/** The stacks that are compared. Each is a program in the middle, with its ends as children of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../tools/paths.ts";
import { bundlePlugins } from "./bundle.ts";
import { findNats } from "./natsServer.ts";
import { Rig } from "./rig.ts";

export type StackName = "relay" | "stock" | "nats" | "other" | "parley" | "bare";

/** What a table calls them. */
export const titles: Record<StackName, string> = {
  relay: "raw byte relay (limit)",
  stock: "vscode-jsonrpc 10, stock",
  nats: "NATS",
  other: "Parley of the other checkout",
  parley: "Parley",
  bare: "Parley's host, ends without an SDK",
};

export interface Stacks {
  readonly rigs: ReadonlyMap<StackName, Rig>;
  /** What is not compared, and why. */
  readonly skipped: readonly string[];
  stop(): Promise<void>;
}

export interface StackOptions {
  /** The host writes a CPU profile into this folder when it ends. */
  readonly profile?: string;
  /** Another checkout of this repository, with its libraries, for a comparison of the two in one run. */
  readonly against?: string;
}

/** Starts the stacks, as many of them as can be had. */
export async function startStacks(asked: readonly StackName[], { profile, against }: StackOptions): Promise<Stacks> {
  const names = against ? [...asked, "other" as const] : asked;
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const otherFolder = join(folder, "other");
  await bundlePlugins(root, folder);
  if (against) await bundlePlugins(against, otherFolder);
  const rigs = new Map<StackName, Rig>();
  const skipped: string[] = [];
  const own = (file: string) => join(import.meta.dirname, file);
  const nodeArgs = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  for (const name of names) {
    if (name === "relay") rigs.set(name, new Rig(own("peers/relay.ts")));
    if (name === "stock") rigs.set(name, new Rig(own("peers/stock.ts")));
    if (name === "parley" || name === "bare") rigs.set(name, new Rig(own("parley/host.ts"), [folder], { nodeArgs }));
    if (name === "other" && against) rigs.set(name, new Rig(join(against, "test/bench/parley/host.ts"), [otherFolder]));
    if (name === "nats") {
      const nats = findNats();
      if ("missing" in nats) skipped.push(`NATS is not compared: ${nats.missing}.`);
      else rigs.set(name, new Rig(own("peers/nats.ts"), [nats.server, nats.client]));
    }
  }
  return {
    rigs,
    skipped,
    async stop() {
      await Promise.all([...rigs.values()].map((rig) => rig.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
