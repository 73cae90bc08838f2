import type { Clock } from "../base/clock.ts";

/** Milliseconds that each step may take before the next; together with the last, under 4 s. */
const ladderMs = { shutdown: 1_500, exit: 500, terminate: 1_000 } as const;

export interface LadderSteps {
  readonly clock: Clock;
  /** Settles when the process is gone. */
  readonly exited: Promise<unknown>;
  /** Asks the plugin to finish; undefined when it cannot be asked. A failure counts as an answer. */
  shutdown(): Promise<unknown> | undefined;
  /** Tells it to leave, and closes its input. */
  exit(): void;
  terminate(): void;
  kill(): void;
}

/** Ends a process with as little force as it takes. Resolves when the process is gone. */
export async function stopLadder(steps: LadderSteps): Promise<void> {
  const gone = steps.exited.then(() => true as const);
  const within = (milliseconds: number, ...others: Promise<unknown>[]) => {
    let timer = { dispose() {} };
    const late = new Promise<false>((resolve) => {
      timer = steps.clock.after(milliseconds, () => resolve(false));
    });
    const early = others.map((other) => other.then(() => false as const).catch(() => false as const));
    return Promise.race([gone, late, ...early]).finally(() => timer.dispose());
  };

  const answer = steps.shutdown();
  if (answer && (await within(ladderMs.shutdown, answer))) return;
  steps.exit();
  if (await within(ladderMs.exit)) return;
  steps.terminate();
  if (await within(ladderMs.terminate)) return;
  steps.kill();
  await gone;
}
