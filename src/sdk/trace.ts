import type { InitializeParams } from "../protocol/plugin/lifecycle.ts";
import type { PluginLog } from "./log.ts";

type Level = InitializeParams["trace"];

/** Tells the plugin's log of what it handles and sends, while the host asks for that with `verbose`. */
export class Trace {
  readonly #log: PluginLog;
  level: Level = "off";

  constructor(log: PluginLog) {
    this.#log = log;
  }

  /** Runs something, and writes down that it began, and how it ended after how long. */
  around<Result>(what: () => string, run: () => Result): Result | Promise<Awaited<Result>> {
    return this.level === "verbose" ? this.#around(what(), run) : run();
  }

  async #around<Result>(name: string, run: () => Result): Promise<Awaited<Result>> {
    const begun = performance.now();
    const end = (how: string) => this.#log.debug(`${name} ${how} after ${Math.round(performance.now() - begun)} ms`);
    this.#log.debug(`${name} begins`);
    try {
      const result = await run();
      end("ended");
      return result;
    } catch (error) {
      end(`failed (${error instanceof Error ? error.name : "error"})`);
      throw error;
    }
  }
}
