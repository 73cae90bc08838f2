import { Failure } from "../base/failure.ts";
import type { Logger } from "../base/logger.ts";
import type { InitializeParams, InitializeResult } from "../protocol/plugin/lifecycle.ts";
import { hostToPlugin, type PluginToHost, pluginToHost } from "../protocol/plugin/methods.ts";
import { commonVersion, protocolVersion } from "../protocol/version.ts";
import { createConnection } from "../rpc/connection.ts";
import type { Connection } from "../rpc/types.ts";
import { HostChannel } from "./channel.ts";
import { LocalConfig } from "./config.ts";
import { createFacades, type FacadeParts, type Facades } from "./facades/facades.ts";
import { Inside } from "./inside.ts";
import { type InterceptHandler, type InterceptPoint, LocalIntercepts } from "./intercepts.ts";
import { type HealthStatus, type PluginLog, Reporter, type Telemetry } from "./log.ts";
import { LocalOffers, type OfferHandler, type OfferSpec } from "./offers.ts";
import { Registrar, type Registration } from "./registrar.ts";
import { type WatchedState, watchedState } from "./state.ts";
import { openStdio, type Transport } from "./stdio.ts";
import { LocalSubscriptions, type Subscribe } from "./subscriptions.ts";
import { Trace } from "./trace.ts";
import { createVerbs, type Verbs } from "./verbs.ts";

/**
 * A plugin: what it offers, hears and guards, and the verbs to talk back with. What is declared before `start` travels in the
 * answer to `initialize`, the rest is registered when it is declared. Verbs used before the host is ready wait for it. The façades
 * are the same in the words that authors know: `events`, `commands`, `storage`, `tasks` …
 */
export interface Plugin extends Verbs, Facades {
  /** Offers something; a name alone stands for an offer that the manifest declares. */
  offer<Args = Record<string, unknown>>(spec: string | OfferSpec, handler: OfferHandler<Args>): Registration;
  /** Hears events; `*` in the pattern stands for one token, `>` for the rest. */
  subscribe: Subscribe;
  /** Values that the host keeps for the plugin, and their changes. */
  readonly state: WatchedState;
  /** Is asked before or after something happens. */
  intercept(point: InterceptPoint, handler: InterceptHandler): Registration;
  readonly log: PluginLog;
  health(status: HealthStatus, detail?: string): void;
  /** Tells figures about itself, which the person sees; a few times a minute is enough. */
  telemetry(sample: Telemetry): void;
  /** What the host said in `initialize`. Throws before it has. */
  readonly info: InitializeParams;
  /** Runs when the host is ready for requests; at once if it is. */
  onReady(run: () => unknown): void;
  /** Runs once when the plugin is asked to stop; the channel is still open if the host asked. At most one second. */
  onStop(run: () => unknown): void;
  /**
   * Connects to the host, over stdin and stdout unless told otherwise, and resolves when the host says exit or goes away. On
   * stdio the process then ends.
   */
  start(transport?: Transport): Promise<void>;
}

/** Makes a plugin. Nothing is read, written or changed before `start`. */
export function createPlugin(): Plugin {
  return new PluginRun().face();
}

const stopAtMostMs = 1_000;
const stopAfterEndMs = 500;

class PluginRun {
  readonly #channel = new HostChannel();
  readonly #inside = new Inside();
  readonly #reporter = new Reporter(this.#channel, (line) => this.#transport?.stray(line));
  readonly #fault = (what: string, error: unknown) => this.#reporter.fault(what, error);
  readonly #registrar = new Registrar(this.#channel, this.#fault);
  readonly #offers = new LocalOffers(this.#channel, this.#registrar, this.#fault);
  readonly #subscriptions = new LocalSubscriptions(this.#registrar, this.#fault, this.#inside);
  readonly #intercepts = new LocalIntercepts(this.#channel, this.#registrar);
  readonly #config = new LocalConfig(this.#offers);
  readonly #trace = new Trace(this.#reporter.log);
  readonly #onReady: (() => unknown)[] = [];
  readonly #onStop: (() => unknown)[] = [];
  #transport: Transport | undefined;
  #info: InitializeParams | undefined;
  #ready = false;
  /** The host has said shutdown. */
  #leaving = false;
  #stopped: Promise<void> | undefined;

  face(): Plugin {
    const verbs = createVerbs(this.#channel, this.#inside);
    const info = () => this.#info;
    const plugin: Omit<Plugin, Exclude<keyof Facades, keyof FacadeParts>> = {
      ...verbs,
      offer: (spec, handler) => this.#offers.add(spec, handler),
      subscribe: (...args: Parameters<LocalSubscriptions["add"]>) => this.#subscriptions.add(...args),
      intercept: (point, handler) => this.#intercepts.add(point, handler),
      state: watchedState(verbs.state, (topic, handler) => this.#subscriptions.add(topic, handler)),
      log: this.#reporter.log,
      health: (status, detail) => this.#reporter.health(status, detail),
      telemetry: (sample) => this.#reporter.telemetry(sample),
      get info() {
        const known = info();
        if (!known) throw new Error("The host has not said initialize yet; read plugin.info in onReady or later.");
        return known;
      },
      config: this.#config.face,
      onReady: (run) => {
        if (this.#ready) void this.#runAll("onReady", [run]);
        else this.#onReady.push(run);
      },
      onStop: (run) => void this.#onStop.push(run),
      start: (transport) => this.#start(transport ?? openStdio()),
    };
    return Object.assign(plugin, createFacades(plugin));
  }

  async #start(transport: Transport): Promise<void> {
    if (this.#transport) throw new Error("The plugin was started already.");
    this.#transport = transport;
    const connection: Connection<PluginToHost> = createConnection({
      source: transport.source,
      sink: transport.sink,
      local: hostToPlugin,
      remote: pluginToHost,
      peer: "the host",
      logger: complaints(transport),
      onStray: (text) => transport.stray(`The host sent text between messages; it is skipped: ${text.slice(0, 200)}`),
      handlers: {
        initialize: (params) => this.#initialize(params),
        initialized: () => this.#begin(connection),
        shutdown: async () => {
          this.#leaving = true;
          await this.#stop(stopAtMostMs);
          return null;
        },
        exit: () => connection.close("The host said exit."),
        call: (params, incoming) => {
          this.#checkOrder("call");
          if (this.#leaving) throw new Failure("unavailable", "The plugin is stopping and begins nothing new.");
          return this.#trace.around(
            () => `The call of "${params.name}"`,
            () => this.#inside.run(incoming.meta, () => this.#offers.handle(params, incoming)),
          );
        },
        deliver: (params, incoming) => {
          this.#checkOrder("deliver");
          return this.#trace.around(
            () => `The delivery of ${params.events.length} events`,
            () => this.#inside.run(incoming.meta, () => this.#subscriptions.deliver(params)),
          );
        },
        intercept: async (params, incoming) => {
          this.#checkOrder("intercept");
          try {
            return await this.#inside.run(incoming.meta, () => this.#intercepts.handle(params, incoming));
          } catch (error) {
            if (error instanceof Failure) throw error;
            if (incoming.signal.aborted) throw new Failure("cancelled", "The intercept was cancelled.");
            this.#fault(`The intercept at "${params.point}" failed`, error);
            throw new Failure("internal", `The plugin failed when it was asked at "${params.point}".`, {
              todo: "This is a fault of the plugin; its log has the details.",
            });
          }
        },
        "$/setTrace": ({ value }) => {
          this.#trace.level = value;
        },
      },
    });
    const { kind, message } = await connection.closed;
    this.#channel.end(message);
    await this.#stop(stopAfterEndMs);
    transport.leave(kind === "broken" ? 1 : 0);
  }

  #initialize(params: InitializeParams): InitializeResult {
    if (this.#info) throw new Failure("invalidRequest", "The plugin was initialized already.");
    const version = commonVersion(params.protocolVersion);
    if (version === undefined) {
      const message = `The host speaks protocol version ${params.protocolVersion}, this plugin version ${protocolVersion}.`;
      throw new Failure("versionMismatch", message, { todo: "Update the plugin or Parley." });
    }
    this.#info = params;
    this.#config.begin(params.config);
    this.#channel.agree(params.capabilities, params.limits);
    this.#trace.level = params.trace;
    const configApply = this.#offers.has("config.apply");
    return {
      protocolVersion: version,
      plugin: { name: params.plugin.name, version: params.plugin.version },
      capabilities: {
        progress: true,
        detachedCalls: true,
        streaming: true,
        references: true,
        intercepts: true,
        state: true,
        conversation: true,
        configApply,
      },
      ...this.#registrar.initial(),
    };
  }

  #checkOrder(method: string): void {
    if (!this.#info) throw new Failure("invalidRequest", `"${method}" came before "initialize".`);
  }

  #begin(connection: Connection<PluginToHost>): void {
    if (this.#ready || !this.#info) return;
    this.#ready = true;
    this.#channel.open(connection);
    void this.#runAll("onReady", this.#onReady.splice(0));
  }

  /** Runs the stop handlers once; later callers wait for the same run, each at most so long. */
  async #stop(atMostMs: number): Promise<void> {
    this.#stopped ??= this.#leave();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, atMostMs);
    });
    await Promise.race([this.#stopped, enough]);
    clearTimeout(timer);
  }

  async #leave(): Promise<void> {
    await this.#runAll("onStop", this.#onStop.splice(0));
    if (this.#ready) await this.#reporter.flush();
  }

  /** Runs the handlers at the same time; one that fails is logged and hurts no other. */
  async #runAll(what: string, handlers: (() => unknown)[]): Promise<void> {
    await Promise.all(
      handlers.map(async (run) => {
        try {
          await run();
        } catch (error) {
          this.#fault(`The plugin's ${what} handler failed`, error);
        }
      }),
    );
  }
}

/** What the host did wrong, in lines beside the channel. */
function complaints({ stray }: Transport): Logger {
  return {
    log: (level, message, fields) => {
      if (level === "warn" || level === "error")
        stray(fields?.error === undefined ? message : `${message} ${String(fields.error)}`);
    },
  };
}
