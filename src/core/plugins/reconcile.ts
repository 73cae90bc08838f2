/** The states of a plugin's process. Eligibility and health are other things and are not mixed in. */
export type ProcessState = "stopped" | "starting" | "running" | "stopping" | "backoff" | "failed";

/** What should be. */
export interface Desired {
  /** Derived from the package, trust, consent and settings; a plugin that is not eligible does not run. */
  readonly eligible: boolean;
  /** Somebody needs it: an activation rule matched, a call waits, a person started it. */
  readonly wanted: boolean;
  /** A new process is asked for: by a person, or because the package or its settings changed. It forgives crashes. */
  readonly renew: boolean;
}

/**
 * How a process ended: `asked` for by us; `finished` (exit 0 after it ran); `refused` (exit 78, a version or rights
 * failure, it cannot be started at all): trying again would end the same; `crashed`: everything else.
 */
export type EndingKind = "asked" | "finished" | "refused" | "crashed";

/** What is. Times are milliseconds since the epoch. */
export interface Actual {
  readonly process: ProcessState;
  /** When `process` became what it is. */
  readonly since: number;
  /** When it crashed since it was last healthy or forgiven, oldest first. */
  readonly crashes: readonly number[];
  /** In `backoff`: when to try again. */
  readonly retryAt?: number;
  /** The process has just ended and nothing was decided about it yet; `process` is still what it was in life. */
  readonly ended?: EndingKind;
}

/** What to do next; an effect that names a state also means that the process is in that state from now on. */
export type Effect =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  | { readonly type: "rest"; readonly wanted: boolean }
  | { readonly type: "wait"; readonly until: number; readonly crashes: readonly number[] }
  | { readonly type: "fail"; readonly crashes: readonly number[] }
  | { readonly type: "forgive" }
  | { readonly type: "lookAgain"; readonly at: number };

export const restartPolicy = {
  firstDelayMs: 500,
  longestDelayMs: 60_000,
  crashesToFail: 5,
  crashWindowMs: 180_000,
  healthyAfterMs: 120_000,
} as const;

/**
 * Decides what follows from what should be and what is. Pure: `random` (0 ≤ r < 1) is the jitter. Asking again with
 * the state that the effects led to answers nothing new, until something changes or the time of `lookAgain` comes.
 */
export function reconcile(desired: Desired, actual: Actual, now: number, random: () => number): Effect[] {
  const mayRun = desired.eligible && desired.wanted;
  if (actual.ended) return afterEnding(desired, actual, actual.ended, now, random);
  switch (actual.process) {
    case "stopped":
      return mayRun ? [{ type: "start" }] : [];
    case "starting":
      return !mayRun || desired.renew ? [{ type: "stop" }] : [];
    case "running":
      if (!mayRun || desired.renew) return [{ type: "stop" }];
      if (actual.crashes.length === 0) return [];
      return now - actual.since >= restartPolicy.healthyAfterMs
        ? [{ type: "forgive" }]
        : [{ type: "lookAgain", at: actual.since + restartPolicy.healthyAfterMs }];
    case "stopping":
      return [];
    case "backoff": {
      if (!mayRun) return [{ type: "rest", wanted: desired.wanted }];
      if (desired.renew) return [{ type: "forgive" }, { type: "start" }];
      const retryAt = actual.retryAt ?? now;
      return now >= retryAt ? [{ type: "start" }] : [{ type: "lookAgain", at: retryAt }];
    }
    case "failed":
      // Not wanted is not enough to leave `failed`: the next call would start over what cannot work.
      if (!desired.eligible) return [{ type: "rest", wanted: desired.wanted }];
      return mayRun && desired.renew ? [{ type: "forgive" }, { type: "start" }] : [];
  }
}

function afterEnding(desired: Desired, actual: Actual, ended: EndingKind, now: number, random: () => number): Effect[] {
  const mayRun = desired.eligible && desired.wanted;
  if (!mayRun) return [{ type: "rest", wanted: desired.wanted }];
  if (desired.renew) return [{ type: "forgive" }, { type: "start" }];
  switch (ended) {
    case "asked":
      return [{ type: "start" }];
    case "finished":
      return [{ type: "rest", wanted: false }];
    case "refused":
      return [{ type: "fail", crashes: actual.crashes }];
    case "crashed": {
      const wasHealthy = actual.process === "running" && now - actual.since >= restartPolicy.healthyAfterMs;
      const crashes = wasHealthy ? [now] : [...actual.crashes, now];
      const recent = crashes.filter((at) => now - at < restartPolicy.crashWindowMs);
      if (recent.length >= restartPolicy.crashesToFail) return [{ type: "fail", crashes }];
      return [{ type: "wait", until: now + delay(crashes.length, random), crashes }];
    }
  }
}

/** Full jitter: anywhere between nothing and the doubled delay, so that plugins that fell together rise apart. */
function delay(crashes: number, random: () => number): number {
  const ceiling = Math.min(restartPolicy.firstDelayMs * 2 ** (crashes - 1), restartPolicy.longestDelayMs);
  return Math.floor(random() * ceiling);
}
