import type { Failure } from "../../base/failure.ts";
import type { InterceptParams, InterceptResult, InterceptSpec } from "../../protocol/plugin/intercepts.ts";

/** Asks the plugin itself; rejects with a `Failure`. The signal tells it that the answer is no longer wanted. */
export type Ask = (params: InterceptParams, signal: AbortSignal) => Promise<InterceptResult>;

/** An intercept of a running plugin. With its handle two of one plugin are told apart; without, a plugin is asked once a pass. */
export interface Registration {
  readonly plugin: string;
  readonly spec: InterceptSpec;
  readonly handle?: string;
  readonly ask: Ask;
}

export interface Pass {
  readonly conversation?: string;
  readonly turn?: string;
  readonly signal?: AbortSignal;
  /**
   * Validates and decides on a subject again after an intercept changed it, above all who may do it; answers what is wrong with
   * it. Must refuse every change of a field that is not the intercepts' to change.
   */
  revalidate(subject: Record<string, unknown>): Failure | undefined | Promise<Failure | undefined>;
}

/** As before, with that pass's invocation. Without `revalidate` only the field `result` may be changed. */
export type AfterPass = Omit<Pass, "revalidate"> & Partial<Pick<Pass, "revalidate">> & { readonly invocation: string };

/** What a chain came to. `by` is the plugin that decided, `reason` is for the person and the model. */
export interface Outcome {
  readonly decision: "allow" | "ask" | "deny" | "answer";
  /** With all changes in it; what the host goes on with. */
  readonly subject: Record<string, unknown>;
  readonly invocation: string;
  readonly by?: string;
  readonly reason?: string;
  /** With the decision `answer`: the result in the place of the real one, not checked yet. */
  readonly answer?: unknown;
  /** The plugins that changed the subject, in order. */
  readonly changedBy: readonly string[];
  /** For the model's next step: still to be fenced and attributed. */
  readonly contexts: readonly { readonly plugin: string; readonly text: string }[];
}
