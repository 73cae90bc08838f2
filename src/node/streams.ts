import type { Readable, Writable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { type Disposable, toDisposable } from "../base/dispose.ts";
import type { ByteSink, ByteSource } from "../rpc/types.ts";

/**
 * A Node stream (a child's stdout, a socket, our own stdin) as bytes that arrive. The end is told once, whether it comes as
 * `end`, `error` or `close`, also when it came before anyone listened. Disposing destroys the stream.
 */
export function sourceOf(readable: Readable): ByteSource {
  const listeners = new Set<(error?: Error) => void>();
  let ended: { error: Error | undefined } | undefined;
  const end = (error?: Error) => {
    if (ended) return;
    ended = { error };
    for (const listener of [...listeners]) listener(error);
  };
  readable.on("end", () => end());
  readable.on("error", end);
  readable.on("close", () => end());
  if (readable.readableEnded || readable.destroyed) queueMicrotask(() => end(readable.errored ?? undefined));
  return {
    onData(listener) {
      readable.on("data", listener);
      return toDisposable(() => readable.off("data", listener));
    },
    onEnd(listener) {
      if (ended) queueMicrotask(() => listener(ended?.error));
      else listeners.add(listener);
      return toDisposable(() => listeners.delete(listener));
    },
    pause: () => void readable.pause(),
    resume: () => void readable.resume(),
    dispose: () => void readable.destroy(),
  };
}

/**
 * The same source, but its end without an error is told only once `gone` has settled, or `milliseconds` later. The output of a
 * process that is killed ends a moment before its exit is known, and the exit says more to whoever waits for an answer.
 */
export function endingAfter(
  source: ByteSource,
  gone: Promise<unknown>,
  clock: Clock,
  milliseconds: number,
): ByteSource {
  return {
    ...source,
    onEnd(listener) {
      let held: Disposable | undefined;
      const registered = source.onEnd((error) => {
        if (error) listener(error);
        else held = heldBack(gone, clock, milliseconds, () => listener());
      });
      return toDisposable(() => {
        held?.dispose();
        registered.dispose();
      });
    },
  };
}

/** The same sink, but its error is told only once `gone` has settled, or `milliseconds` later, for the same reason. */
export function failingAfter(sink: ByteSink, gone: Promise<unknown>, clock: Clock, milliseconds: number): ByteSink {
  return {
    ...sink,
    onError(listener) {
      let held: Disposable | undefined;
      const registered = sink.onError((error) => {
        held = heldBack(gone, clock, milliseconds, () => listener(error));
      });
      return toDisposable(() => {
        held?.dispose();
        registered.dispose();
      });
    },
  };
}

/** Runs something once, when `gone` has settled or `milliseconds` later; not at all once it is disposed. */
function heldBack(gone: Promise<unknown>, clock: Clock, milliseconds: number, run: () => void): Disposable {
  let over = false;
  const tell = () => {
    timer.dispose();
    if (!over) run();
    over = true;
  };
  const timer = clock.after(milliseconds, tell);
  void gone.then(tell);
  return toDisposable(() => {
    over = true;
    timer.dispose();
  });
}

/**
 * A Node stream (a child's stdin, a socket, our own stdout) as a place for bytes. Its first error is told once; the ones that
 * follow it, such as EPIPE for each write that was under way, are swallowed here and reach nobody.
 */
export function sinkOf(writable: Writable): ByteSink {
  const listeners = new Set<(error: Error) => void>();
  let failed: Error | undefined;
  const fail = (error: Error) => {
    if (failed) return;
    failed = error;
    for (const listener of [...listeners]) listener(error);
  };
  writable.on("error", fail);
  if (writable.errored) queueMicrotask(() => fail(writable.errored as Error));
  const open = () => !failed && !writable.destroyed && !writable.writableEnded;
  return {
    write: (chunk) => !open() || writable.write(chunk),
    onDrain: (listener) => on(writable, "drain", listener),
    onError(listener) {
      const error = failed;
      if (error) queueMicrotask(() => listener(error));
      else listeners.add(listener);
      return toDisposable(() => listeners.delete(listener));
    },
    end() {
      if (open()) writable.end();
    },
    dispose: () => void writable.destroy(),
  };
}

function on(emitter: Writable, event: "drain", listener: () => void): Disposable {
  emitter.on(event, listener);
  return toDisposable(() => emitter.off(event, listener));
}
