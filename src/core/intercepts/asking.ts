import { asFailure, Failure } from "../../base/failure.ts";
import type { InterceptParams, InterceptResult } from "../../protocol/plugin/intercepts.ts";
import { traceMeta } from "../trace/context.ts";
import type { AskingTime } from "./askingTime.ts";
import type { Pass, Registration, Step } from "./types.ts";

/**
 * Asks one intercept and waits at most so long, without the time in which a person is asked for its plugin. Rejects
 * with `timeout`, with the plugin's failure, or with `cancelled` as soon as the pass is cancelled; in each case the
 * plugin is told that the answer is no longer wanted.
 */
export async function askInTime(
  { plugin, ask }: Registration,
  params: InterceptParams,
  { signal, hold }: Pick<Pass, "signal" | "hold">,
  time: AskingTime,
  atMostMs: number,
): Promise<InterceptResult> {
  if (signal?.aborted) throw cancelled(params.point);
  const own = new AbortController();
  let stop: (failure: Failure) => void = () => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (failure) => {
      reject(failure);
      own.abort(failure);
    };
  });
  const onAbort = () => stop(cancelled(params.point));
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = time.start({ plugin, above: hold }, atMostMs, () =>
    stop(new Failure("timeout", `${plugin} did not answer within ${atMostMs / 1_000} s.`)),
  );
  try {
    return await Promise.race([ask(params, own.signal), stopped]);
  } catch (error) {
    throw asFailure(error, `Asking ${plugin}`);
  } finally {
    timer.dispose();
    signal?.removeEventListener("abort", onAbort);
  }
}

function cancelled(point: string): Failure {
  return new Failure("cancelled", `Passing the point "${point}" was cancelled.`);
}

/** What an intercept is asked: the subject is its own copy, as far as its fields go. */
export function paramsOf(
  { phase, point, invocation, pass }: Step,
  { handle }: Registration,
  subject: Record<string, unknown>,
): InterceptParams {
  const { conversation, turn, span, hops } = pass;
  return {
    ...{ point, phase, invocation, subject: { ...subject } },
    ...(handle === undefined ? {} : { handle }),
    _meta: { ...traceMeta(span), ...(conversation && { conversation }), ...(turn && { turn }), ...(hops && { hops }) },
  };
}
