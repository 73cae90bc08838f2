import type { Clock } from "../../base/clock.ts";
import { asFailure } from "../../base/failure.ts";
import { configApplyOffer } from "../../protocol/plugin/lifecycle.ts";
import type { LauncherPort, Peer, PluginMessageHandler } from "../ports.ts";
import { sandboxOf, withPeer } from "./negotiated.ts";

/** How much of what passes between the host and a plugin is written to the plugin's log. */
export type TraceLevel = "off" | "messages" | "verbose";

export interface TraceParts {
  /** What the person asks for, read anew when a process begins and with `refresh`. */
  readonly level: (plugin: string) => TraceLevel;
  /** Writes a line into the plugin's log. */
  readonly line: (plugin: string, text: string) => void;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  readonly clock: Clock;
}

/** So much of a message's content is written, in characters. */
const mostContent = 2_000;

const order: readonly TraceLevel[] = ["off", "messages", "verbose"];

/**
 * Writes the messages between the host and its plugins into the plugins' logs, where the person or the plugin itself asks for that:
 * `messages` the methods and how long they took, `verbose` also what is in them. Configurations and secrets never are.
 */
export class Tracer {
  readonly #parts: TraceParts;
  readonly #live = new Map<string, { tell(): void }>();

  constructor(parts: TraceParts) {
    this.#parts = parts;
  }

  /** Tells every plugin that runs what the person asks for now. */
  refresh(): void {
    for (const { tell } of this.#live.values()) tell();
  }

  launcher(inner: LauncherPort): LauncherPort {
    return {
      ...sandboxOf(inner),
      launch: (spec, onMessage) => {
        const trace = new ProcessTrace(spec.plugin, this.#parts);
        const process = inner.launch(spec, trace.received(onMessage));
        const key = `${spec.plugin}#${spec.epoch}`;
        this.#live.set(key, { tell: () => trace.tell() });
        void process.exited.then(() => this.#live.delete(key));
        return withPeer(process, trace.sent(process.peer));
      },
    };
  }
}

class ProcessTrace {
  readonly #plugin: string;
  readonly #parts: TraceParts;
  /** What the plugin asked for with `$/setTrace`. */
  #wished: TraceLevel = "off";
  /** The greater of what the person and the plugin want. */
  #level: TraceLevel = "off";
  /** What the plugin was told; undefined before `initialized`. */
  #told: TraceLevel | undefined;
  #asked: TraceLevel;
  #peer: Peer | undefined;
  #count = 0;

  constructor(plugin: string, parts: TraceParts) {
    this.#plugin = plugin;
    this.#parts = parts;
    this.#asked = parts.level(plugin);
    this.#settle();
  }

  tell(): void {
    this.#asked = this.#parts.level(this.#plugin);
    this.#settle();
    const value = this.#asked;
    if (!this.#peer || this.#told === undefined || this.#told === value) return;
    this.#told = value;
    this.#peer.notify("$/setTrace", { value });
  }

  sent(inner: Peer): Peer {
    this.#peer = inner;
    return {
      closed: inner.closed,
      request: (method, params, options) => {
        if (method === "initialize") this.#told = this.#asked;
        // Whoever traces nothing pays nothing.
        if (this.#level === "off") return inner.request(method, params, options);
        return this.#timed("host → plugin", method, params, () => inner.request(method, params, options));
      },
      notify: (method, params) => {
        this.#say("host → plugin", method, params);
        inner.notify(method, params);
        // The settings may have changed while the plugin started.
        if (method === "initialized") this.tell();
      },
      ...(inner.notifyShared && {
        notifyShared: (method, own, shared) => {
          if (this.#level !== "off") this.#say("host → plugin", method, { ...own, [shared.name]: shared.value });
          inner.notifyShared?.(method, own, shared);
        },
      }),
      ...(inner.roomForEvents && { roomForEvents: () => inner.roomForEvents?.() }),
    };
  }

  received(inner: PluginMessageHandler): PluginMessageHandler {
    return (method, params, signal, progress) => {
      if (method === "$/setTrace") {
        this.#wished = order.find((level) => level === params.value) ?? "off";
        this.#settle();
        return undefined;
      }
      // A line of the log is one already.
      if (this.#level === "off" || (method === "publish" && params.topic === "self.log"))
        return inner(method, params, signal, progress);
      return this.#timed("plugin → host", method, params, async () => await inner(method, params, signal, progress));
    };
  }

  #settle(): void {
    this.#level = order.indexOf(this.#wished) > order.indexOf(this.#asked) ? this.#wished : this.#asked;
  }

  async #timed(
    way: string,
    method: string,
    params: Record<string, unknown>,
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    const number = ++this.#count;
    const begun = this.#parts.clock.now();
    const took = () => `${method} #${number} after ${this.#parts.clock.now() - begun} ms`;
    this.#say(way, `${method} #${number}`, contentOf(method, params));
    try {
      const result = await run();
      this.#say(way, `${took()}: answered`, method === "initialize" ? undefined : result);
      return result;
    } catch (error) {
      const { kind, message } = asFailure(error, method);
      this.#say(way, `${took()}: ${kind}`, message);
      throw error;
    }
  }

  #say(way: string, what: string, content: unknown): void {
    const level = this.#level;
    if (level === "off") return;
    const text = level === "verbose" && content !== undefined ? ` ${JSON.stringify(content) ?? ""}` : "";
    // Taken out before it is cut, or a secret at the edge would be left in part.
    const safe = this.#parts.redact(text);
    const cut = safe.length > mostContent ? `${safe.slice(0, mostContent)}… (${safe.length} characters)` : safe;
    this.#parts.line(this.#plugin, `${way}: ${what}${cut}`);
  }
}

/** What may be written of a message: a configuration may hold secrets, whatever its schema says. */
function contentOf(method: string, params: Record<string, unknown>): Record<string, unknown> {
  if (method === "initialize") return { ...params, config: "…" };
  return method === "call" && params.name === configApplyOffer ? { ...params, args: "…" } : params;
}
