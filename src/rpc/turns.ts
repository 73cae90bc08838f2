import { type Disposable, toDisposable } from "../base/dispose.ts";

/** Runs something once in the next turn of the event loop, after the input of this one was read. */
export type NextTurn = (run: () => void) => Disposable;

/** The platform's own turn: `setImmediate` where there is one, else a timer of nothing. */
export const nextTurn: NextTurn = (run) => {
  if (typeof setImmediate === "function") {
    const handle = setImmediate(run);
    return toDisposable(() => clearImmediate(handle));
  }
  const handle = setTimeout(run, 0);
  return toDisposable(() => clearTimeout(handle));
};
