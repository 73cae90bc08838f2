import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Logger } from "../../base/logger.ts";
import { type Limits, limits } from "../../protocol/limits.ts";
import type { InterceptResult, InterceptSpec } from "../../protocol/plugin/intercepts.ts";
import { askInTime } from "./asking.ts";
import { type Declared, DeclaredIntercepts } from "./declared.ts";
import { choose, onFailureOf, type Phase } from "./selection.ts";
import type { AfterPass, Outcome, Pass, Registration } from "./types.ts";

export interface InterceptsOptions {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** The limits that are in force for a plugin. */
  readonly limits?: (plugin: string) => Limits;
  /**
   * Starts a plugin that declares an intercept in its manifest, and resolves when its intercepts are registered; rejects with
   * the reason why it cannot run. The host bounds how long that takes.
   */
  readonly ensure?: (plugin: string, signal: AbortSignal | undefined) => Promise<void>;
}

interface Step {
  readonly phase: Phase;
  readonly point: string;
  readonly invocation: string;
  readonly pass: Pass;
}

interface Progress {
  subject: Record<string, unknown>;
  readonly contexts: { plugin: string; text: string }[];
  readonly changedBy: string[];
  asked?: { by: string; reason?: string };
}

/**
 * The points that the host passes, and the plugins that are asked there, one after another. An intercept can only narrow: what
 * it allows is still decided by the rules, and what it changes is validated and decided on again.
 */
export class Intercepts {
  readonly #options: InterceptsOptions;
  readonly #registrations = new Set<Registration>();
  readonly #declared = new DeclaredIntercepts();

  constructor(options: InterceptsOptions) {
    this.#options = options;
  }

  /** Asks a running plugin from now on, until disposed. The right to intercept was decided before. */
  register(registration: Registration): Disposable {
    const own = { ...registration };
    this.#registrations.add(own);
    return toDisposable(() => this.#registrations.delete(own));
  }

  /** The intercepts of a plugin's manifest: it is started before such a point is passed. For as long as it may run. */
  declare(plugin: string, specs: readonly InterceptSpec[]): Disposable {
    return this.#declared.add(plugin, specs);
  }

  /**
   * Passes a point before the thing happens. The first `deny` or `answer` ends the chain; an `ask` stands, whatever those after it
   * allow, unless one of them denies.
   * @throws Failure `cancelled` when the pass is cancelled
   */
  before(point: string, subject: Record<string, unknown>, pass: Pass): Promise<Outcome> {
    return this.#run({ phase: "before", point, invocation: this.#options.ids.next("invocation"), pass }, subject);
  }

  /**
   * Passes a point after the thing happened, in reverse order and with the invocation of before. Only `allow`, with or
   * without changes (of `result`, say), and `deny`, which withholds the result, mean something here.
   * @throws Failure `cancelled` when the pass is cancelled
   */
  after(point: string, subject: Record<string, unknown>, pass: AfterPass): Promise<Outcome> {
    const revalidate = pass.revalidate ?? ((changed) => onlyResult(subject, changed));
    return this.#run({ phase: "after", point, invocation: pass.invocation, pass: { ...pass, revalidate } }, subject);
  }

  async #run(step: Step, subject: Record<string, unknown>): Promise<Outcome> {
    const { invocation, pass } = step;
    const progress: Progress = { subject, contexts: [], changedBy: [] };
    const end = (rest: Omit<Outcome, "subject" | "contexts" | "changedBy" | "invocation">): Outcome => ({
      ...rest,
      subject: progress.subject,
      contexts: progress.contexts,
      changedBy: progress.changedBy,
      invocation,
    });
    for (const { spec, plugin, failure } of await this.#startMissing(step, subject)) {
      const refusal = this.#failed(step, plugin, spec, failure);
      if (refusal) return end(refusal);
    }
    for (const registration of choose(this.#registrations, step.phase, step.point, subject)) {
      const stop = await this.#ask(step, registration, progress);
      if (stop) return end(stop);
    }
    if (pass.signal?.aborted && step.phase === "before")
      throw new Failure("cancelled", `Passing the point "${step.point}" was cancelled.`);
    return end(progress.asked ? { decision: "ask", ...progress.asked } : { decision: "allow" });
  }

  /** Asks one; answers what ends the chain, if it does. */
  async #ask(step: Step, registration: Registration, progress: Progress): Promise<Ending | undefined> {
    const { plugin, spec } = registration;
    let result: InterceptResult;
    try {
      result = await askInTime(
        registration,
        paramsOf(step, registration, progress.subject),
        this.#options.clock,
        step.pass.signal,
        (this.#options.limits?.(plugin) ?? limits).interceptMs,
      );
      await this.#apply(step, result, plugin, progress);
    } catch (error) {
      if (step.pass.signal?.aborted) throw error;
      return this.#failed(step, plugin, spec, asFailure(error, `Asking ${plugin}`));
    }
    const { decision, reason } = result;
    if (result.context !== undefined) progress.contexts.push({ plugin, text: result.context });
    if (decision === "ask") progress.asked ??= { by: plugin, ...(reason === undefined ? {} : { reason }) };
    if (decision === "deny")
      return { decision, by: plugin, reason: reason ?? `${plugin} refused it without a reason.` };
    if (decision === "answer")
      return { decision, by: plugin, answer: result.answer, ...(reason === undefined ? {} : { reason }) };
    return undefined;
  }

  /** Takes over what an intercept changed, or fails and changes nothing. */
  async #apply({ phase, pass }: Step, result: InterceptResult, plugin: string, progress: Progress): Promise<void> {
    if (phase === "after" && (result.decision === "ask" || result.decision === "answer")) {
      throw new Failure(
        "invalidRequest",
        `${plugin} answered "${result.decision}", which means nothing after the fact.`,
      );
    }
    if (!result.updated || result.decision === "deny" || result.decision === "answer") return;
    const updated = { ...progress.subject, ...result.updated };
    const wrong = await pass.revalidate(updated);
    if (wrong)
      throw new Failure(wrong.kind, `What ${plugin} changed was refused: ${wrong.message}`, { todo: wrong.todo });
    if (JSON.stringify(updated) !== JSON.stringify(progress.subject)) progress.changedBy.push(plugin);
    progress.subject = updated;
  }

  #failed({ point, phase }: Step, plugin: string, spec: InterceptSpec, failure: Failure): Ending | undefined {
    const blocks = onFailureOf(spec) === "block";
    this.#options.logger.log("warn", `An intercept failed, and ${blocks ? "blocks" : "is passed over"}.`, {
      ...{ plugin, point, phase, kind: failure.kind, error: failure.message },
    });
    if (!blocks) return undefined;
    return {
      decision: "deny",
      by: plugin,
      reason: `${plugin} guards this and could not check it: ${failure.message} It is set to block in that case.`,
    };
  }

  /** Starts the plugins whose manifests declare an intercept here; answers those that will not be asked, and why. */
  async #startMissing(step: Step, subject: Record<string, unknown>): Promise<(Declared & { failure: Failure })[]> {
    const missing = () => {
      const live = new Set(choose(this.#registrations, step.phase, step.point, subject).map(({ plugin }) => plugin));
      return this.#declared.missing(step.phase, step.point, subject, live);
    };
    const first = missing();
    if (first.length === 0) return [];
    const failures = new Map<string, Failure>();
    const start = async (plugin: string) => {
      try {
        await this.#options.ensure?.(plugin, step.pass.signal);
      } catch (error) {
        failures.set(plugin, asFailure(error, `Starting ${plugin}`));
      }
    };
    await Promise.all([...new Set(first.map(({ plugin }) => plugin))].map(start));
    const silent = (plugin: string) =>
      new Failure("unavailable", `${plugin} runs without the intercept that its manifest declares.`);
    return missing().map((one) => ({ ...one, failure: failures.get(one.plugin) ?? silent(one.plugin) }));
  }
}

type Ending = Pick<Outcome, "decision" | "by" | "reason" | "answer">;

function paramsOf(
  { phase, point, invocation, pass }: Step,
  { handle }: Registration,
  subject: Record<string, unknown>,
) {
  const { conversation, turn } = pass;
  return {
    ...{ point, phase, invocation, subject: { ...subject } },
    ...(handle === undefined ? {} : { handle }),
    _meta: { ...(conversation && { conversation }), ...(turn && { turn }) },
  };
}

function onlyResult(subject: Record<string, unknown>, changed: Record<string, unknown>): Failure | undefined {
  const field = Object.keys(changed).find((key) => key !== "result" && changed[key] !== subject[key]);
  if (field === undefined) return undefined;
  return new Failure("invalidParams", `After the fact only \`result\` can be changed, not \`${field}\`.`);
}
