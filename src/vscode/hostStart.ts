import type { Logger } from "../base/logger.ts";
import { once } from "../base/once.ts";

/** Starts the host when it is first asked for, and again with the next request after a start that failed. */
export interface HostStart<T> {
  (): Promise<T>;
  /**
   * What was started; undefined before and after a start that failed. For those who have something to say only to a
   * host that runs.
   */
  running(): T | undefined;
  /** Runs when it has started; at once where it already has. */
  ready(listener: (made: T) => void): void;
}

/** Failures go to whoever asked; each that is another than the one before is logged besides, once, however many asked. */
export function hostStart<T>(start: () => Promise<T>, logger: Logger): HostStart<T> {
  let running: T | undefined;
  let told: string | undefined;
  const get = once(async () => {
    try {
      running = await start();
      return running;
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined;
      if (String(error) !== told) logger.log("error", "Parley could not start.", { error: stack ?? String(error) });
      told = String(error);
      throw error;
    }
  });
  return Object.assign(() => get(), { running: () => running, ready: get.ready });
}
