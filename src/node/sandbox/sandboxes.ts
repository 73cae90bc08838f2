import { mkdir, realpath } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { asFailure, Failure } from "../../base/failure.ts";
import { noSandbox, type SandboxKind, type SandboxState, shownWish } from "../../core/plugins/sandbox.ts";
import type { LaunchSpec } from "../../core/ports.ts";
import { workspaceName } from "../../protocol/workspaceName.ts";
import type { Command, Runtimes } from "../command.ts";
import { type RunCommand, runCommand } from "../python.ts";
import { bubblewrapArgs } from "./bubblewrap.ts";
import { harmlessToNode, insideOnly } from "./manifestEnvironment.ts";
import { nodePermissionArgs, permissionProbe } from "./nodePermission.ts";
import { type Reach, reachOf } from "./reach.ts";
import { foundProgram, programOnPath } from "./runtime.ts";
import { seatbeltArgs } from "./seatbelt.ts";

export interface SandboxOptions {
  readonly runtimes: Runtimes;
  readonly platform?: NodeJS.Platform;
  /** Runs the probes, and asks Python where it lies. */
  readonly run?: RunCommand;
}

type RealKind = Exclude<SandboxKind, "none">;

/** A command as it is started, with what holds it. */
export interface Shut {
  readonly command: Command;
  readonly state: SandboxState;
}

/** Where a person's plugins are, as a manifest names it. */
const ownFolder = "~/.parley";

const nothing: Reach = { reads: [], writes: [], network: false, processes: false };

/** Puts commands into the sandbox that this machine has. Whether one holds is tried once, and again after it did not. */
export class Sandboxes {
  readonly #runtimes: Runtimes;
  readonly #platform: NodeJS.Platform;
  readonly #run: RunCommand;
  readonly #tried = new Map<RealKind, Promise<string | undefined>>();

  constructor({ runtimes, platform = process.platform, run = runCommand }: SandboxOptions) {
    this.#runtimes = runtimes;
    this.#platform = platform;
    this.#run = run;
  }

  /**
   * The command inside a sandbox, or as it was where none is asked for or, unless it is required, none works.
   *
   * @throws Failure `unavailable` where a sandbox is required and none works, with what was tried and what to do
   */
  async shut(spec: LaunchSpec, command: Command, runDir: string): Promise<Shut> {
    if (!spec.sandbox) return { command, state: noSandbox };
    const { kind, problems } = await this.#choose(spec);
    if (kind === undefined) {
      const why = problems.join(" ");
      if (spec.sandbox.demand === "required") throw noneWorks(why);
      return { command, state: { kind: "none", text: `No sandbox is in force, because none works here. ${why}` } };
    }
    await mkdir(spec.dataDir, { recursive: true });
    // What does not exist cannot be let in; Parley's own folder may be made for whoever has it on its sheet.
    if (spec.run.sandbox?.writes?.includes(ownFolder))
      await mkdir(join(homedir(), ownFolder.slice(2)), { recursive: true });
    const program = await foundProgram(command, spec, this.#runtimes, this.#run);
    const reach = await reachOf(spec, runDir, program.reads);
    // Whatever writes temporary files finds a place that it may write.
    const env = { ...command.env, TMPDIR: runDir, TEMP: runDir, TMP: runDir };
    const whole = [program.file, ...command.args.slice(command.launcher?.length ?? 0)];
    const state = stateOf(kind, spec, reach);
    if (kind === "node") {
      const runEnv = harmlessToNode(spec.run.env);
      return { command: { ...command, env, runEnv, args: [...nodePermissionArgs(reach), ...command.args] }, state };
    }
    if (kind === "sandbox-exec")
      return { command: { ...command, env, file: "/usr/bin/sandbox-exec", args: seatbeltArgs(whole, reach) }, state };
    const inside = insideOnly(spec.run.env, [...Object.keys(env), ...Object.keys(spec.env)]);
    const args = bubblewrapArgs(whole, spec.root, reach, inside);
    return {
      command: { ...command, env, runEnv: {}, file: programOnPath("bwrap") ?? "bwrap", args, wrapped: true },
      state,
    };
  }

  /** What would hold such a process. Does not fail. */
  async stateFor(spec: LaunchSpec): Promise<SandboxState> {
    if (!spec.sandbox) return noSandbox;
    const { kind, problems } = await this.#choose(spec);
    if (kind !== undefined) return stateOf(kind, spec, nothing);
    const why = problems.join(" ");
    const { message, todo = "" } = noneWorks(why);
    return {
      kind: "none",
      text: spec.sandbox.demand === "required" ? `${message} ${todo}` : `No sandbox works here. ${why}`,
    };
  }

  async #choose(spec: LaunchSpec): Promise<{ kind: RealKind | undefined; problems: string[] }> {
    const problems: string[] = [];
    for (const kind of this.#kindsFor(spec)) {
      const debugged = kind === "node" && spec.inspect !== undefined;
      const problem = debugged ? `${nameOf.node} lets no debugger in.` : await this.#problemOf(kind);
      if (problem === undefined) return { kind, problems };
      problems.push(problem);
    }
    if (problems.length === 0) {
      problems.push(`There is no sandbox for ${spec.run.runtime} plugins on this system (${this.#platform}).`);
    }
    return { kind: undefined, problems };
  }

  /** The best first. */
  #kindsFor({ run }: LaunchSpec): RealKind[] {
    const ofSystem: RealKind[] =
      this.#platform === "linux" ? ["bubblewrap"] : this.#platform === "darwin" ? ["sandbox-exec"] : [];
    return run.runtime === "node" ? [...ofSystem, "node"] : ofSystem;
  }

  /** Why it does not work here. */
  #problemOf(kind: RealKind): Promise<string | undefined> {
    const known = this.#tried.get(kind);
    if (known) return known;
    const trying = this.#probe(kind).then(
      () => undefined,
      (error: unknown) => {
        this.#tried.delete(kind);
        return `${nameOf[kind]} does not work: ${reasonOf(error)}`;
      },
    );
    this.#tried.set(kind, trying);
    return trying;
  }

  async #probe(kind: RealKind): Promise<unknown> {
    const { node, electron, sdkDir } = this.#runtimes;
    if (kind === "bubblewrap") return this.#run("bwrap", bubblewrapArgs(["true"], "/", nothing));
    if (kind === "sandbox-exec") return this.#run("/usr/bin/sandbox-exec", seatbeltArgs(["/usr/bin/true"], nothing));
    const folder = sdkDir ?? dirname(node);
    const preload = sdkDir === undefined ? [] : ["--import", pathToFileURL(join(sdkDir, "resolve.mjs")).href];
    const reads = [folder, await realpath(folder)];
    const args = [...nodePermissionArgs({ ...nothing, reads }), ...preload, "-e", permissionProbe, folder, tmpdir()];
    return this.#run(node, args, electron ? { ELECTRON_RUN_AS_NODE: "1" } : {});
  }
}

const nameOf: Record<RealKind, string> = {
  bubblewrap: "bubblewrap (bwrap)",
  "sandbox-exec": "sandbox-exec",
  node: "Node's permission model",
};

function noneWorks(why: string): Failure {
  return new Failure("unavailable", `It is not started, because a sandbox is required and none works here. ${why}`, {
    todo: "Install bubblewrap (Linux), or allow the plugin to run without one: parley.plugins.sandbox.",
  });
}

/** `Command failed: bwrap …` and the program's own words, which are the last line. */
function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === "ENOENT") return "it is not installed.";
  const { message } = error instanceof Error ? error : asFailure(error, "Trying it");
  const last = message.trim().split("\n").at(-1) ?? message;
  return `${last.slice(0, 300).replace(/\.$/, "")}.`;
}

/** For a person. The folders of the system and of the runtime are not listed: everything can be read there by everybody. */
function stateOf(kind: RealKind, { run, sandbox, inspect }: LaunchSpec, { network, processes }: Reach): SandboxState {
  const { reads = [], writes = [] } = run.sandbox ?? {};
  const open = network || run.sandbox?.network === true || inspect !== undefined;
  const free = processes || run.sandbox?.processes === true;
  const shown = (paths: readonly string[]) =>
    paths.map((path) =>
      path.startsWith(workspaceName) && sandbox?.workspace.length === 0
        ? `${shownWish(path)} (none is open)`
        : shownWish(path),
    );
  const parts = [
    `It reads ${listed(["its own folder", ...shown(reads)])}, and writes ${listed(["its data folder", ...shown(writes)])}.`,
    kind === "node"
      ? "The network is open to it: Node's permission model does not hold that."
      : `It has ${open ? "the" : "no"} network.`,
    ...(kind === "node"
      ? [free ? "It starts other programs, which nothing holds." : "It starts no other program."]
      : []),
  ];
  return { kind, text: `Held by ${nameOf[kind]}. ${parts.join(" ")}` };
}

function listed(places: readonly string[]): string {
  return [...places.slice(0, -2), places.slice(-2).join(" and ")].join(", ");
}
