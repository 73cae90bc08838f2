/** The whole host with its door open, and plugins in Python that come in through it by themselves. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { Settled } from "../../../src/base/settled.ts";
import { AttachDoor } from "../../../src/node/attach/door.ts";
import { AttachTokens } from "../../../src/node/attach/tokens.ts";
import { goOffer, putPackage, type RealHost, type RealHostOptions, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

type Json = Record<string, unknown>;

export interface AttachRig {
  readonly real: RealHost;
  readonly door: AttachDoor;
  readonly tokens: AttachTokens;
  /** Starts a plugin that connects; `path` may hold a token. */
  connect(path?: string, headers?: readonly string[]): BusPlugin;
  stop(): Promise<void>;
}

/** Opens the door of a host that also has the package `good`, whose offer `go` provides `test.go`. */
export async function attachRig(
  options: RealHostOptions & { doorClock?: Clock; plain?: boolean } = {},
): Promise<AttachRig> {
  let secret: string | undefined;
  const tokens = new AttachTokens({
    read: async () => secret,
    write: async (text) => {
      secret = text;
    },
  });
  let door: AttachDoor | undefined;
  const real = await realHost({
    packages: (folder) =>
      void putPackage(folder, "good", {
        parley: { offers: [{ ...goOffer, facets: { agent: true, provides: "test.go" } }] },
      }),
    launcher: (launcher, dataFolder) => {
      door = new AttachDoor({ launcher, tokens, dataFolder, logger: silentLogger, clock: options.doorClock });
      return door;
    },
    ...options,
  });
  if (!door) throw new Error("The host asked for no launcher.");
  const opened = door;
  const looking = new Settled(systemClock, 0, () => real.host.setInstalled(opened.among(real.found)));
  opened.serve({
    hostInfo: real.host.hostInfo,
    view: (name) => real.host.supervisor.view(name),
    changed: () => looking.now(),
  });
  await opened.apply({ enabled: true, port: 0, certificate: undefined, key: undefined });
  const plugins: BusPlugin[] = [];
  return {
    real,
    door: opened,
    tokens,
    connect(path = "/", headers = []) {
      const plugin = new BusPlugin([String(opened.port), path, ...headers]);
      plugins.push(plugin);
      return plugin;
    },
    async stop() {
      await real.stop();
      opened.dispose();
      for (const plugin of plugins) plugin.end();
    },
  };
}

/** The Python plugin's process, told what to do line by line. */
export class BusPlugin {
  readonly events: [string, ...unknown[]][] = [];
  readonly #child: ChildProcess;
  #printed = "";

  constructor(args: readonly string[]) {
    const program = join(import.meta.dirname, "bus_plugin.py");
    this.#child = spawn("python3", [program, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stdin?.on("error", () => {});
    this.#child.stderr?.on("data", (chunk) => {
      this.#printed += String(chunk);
    });
    if (this.#child.stdout) {
      createInterface(this.#child.stdout).on("line", (line) => void this.events.push(JSON.parse(line)));
    }
  }

  do(...command: [string, ...unknown[]]): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  send(envelope: Json): void {
    this.do("send", envelope);
  }

  /** From when this resolves it answers requests for the capability so; with null it does not. */
  async answer(capability: string, response: Json | null): Promise<void> {
    const known = () => this.events.filter(([what, name]) => what === "answers" && name === capability).length;
    const before = known();
    this.do("answer", capability, response);
    await until(`it knows how to answer; ${this.#printed}`, () => known() > before);
  }

  /** Registers, with the capability `text.upper` unless told otherwise. */
  register(plugin: string, more: Json = {}): void {
    this.send({ type: "register", plugin, port: "internal", capabilities: ["text.upper"], ...more });
  }

  got(type: string): Json[] {
    return this.events.flatMap(([what, message]) => {
      return what === "got" && (message as Json).type === type ? [message as Json] : [];
    });
  }

  async gotOne(type: string, fits: (message: Json) => boolean = () => true): Promise<Json> {
    return await until(`a ${type} came; ${this.#printed}`, () => this.got(type).find(fits));
  }

  /** What ended it: `["refused", status]` or `["closed", code, reason]`. */
  async ended(): Promise<[string, ...unknown[]]> {
    return await until(`it ended; ${this.#printed}`, () =>
      this.events.find(([what]) => what === "closed" || what === "refused"),
    );
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
