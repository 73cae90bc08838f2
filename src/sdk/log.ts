import type { LogLevel } from "../base/logger.ts";
import type { Channel } from "./channel.ts";

type Say = (message: string, fields?: Record<string, unknown>) => void;

/** Lines for the plugin's log. `fields` hold plain values for a reader, never secrets. */
export type PluginLog = Readonly<Record<LogLevel, Say>>;

export type HealthStatus = "up" | "degraded" | "down";

/** Figures of the plugin about itself: `cpu` in percent of one core, `mem_bytes`, and others of its own. */
export type Telemetry = Readonly<Record<string, number>> & { readonly cpu?: number; readonly mem_bytes?: number };

const waitingAtMost = 500;
const sendingAtMost = 8;

/**
 * Publishes on `self.log`, `self.health` and `self.telemetry` without making anybody wait and without ever failing its caller: lines go out in
 * order, few at a time; when 500 wait the oldest is dropped; what the host does not take is written to `fallback`.
 */
export class Reporter {
  readonly log: PluginLog = {
    debug: (message, fields) => this.#line("debug", message, fields),
    info: (message, fields) => this.#line("info", message, fields),
    warn: (message, fields) => this.#line("warn", message, fields),
    error: (message, fields) => this.#line("error", message, fields),
  };
  readonly #channel: Channel;
  readonly #fallback: (line: string) => void;
  readonly #waiting: { topic: string; data: Record<string, unknown> }[] = [];
  #sending = 0;

  constructor(channel: Channel, fallback: (line: string) => void) {
    this.#channel = channel;
    this.#fallback = fallback;
  }

  health(status: HealthStatus, detail?: string): void {
    this.#send("self.health", { status, detail });
  }

  /** The last one is kept; the host takes what is a number. */
  telemetry(sample: Telemetry): void {
    this.#send("self.telemetry", sample);
  }

  /** Logs an error that nobody expected, with its stack. */
  fault(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.log.error(`${what}: ${text}`, { stack: error instanceof Error ? error.stack : undefined });
  }

  #line(level: LogLevel, message: string, fields?: Record<string, unknown>): void {
    this.#send("self.log", { level, message, fields });
  }

  #send(topic: string, data: Record<string, unknown>): void {
    this.#waiting.push({ topic, data });
    if (this.#waiting.length > waitingAtMost) this.#waiting.shift();
    while (this.#sending < sendingAtMost && this.#waiting.length > 0) void this.#next();
  }

  async #next(): Promise<void> {
    const item = this.#waiting.shift();
    if (!item) return;
    this.#sending += 1;
    try {
      await this.#channel.request("publish", { ...item, latest: item.topic !== "self.log" || undefined });
    } catch {
      this.#fallback(`${item.topic} ${JSON.stringify(item.data)}`);
    } finally {
      this.#sending -= 1;
      if (this.#waiting.length > 0) void this.#next();
    }
  }
}
