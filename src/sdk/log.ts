import type { LogLevel } from "../base/logger.ts";
import type { Channel } from "./channel.ts";

/**
 * `about` are fields by name, with plain values for a reader and never secrets, or an error: its text and stack are
 * then in the line.
 */
type Say = (message: string, about?: unknown) => void;

/** Lines for the plugin's log. */
export type PluginLog = Readonly<Record<LogLevel, Say>>;

export type HealthStatus = "up" | "degraded" | "down" | "busy";

/** Figures of the plugin about itself: `cpu` in percent of one core, `mem_bytes`, and others of its own. */
export type Telemetry = Readonly<Record<string, number>> & { readonly cpu?: number; readonly mem_bytes?: number };

const waitingAtMost = 500;
const sendingAtMost = 8;

/**
 * Publishes on `self.log`, `self.health` and `self.telemetry` without making anybody wait and without ever failing its
 * caller: lines go out in order, few at a time; when 500 wait the oldest is dropped; what the host does not take is
 * written to `fallback`.
 */
export class Reporter {
  readonly log: PluginLog = {
    debug: (message, about) => this.#line("debug", message, about),
    info: (message, about) => this.#line("info", message, about),
    warn: (message, about) => this.#line("warn", message, about),
    error: (message, about) => this.#line("error", message, about),
  };
  readonly #channel: Channel;
  readonly #fallback: (line: string) => void;
  readonly #waiting: { topic: string; data: Record<string, unknown> }[] = [];
  readonly #idle: (() => void)[] = [];
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
    this.log.error(`${what}:`, error instanceof Error ? error : String(error));
  }

  /** Resolves when the host has taken all of it: what was logged last is what tells why a plugin stops. */
  async flush(): Promise<void> {
    if (this.#sending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #line(level: LogLevel, message: string, about: unknown): void {
    this.#send("self.log", { level, ...lineOf(message, about) });
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
      this.#fallback(`${item.topic} ${jsonOf(item.data) ?? String(item.data)}`);
    } finally {
      this.#sending -= 1;
      if (this.#waiting.length > 0) void this.#next();
      else if (this.#sending === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}

/** A line and its fields, errors among them as texts. */
export function lineOf(message: string, about: unknown): { message: string; fields?: Record<string, unknown> } {
  if (about === undefined || about === null) return { message };
  if (about instanceof Error) return { message: `${message} ${about.message}`, fields: { stack: about.stack } };
  if (typeof about !== "object") return { message: `${message} ${String(about)}` };
  return { message, fields: Object.fromEntries(Object.entries(about).map(([name, value]) => [name, fieldOf(value)])) };
}

/** The value where JSON can say it, else what it looks like. */
function fieldOf(value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  return jsonOf(value) === undefined ? String(value) : value;
}

/** Undefined for a cycle, a bigint and what else JSON cannot say. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
