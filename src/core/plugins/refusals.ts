import { Failure } from "../../base/failure.ts";
import type { Ineligible, InstalledPlugin } from "./installed.ts";
import { type ProcessState, restartPolicy } from "./reconcile.ts";

/** Why a plugin is not there for whoever asks: one factory for each answer. `details.reason` is for a program. */

export function notEligible({ reason, text, todo }: Ineligible): Failure {
  return new Failure("unavailable", text, { todo, details: { reason } });
}

export function windowCloses(plugin: string): Failure {
  return new Failure("unavailable", `Plugin "${plugin}" is not started, because the window closes.`, {
    details: { reason: "closing" },
  });
}

export function wasRemoved(plugin: InstalledPlugin): Failure {
  return new Failure("unavailable", sentences(whyStopped(plugin, "removed")), { details: { reason: "closing" } });
}

export function stoppedByPerson(plugin: string): Failure {
  return new Failure("unavailable", `Plugin "${plugin}" was stopped by you.`, {
    todo: "Start it in the plugin list.",
    details: { reason: "stopped" },
  });
}

export function hasFailed(plugin: string, problem: string | undefined): Failure {
  return new Failure("unavailable", sentences(`Plugin "${plugin}" does not run.`, problem), {
    todo: "Repair what its log shows, then restart it in the plugin list.",
    details: { reason: "failed" },
  });
}

export function hasEnded(plugin: string, problem: string | undefined): Failure {
  return new Failure("unavailable", sentences(`Plugin "${plugin}" ended.`, problem), { details: { reason: "ended" } });
}

/** What a waiter is told whose signal was aborted: the signal's own `Failure`, else what it was waiting for. */
export function gaveUpWaiting(
  plugin: string,
  signal: AbortSignal | undefined,
  process: ProcessState,
  lastExit: string | undefined,
): Failure {
  const reason: unknown = signal?.reason;
  if (reason instanceof Failure) return reason;
  if (process === "backoff") {
    const words = sentences(`Plugin "${plugin}" crashed and was not up again in time.`, lastExit);
    return new Failure("unavailable", words, { details: { reason: "backoff" } });
  }
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return new Failure("timeout", `Plugin "${plugin}" was not up in time; it is ${process}.`);
  }
  return new Failure("cancelled", `Waiting for plugin "${plugin}" to start was cancelled.`);
}

/** Why a process is stopped that nobody in the window asked to stop. */
export type StopCause = "updated" | "outdated" | "idle" | "replaced" | "removed";

/** Why a process is being stopped, where that is not plain: for the log, and for whoever waits for an answer of it. */
export function whyStopped(
  { name, version, root, stamp }: Pick<InstalledPlugin, "name" | "version" | "root" | "stamp">,
  because: StopCause | undefined,
): string | undefined {
  switch (because) {
    case "updated":
      // Of one in development any file counts, also one that it writes itself.
      if (stamp !== undefined)
        return `Plugin "${name}" is started anew, because its folder changed. What it writes itself belongs in PLUGIN_DATA.`;
      return `Plugin "${name}" was updated${version ? ` to ${version}` : ""} and is started anew.`;
    case "outdated":
      return `Plugin "${name}" is started anew, because other folders are open now.`;
    case "idle":
      return `Plugin "${name}" was not used for a while and was stopped; the next use starts it again.`;
    case "replaced":
      return `Plugin "${name}" was stopped, because its name belongs to ${root} now.`;
    case "removed":
      return `Plugin "${name}" was stopped, because it was removed.`;
    case undefined:
      return undefined;
  }
}

/** What is wrong with a plugin that is not started again by itself. */
export function whyFailed(reason: string | undefined, crashes: number): string {
  if (crashes < restartPolicy.crashesToFail) return reason ?? "";
  return sentences(
    reason,
    `It crashed ${crashes} times in a short time and is not started again until you restart it.`,
  );
}

/** Sentences in a row, those that are missing left out. */
export function sentences(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
