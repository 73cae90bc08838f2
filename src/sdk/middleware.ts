import { Failure } from "../base/failure.ts";
import type { InterceptHandler, Interception, InterceptPoint, InterceptResult } from "./intercepts.ts";
import { parsePoint } from "./points.ts";
import { allOf, type Registration, registration } from "./registrar.ts";

/**
 * Lets what was intercepted go on, with fields of the subject changed where they are given, and resolves with what came
 * of it when it has happened: its `result`, or a turn's `outcome`. Rejects with a `PluginError` where it failed, or
 * where the host no longer waits.
 */
export type Next = (updated?: Record<string, unknown>) => Promise<unknown>;

/**
 * Runs around what happens at a point: before it up to `await next()`, after it from there. What it returns after
 * `next` takes the place of the result; nothing leaves it. Without `next` nothing happens: what it returns is the
 * answer, and where it returns nothing it is denied.
 */
export type MiddlewareHandler = (interception: Interception, next: Next) => unknown;

export interface Middleware {
  /** Stands around a point, outermost the lowest `order`. */
  use(point: string | Omit<InterceptPoint, "phase">, handler: MiddlewareHandler): Registration;
}

type Intercept = (point: InterceptPoint, handler: InterceptHandler) => Registration;

/** One that has called `next` and waits for what comes of it. */
interface Waiting {
  readonly goOn: (after: Record<string, unknown>) => void;
  readonly giveUp: (failure: Failure) => void;
  readonly done: Promise<unknown>;
}

/** So many of one middleware may wait at a time; of more the oldest is given up. */
const mostWaiting = 1_000;

/** `next()` exists here only: before and after are two intercepts, which belong together by their `invocation`. */
export function createMiddleware(intercept: Intercept): Middleware {
  return {
    use(written, handler) {
      const { phase: _both, ...point } = parsePoint(written);
      const waiting = new Map<string, Waiting>();
      const parts = [
        intercept({ ...point, phase: "before" }, (interception) => begin(handler, interception, waiting)),
        intercept({ ...point, phase: "after" }, (interception) => finish(interception, waiting)),
      ];
      const both = allOf(parts);
      return registration(both.ready, () => {
        both.dispose();
        for (const one of waiting.values()) one.giveUp(new Failure("cancelled", "The middleware was taken away."));
        waiting.clear();
      });
    },
  };
}

/** Runs the handler up to `next()`, or to its end where it does not call it. */
function begin(
  handler: MiddlewareHandler,
  interception: Interception,
  waiting: Map<string, Waiting>,
): Promise<InterceptResult> {
  const { signal } = interception;
  return new Promise((resolve, reject) => {
    let went = false;
    const next: Next = (updated) => {
      if (went) return Promise.reject(new Failure("conflict", "`next` was called already; it can be called once."));
      if (signal.aborted)
        return Promise.reject(new Failure("timeout", "`next` was called too late: the host went on without."));
      went = true;
      return new Promise((goOn, giveUp) => {
        keep(waiting, keyOf(interception), {
          done,
          giveUp,
          goOn: ({ error, result, outcome }) =>
            typeof error === "string" ? giveUp(new Failure("unavailable", error)) : goOn(result ?? outcome),
        });
        resolve({ decision: "allow", ...(updated && { updated }) });
      });
    };
    const done = Promise.resolve().then(() => handler(interception, next));
    done.then((answer) => {
      if (went) return;
      if (answer !== undefined && answer !== null) resolve({ decision: "answer", answer });
      else resolve({ decision: "deny", reason: "The middleware ended without calling `next` and without an answer." });
    }, reject);
  });
}

/** Goes on after `next()`, and waits for the end of the handler. */
async function finish(
  { subject, ...interception }: Interception,
  waiting: Map<string, Waiting>,
): Promise<InterceptResult | undefined> {
  const own = waiting.get(keyOf(interception));
  if (!own) return undefined;
  waiting.delete(keyOf(interception));
  own.goOn(subject);
  try {
    const result = await own.done;
    return result === undefined || "error" in subject ? undefined : { decision: "allow", updated: { result } };
  } catch (error) {
    if ("error" in subject) return undefined;
    if (error instanceof Failure) return { decision: "deny", reason: error.message };
    throw error;
  }
}

function keyOf({ point, invocation }: Pick<Interception, "point" | "invocation">): string {
  return `${invocation} ${point}`;
}

function keep(waiting: Map<string, Waiting>, key: string, own: Waiting): void {
  const [oldest] = waiting.size >= mostWaiting ? waiting : [];
  if (oldest) {
    waiting.delete(oldest[0]);
    oldest[1].giveUp(new Failure("unavailable", "It was never told how this ended; too many others wait."));
  }
  waiting.set(key, own);
}
