export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where a component reports what it does. `fields` hold values for a reader, never secrets. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void;
}

export const silentLogger: Logger = { log: () => {} };
