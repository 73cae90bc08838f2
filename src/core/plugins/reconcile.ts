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
  /** When the package was found to be another one than the process was made of: the process finishes what it works on. */
  readonly updatedAt?: number;
  /** What the process was told when it started does not hold any more: it is replaced once it works on nothing, whenever that is. */
  readonly outdated?: boolean;
  /** After how many milliseconds without use a process is ended; missing or 0: never. */
  readonly idleAfterMs?: number;
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
  /** When it was last used, for a process that runs. */
  readonly usedAt?: number;
  /** Whether it works on something, or would miss something, so that ending it is not for nothing. */
  readonly working?: boolean;
  /** The process has just ended and nothing was decided about it yet; `process` is still what it was in life. */
  readonly ended?: EndingKind;
}

/** What to do next; an effect that names a state also means that the process is in that state from now on. */
export type Effect =
  | { readonly type: "start" }
  | { readonly type: "stop"; readonly because?: "updated" | "outdated" | "idle" }
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
  /** How long a process whose package was updated may take to finish what it works on. */
  finishMs: 30_000,
} as const;

/**
 * Decides what follows from what should be and what is. Pure: `random` (0 ≤ r < 1) is the jitter. Asking again with
 * the state that the effects led to answers nothing new, until something changes or the time of `lookAgain` comes.
 */
export function reconcile(desired: Desired, actual: Actual, now: number, random: () => number): Effect[] {
  const mayRun = desired.eligible && desired.wanted;
  const anew = desired.renew || desired.updatedAt !== undefined;
  if (actual.ended) return afterEnding(desired, actual, actual.ended, now, random);
  switch (actual.process) {
    case "stopped":
      return mayRun ? [{ type: "start" }] : [];
    case "starting":
      if (!mayRun || anew) return [{ type: "stop" }];
      // Whoever waits for it gets the next: this one would be stopped with what they ask of it.
      return desired.outdated ? [{ type: "stop", because: "outdated" }] : [];
    case "running":
      return !mayRun || desired.renew ? [{ type: "stop" }] : whileRunning(desired, actual, now);
    case "stopping":
      return [];
    case "backoff": {
      if (!mayRun) return [{ type: "rest", wanted: desired.wanted }];
      if (anew) return [{ type: "forgive" }, { type: "start" }];
      const retryAt = actual.retryAt ?? now;
      return now >= retryAt ? [{ type: "start" }] : [{ type: "lookAgain", at: retryAt }];
    }
    case "failed":
      // Not wanted is not enough to leave `failed`: the next call would start over what cannot work.
      if (!desired.eligible) return [{ type: "rest", wanted: desired.wanted }];
      return mayRun && anew ? [{ type: "forgive" }, { type: "start" }] : [];
  }
}

/** Nobody wants it gone: it ends only for an update, because it knows an earlier window, or because it is not used. */
function whileRunning(
  { updatedAt, outdated = false, idleAfterMs = 0 }: Desired,
  actual: Actual,
  now: number,
): Effect[] {
  const { since, usedAt = since, working = false } = actual;
  const looks: number[] = [];
  if (updatedAt !== undefined) {
    if (!working || now >= updatedAt + restartPolicy.finishMs) return [{ type: "stop", because: "updated" }];
    looks.push(updatedAt + restartPolicy.finishMs);
  } else if (outdated && !working) {
    return [{ type: "stop", because: "outdated" }];
  } else if (idleAfterMs > 0) {
    const idleAt = (working ? now : usedAt) + idleAfterMs;
    if (now >= idleAt) return [{ type: "stop", because: "idle" }];
    looks.push(idleAt);
  }
  if (actual.crashes.length > 0) {
    if (now - since >= restartPolicy.healthyAfterMs) return [{ type: "forgive" }];
    looks.push(since + restartPolicy.healthyAfterMs);
  }
  return looks.length > 0 ? [{ type: "lookAgain", at: Math.min(...looks) }] : [];
}

function afterEnding(desired: Desired, actual: Actual, ended: EndingKind, now: number, random: () => number): Effect[] {
  const mayRun = desired.eligible && desired.wanted;
  if (!mayRun) return [{ type: "rest", wanted: desired.wanted }];
  if (desired.renew || desired.updatedAt !== undefined) return [{ type: "forgive" }, { type: "start" }];
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
