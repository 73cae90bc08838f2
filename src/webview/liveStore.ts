import type { ToWebview } from "../protocol/webview.ts";
import { apply, emptyModel, type Model } from "./store.ts";

/** The model as React's `useSyncExternalStore` wants it. */
export interface LiveStore {
  readonly model: () => Model;
  readonly subscribe: (listener: () => void) => () => void;
  readonly receive: (message: ToWebview) => void;
}

/**
 * Applies messages as they come and tells listeners at most once per `schedule`d frame, so that a fast stream costs one
 * render per frame. `requestSnapshot` is called once for each gap in the sequence.
 */
export function liveStore(requestSnapshot: () => void, schedule: (run: () => void) => void): LiveStore {
  const listeners = new Set<() => void>();
  let current = emptyModel;
  let shown = emptyModel;
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    shown = current;
    for (const listener of listeners) listener();
  };
  return {
    model: () => shown,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    receive(message) {
      const next = apply(current, message);
      if (next === current) return;
      const lost = current.synced && !next.synced;
      current = next;
      if (lost) requestSnapshot();
      if (scheduled) return;
      scheduled = true;
      schedule(flush);
    },
  };
}

/** Runs before the next frame; a page that is not painted gets no frames, so a timer stands behind it. */
export function nextFrame(run: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, 100);
}
