import { Failure } from "../../base/failure.ts";

/** What became of a call in the background whose window closed: it is the same by a reload as by a crash. */
export function windowClosed(): Failure {
  const words = "The window closed before it answered; it is not known whether it had an effect.";
  return new Failure("unavailable", words, { details: { reason: "windowClosed" } });
}

/** Whether that is why something was stopped. */
export function closedWindow(signal: { readonly aborted: boolean; readonly reason?: unknown }): boolean {
  const { aborted, reason } = signal;
  return aborted && reason instanceof Failure && reason.details?.reason === "windowClosed";
}
