import { mkdir, readFile } from "node:fs/promises";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { Logger } from "../../base/logger.ts";
import { identityOf } from "../../core/plugins/identity.ts";
import type { InstalledPlugin } from "../../core/plugins/installed.ts";
import type { HostInfo } from "../../core/plugins/options.ts";
import type { PluginView } from "../../core/plugins/run.ts";
import { noSandbox, type SandboxState } from "../../core/plugins/sandbox.ts";
import type { LauncherPort, LaunchSpec, PluginMessageHandler, PluginProcess } from "../../core/ports.ts";
import { claimDataFolder, dataFolderOf } from "../dataFolders.ts";
import { attachedProcess, notConnected } from "./attachedProcess.ts";
import { closeCodes } from "./frames.ts";
import { guest, isAttached } from "./guest.ts";
import type { Visitor } from "./identify.ts";
import type { Link } from "./link.ts";
import type { AttachServer } from "./server.ts";
import type { AttachTokens } from "./tokens.ts";

/** What the settings say about attaching. */
export interface AttachSettings {
  readonly enabled: boolean;
  readonly port: number;
  /** Paths of PEM files; both or none. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** What the door needs of the host. */
export interface AttachHost {
  hostInfo(plugin: InstalledPlugin): HostInfo | Promise<HostInfo>;
  view(plugin: string): PluginView | undefined;
  /** The attached plugins are others now: takes over what `among` answers. */
  changed(): Promise<void>;
}

export interface AttachDoorOptions {
  /** Makes the processes of plugins that are not attached. */
  readonly launcher: LauncherPort;
  readonly tokens: Pick<AttachTokens, "whose">;
  /** Has a subfolder for each plugin's data. */
  readonly dataFolder: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly registerMs?: number;
  readonly healthMs?: number;
}

/**
 * Where plugins come in that are not started by Parley but connect to it. Each becomes a package without files and, once the
 * person has let it in, a run like any other; it leaves with its socket. It also is the window's launcher: processes that are
 * started while the door is open are told its port.
 */
export class AttachDoor implements LauncherPort, Disposable {
  readonly #options: AttachDoorOptions;
  readonly #clock: Clock;
  readonly #guests = new Map<string, { link: Link | undefined; plugin: InstalledPlugin }>();
  #host: AttachHost | undefined;
  #server: AttachServer | undefined;
  #settings: AttachSettings = { enabled: false, port: 0, certificate: undefined, key: undefined };
  #applied: Promise<unknown> = Promise.resolve();
  #connections = 0;

  constructor(options: AttachDoorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The port that is open. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  /** The URL that a plugin connects to, without a token. */
  get address(): string | undefined {
    return this.#server && `${this.#settings.certificate ? "wss" : "ws"}://127.0.0.1:${this.#server.port}`;
  }

  /** The packages that were found, and beside them the plugins that are attached now and have said what they are. */
  among(found: readonly InstalledPlugin[]): InstalledPlugin[] {
    const attached = [...this.#guests.values()].flatMap(({ link, plugin }) => (link ? [plugin] : []));
    const first = new Map(found.map(({ name, root }) => [name, root]));
    return [
      ...found,
      ...attached.map((plugin) => {
        const shadowedBy = first.get(plugin.name);
        return shadowedBy === undefined ? plugin : { ...plugin, shadowedBy };
      }),
    ];
  }

  /** Whoever comes before this is called is refused. */
  serve(host: AttachHost): void {
    this.#host = host;
  }

  /** Opens, closes or moves the door, one change after the other. Fails with `unavailable` where it cannot be opened. */
  apply(settings: AttachSettings): Promise<void> {
    const applied = this.#applied.then(() => this.#apply(settings));
    this.#applied = applied.catch(() => {});
    return applied;
  }

  launch(spec: LaunchSpec, onMessage: PluginMessageHandler): PluginProcess {
    if (isAttached(spec.root)) {
      const known = this.#guests.get(spec.plugin);
      const link = known?.plugin.root === spec.root ? known.link : undefined;
      return link ? attachedProcess(link, spec, this.#clock, onMessage) : notConnected(spec);
    }
    const env = this.port === undefined ? spec.env : { ...spec.env, BKG_PLUGIN_BUS_PORT: String(this.port) };
    return this.#options.launcher.launch({ ...spec, env }, onMessage);
  }

  async sandboxFor(spec: LaunchSpec): Promise<SandboxState> {
    if (isAttached(spec.root))
      return { kind: "none", text: "Parley did not start it, and nothing of Parley's holds it." };
    return (await this.#options.launcher.sandboxFor?.(spec)) ?? noSandbox;
  }

  dispose(): void {
    this.#close("Parley is closed.");
  }

  async #apply(settings: AttachSettings): Promise<void> {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#close("Attaching was turned off, or its settings were changed.");
    this.#settings = settings;
    if (!settings.enabled) return;
    try {
      const tls = await readTls(settings);
      const { startAttachServer } = await import("./server.ts");
      this.#server = await startAttachServer({
        port: settings.port,
        tls,
        tokens: this.#options.tokens,
        clock: this.#clock,
        logger: this.#options.logger,
        registerMs: this.#options.registerMs ?? 30_000,
        welcome: (visitor) => void this.#welcome(visitor),
      });
    } catch (error) {
      this.#settings = { ...settings, enabled: false };
      throw asFailure(error, "Opening the door for attached plugins");
    }
  }

  #close(reason: string): void {
    this.#server?.close();
    this.#server = undefined;
    for (const { link } of this.#guests.values()) link?.close(reason);
  }

  async #welcome({ frames, name, register }: Visitor): Promise<void> {
    const host = this.#host;
    const taken = this.#taken(name);
    if (!host || taken) return frames.close(closeCodes.nameTaken, taken ?? "Parley is not ready yet. Try again.");
    const server = this.#server;
    const connection = ++this.#connections;
    const newcomer = { link: undefined as Link | undefined, plugin: guest(name, "", connection) };
    this.#guests.set(name, newcomer);
    try {
      const identity = identityOf(newcomer.plugin);
      const dataDir = await dataFolderOf(this.#options.dataFolder, name, identity);
      await claimDataFolder(dataDir, identity);
      await mkdir(dataDir, { recursive: true });
      newcomer.plugin = guest(name, dataDir, connection);
      const link = await this.#greet({ frames, name, register }, newcomer.plugin, host);
      if (!server || this.#server !== server) throw new Failure("unavailable", "Attaching was turned off.");
      newcomer.plugin = guest(name, dataDir, connection, link.stated);
      newcomer.link = link;
      void link.closed.then(() => this.#leave(name, newcomer));
      await this.#changed();
      const { eligibility } = host.view(name) ?? {};
      if (eligibility && !eligibility.ok && eligibility.reason !== "needsConsent") link.close(eligibility.text);
    } catch (error) {
      const failure = asFailure(error, `Attaching ${name}`);
      if (failure.cause !== undefined)
        this.#options.logger.log("warn", failure.message, { plugin: name, cause: String(failure.cause) });
      frames.close(closeCodes.badMessage, failure.message);
      await this.#leave(name, newcomer);
    }
  }

  async #greet({ frames, name, register }: Visitor, plugin: InstalledPlugin, host: AttachHost): Promise<Link> {
    const { healthMs = 30_000, logger } = this.#options;
    const clock = this.#clock;
    if (register) {
      const { EnvelopeLink } = await import("./envelopeLink.ts");
      const { limits } = await host.hostInfo(plugin);
      return new EnvelopeLink({ frames, register, clock, healthMs, limits });
    }
    const { openChannel } = await import("./channelLink.ts");
    const { dataDir } = plugin;
    const about = { id: name, name, version: "0.0.0", root: "", dataDir, runDir: dataDir };
    const params = { ...(await host.hostInfo(plugin)), plugin: about, epoch: 1 };
    return await openChannel({ frames, name, params, clock, logger });
  }

  /** Why a plugin of this name cannot come in. */
  #taken(name: string): string | undefined {
    if (this.#guests.has(name)) return `A plugin named "${name}" is attached already.`;
    // One that has just left may still be listed for a moment.
    const listed = this.#host?.view(name);
    if (listed && listed.source !== "attached") return `A plugin named "${name}" is installed already.`;
    return undefined;
  }

  async #leave(name: string, newcomer: object): Promise<void> {
    if (this.#guests.get(name) !== newcomer) return;
    this.#guests.delete(name);
    await this.#changed();
  }

  async #changed(): Promise<void> {
    try {
      await this.#host?.changed();
    } catch (error) {
      this.#options.logger.log("error", "The attached plugins could not be taken in.", { error: String(error) });
    }
  }
}

async function readTls({ certificate, key }: AttachSettings): Promise<{ cert: string; key: string } | undefined> {
  if (certificate === undefined && key === undefined) return undefined;
  const todo = "Set both parley.attach.certificate and parley.attach.key to the paths of PEM files, or neither.";
  if (certificate === undefined || key === undefined) {
    throw new Failure("unavailable", "Plugins cannot attach: of certificate and key one is missing.", { todo });
  }
  try {
    const [cert, secret] = await Promise.all([readFile(certificate, "utf8"), readFile(key, "utf8")]);
    return { cert, key: secret };
  } catch (error) {
    const { code = "an error" } = error as NodeJS.ErrnoException;
    throw new Failure("unavailable", `Plugins cannot attach: the certificate or its key cannot be read (${code}).`, {
      todo,
    });
  }
}
