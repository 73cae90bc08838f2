import { Failure } from "../base/failure.ts";

/** What a stream ends with when its signal was aborted. */
export function cancelled(): Failure {
  return new Failure("cancelled", "The model's answer was stopped.");
}

/** The promise's outcome, or a `cancelled` failure as soon as the signal is aborted. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    throw cancelled();
  }
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(cancelled());
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
