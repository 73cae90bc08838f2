import type { Failure } from "../../base/failure.ts";
import type { InterceptParams, InterceptResult, InterceptSpec } from "../../protocol/plugin/intercepts.ts";
import type { TracedSpan } from "../trace/context.ts";

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
  /** The plugin whose doing it is: it is not asked about it. */
  readonly by?: string;
  /** All plugins inside whose calls it happens, that one included. */
  readonly chain?: readonly string[];
  /** The invocation of another point around the same thing, to go on with. */
  readonly invocation?: string;
  /** How many events led to it, one after another. */
  readonly hops?: number;
  /**
   * Stops the clocks of what happens and of what waits for it, while a person is asked for who is asked; what it
   * answers starts them again.
   */
  readonly hold?: () => () => void;
  /** The span of what happens; that of being asked about it is below. Without it below the turn, if there is one. */
  readonly span?: TracedSpan;
  /**
   * Validates and decides on a subject again after an intercept changed it, above all who may do it; answers what is wrong with
   * it. That only fields which are the intercepts' to change have changed, and fit their schema, was seen to before.
   */
  revalidate(subject: Record<string, unknown>): Failure | undefined | Promise<Failure | undefined>;
  /** What is wrong with an answer that an intercept gives in the thing's place, where it cannot be any. */
  answerFlaw?(answer: unknown): Failure | undefined;
}

/** One way through a point. */
export interface Step {
  readonly phase: InterceptParams["phase"];
  readonly point: string;
  readonly invocation: string;
  readonly pass: Pass;
}

/** As before, with that pass's invocation. */
export type AfterPass = Omit<Pass, "revalidate"> & Partial<Pick<Pass, "revalidate">> & { readonly invocation: string };

/** What one intercept did beyond looking on; for the record. */
export interface Told {
  readonly plugin: string;
  readonly point: string;
  readonly phase: "before" | "after";
  readonly invocation: string;
  /** `failed`: it did not answer in time, or not with something that can be used. */
  readonly decision: "allow" | "ask" | "deny" | "answer" | "failed";
  /** The fields of the subject that it changed. */
  readonly changed: readonly string[];
  readonly reason?: string;
  readonly conversation?: string;
}

/** What a chain came to. `by` is the plugin that decided, `reason` is for the person and the model. */
export interface Outcome {
  readonly decision: "allow" | "ask" | "deny" | "answer";
  /** With all changes in it; what the host goes on with. */
  readonly subject: Record<string, unknown>;
  readonly invocation: string;
  readonly by?: string;
  readonly reason?: string;
  /** With the decision `deny`, where the plugin could not be asked, or not with success: what helps. */
  readonly todo?: string;
  /** With the decision `answer`: the result in the place of the real one; checked where the pass has `answerFlaw`. */
  readonly answer?: unknown;
  /** The plugins that changed the subject, in order. */
  readonly changedBy: readonly string[];
  /** For the model's next step: still to be fenced and attributed. */
  readonly contexts: readonly { readonly plugin: string; readonly text: string }[];
}
