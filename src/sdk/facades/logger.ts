import { lineOf, type PluginLog } from "../log.ts";

/** The plugin's log, with fields that stand in each line. */
export interface ChildLogger extends PluginLog {
  /** A logger whose lines carry these fields too. */
  child(fields: Record<string, unknown>): ChildLogger;
}

export function createLogger(log: PluginLog, always: Record<string, unknown> = {}): ChildLogger {
  const say = (level: keyof PluginLog) => (message: string, about?: unknown) => {
    const { message: line, fields } = lineOf(message, about);
    log[level](line, { ...always, ...fields });
  };
  return {
    ...{ debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
    child: (fields) => createLogger(log, { ...always, ...fields }),
  };
}
