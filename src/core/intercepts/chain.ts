import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Logger } from "../../base/logger.ts";
import { type Limits, limits } from "../../protocol/limits.ts";
import type { InterceptResult, InterceptSpec } from "../../protocol/plugin/intercepts.ts";
import { askInTime, paramsOf } from "./asking.ts";
import { AskingTime } from "./askingTime.ts";
import { type Declared, DeclaredIntercepts } from "./declared.ts";
import { Nesting } from "./nesting.ts";
import { subjectFlaw } from "./points.ts";
import { atPoint, choose, onFailureOf } from "./selection.ts";
import type { AfterPass, Outcome, Pass, Registration, Step, Told } from "./types.ts";

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
  /** Hears what each intercept changed, blocked, answered, asked or failed at, in order. Takes note and no more. */
  readonly told?: (what: Told) => void;
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
  readonly #nesting = new Nesting();
  readonly #time: AskingTime;
  /** Whether somebody is at a point, as far as it was asked; until something is registered or goes. */
  readonly #watched = new Map<string, boolean>();
  #changes = 0;

  constructor(options: InterceptsOptions) {
    this.#options = options;
    this.#time = new AskingTime(options.clock);
  }

  /** Asks a running plugin from now on, until disposed. The right to intercept was decided before. */
  register(registration: Registration): Disposable {
    const own = { ...registration };
    this.#registrations.add(own);
    this.#changed();
    return toDisposable(() => {
      this.#registrations.delete(own);
      this.#changed();
    });
  }

  /** Whether a plugin is being asked now. */
  isAsked(plugin: string): boolean {
    return this.#nesting.depthOf([plugin]) > 1;
  }

  /**
   * A person is asked for a plugin: until the answer is called, neither its time runs where it is being asked, nor what
   * waits for it.
   */
  hold(plugin: string): () => void {
    return this.#time.hold(plugin);
  }

  /** Counts how often somebody came or went: as long as it is the same, what `watches` said holds. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether anybody wants to be asked at a point, in either phase. Cheap: it is on the path of every call. */
  watches(point: string): boolean {
    let watched = this.#watched.get(point);
    if (watched === undefined) {
      watched = [...this.#registrations, ...this.#declared.all()].some(({ spec }) => atPoint(spec, point));
      if (this.#watched.size >= mostRemembered) this.#watched.clear();
      this.#watched.set(point, watched);
    }
    return watched;
  }

  /** The intercepts of a plugin's manifest: it is started before such a point is passed. For as long as it may run. */
  declare(plugin: string, specs: readonly InterceptSpec[]): Disposable {
    const declared = this.#declared.add(plugin, specs);
    this.#changed();
    return toDisposable(() => {
      declared.dispose();
      this.#changed();
    });
  }

  /** A name for one thing that is about to happen, by which what is asked before and after belong together. */
  invocation(): string {
    return this.#options.ids.next("invocation");
  }

  /**
   * Passes a point before the thing happens. The first `deny` or `answer` ends the chain; an `ask` stands, whatever
   * those after it allow, unless one of them denies. Who is there is looked up when the point is passed: who comes
   * meanwhile is asked the next time, who leaves meanwhile is not asked any more. Nobody is asked about what it does
   * itself.
   * @throws Failure `cancelled` when the pass is cancelled, `callDepth` when plugins that are being asked do what is
   * asked about, in a circle
   */
  before(point: string, subject: Record<string, unknown>, pass: Pass): Promise<Outcome> {
    const invocation = pass.invocation ?? this.invocation();
    return this.#run({ phase: "before", point, invocation, pass }, subject);
  }

  /**
   * Passes a point after the thing happened, in reverse order and with the invocation of before. Only `allow`, with or
   * without changes (of `result`, say), and `deny`, which withholds the result, mean something here.
   * @throws Failure `cancelled` when the pass is cancelled
   */
  after(point: string, subject: Record<string, unknown>, pass: AfterPass): Promise<Outcome> {
    const revalidate = pass.revalidate ?? (() => undefined);
    return this.#run({ phase: "after", point, invocation: pass.invocation, pass: { ...pass, revalidate } }, subject);
  }

  #changed(): void {
    this.#watched.clear();
    this.#changes += 1;
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
    const depth = this.#nesting.depthOf(pass.chain ?? (pass.by === undefined ? [] : [pass.by]));
    const deepest = (this.#options.limits?.(pass.by ?? "") ?? limits).callDepth;
    if (depth > deepest)
      throw new Failure(
        "callDepth",
        `Plugins that are asked at "${step.point}" do in turn what is asked about, ${depth} deep.`,
        {
          todo: "An intercept should not call what it intercepts; let it look only at what others do.",
        },
      );
    let withheld: Ending | undefined;
    const refused = (ending: Ending | undefined) => {
      if (!ending || withheld) return undefined;
      if (step.phase === "before") return end(ending);
      // Whoever was asked before hears how it ended, also where another withholds what came of it.
      withheld = ending;
      progress.subject = withoutResult(progress.subject, ending);
      return undefined;
    };
    for (const { spec, plugin, failure } of await this.#startMissing(step, subject)) {
      const ended = refused(this.#failed(step, plugin, spec, failure, failure.todo));
      if (ended) return ended;
    }
    for (const registration of this.#chosen(step, subject)) {
      if (!this.#registrations.has(registration)) continue;
      const over = this.#nesting.enter(registration.plugin, depth);
      try {
        const ended = refused(await this.#ask(step, registration, progress));
        if (ended) return ended;
      } finally {
        over();
      }
    }
    if (withheld) return end(withheld);
    if (pass.signal?.aborted && step.phase === "before")
      throw new Failure("cancelled", `Passing the point "${step.point}" was cancelled.`);
    return end(progress.asked ? { decision: "ask", ...progress.asked } : { decision: "allow" });
  }

  #chosen({ phase, point, pass }: Step, subject: Record<string, unknown>): Registration[] {
    const chosen = choose(this.#registrations, phase, point, subject);
    return pass.by === undefined ? chosen : chosen.filter(({ plugin }) => plugin !== pass.by);
  }

  /** Asks one; answers what ends the chain, if it does. */
  async #ask(step: Step, registration: Registration, progress: Progress): Promise<Ending | undefined> {
    const { plugin, spec } = registration;
    let result: InterceptResult;
    let changed: readonly string[];
    try {
      result = await askInTime(
        registration,
        paramsOf(step, registration, progress.subject),
        step.pass,
        this.#time,
        (this.#options.limits?.(plugin) ?? limits).interceptMs,
      );
      changed = await this.#apply(step, result, plugin, progress);
    } catch (error) {
      if (step.pass.signal?.aborted) throw error;
      return this.#failed(step, plugin, spec, asFailure(error, `Asking ${plugin}`));
    }
    const { decision, reason } = result;
    if (decision !== "allow" || changed.length > 0) this.#tell(step, plugin, decision, changed, reason);
    if (result.context !== undefined) progress.contexts.push({ plugin, text: result.context });
    if (decision === "ask") progress.asked ??= { by: plugin, ...(reason === undefined ? {} : { reason }) };
    if (decision === "deny")
      return { decision, by: plugin, reason: reason ?? `${plugin} refused it without a reason.` };
    if (decision === "answer")
      return { decision, by: plugin, answer: result.answer, ...(reason === undefined ? {} : { reason }) };
    return undefined;
  }

  #tell(
    { point, phase, invocation, pass: { conversation } }: Step,
    plugin: string,
    decision: Told["decision"],
    changed: readonly string[],
    reason: string | undefined,
  ): void {
    const more = { ...(reason !== undefined && { reason }), ...(conversation && { conversation }) };
    this.#options.told?.({ plugin, point, phase, invocation, decision, changed, ...more });
  }

  /** Takes over what an intercept changed and answers which fields, or fails and changes nothing. */
  async #apply(
    { phase, point, pass }: Step,
    result: InterceptResult,
    plugin: string,
    progress: Progress,
  ): Promise<readonly string[]> {
    if (phase === "after" && (result.decision === "ask" || result.decision === "answer")) {
      throw new Failure(
        "invalidRequest",
        `${plugin} answered "${result.decision}", which means nothing after the fact.`,
      );
    }
    const flaw = result.decision === "answer" ? pass.answerFlaw?.(result.answer) : undefined;
    if (flaw) throw new Failure(flaw.kind, `What ${plugin} answered was refused: ${flaw.message}`);
    if (!result.updated || result.decision === "deny" || result.decision === "answer") return nothing;
    // A copy: what an intercept was handed or has handed over is not changed behind the back of what was checked.
    const updated = structuredClone({ ...progress.subject, ...result.updated });
    const wrong = subjectFlaw(point, phase, progress.subject, updated) ?? (await pass.revalidate(updated));
    if (wrong)
      throw new Failure(wrong.kind, `What ${plugin} changed was refused: ${wrong.message}`, { todo: wrong.todo });
    const before = progress.subject;
    const changed = Object.keys(updated).filter((key) => JSON.stringify(updated[key]) !== JSON.stringify(before[key]));
    if (changed.length > 0) progress.changedBy.push(plugin);
    progress.subject = updated;
    return changed;
  }

  /** `todo` is what helps where the plugin does not run. */
  #failed(step: Step, plugin: string, spec: InterceptSpec, failure: Failure, todo?: string): Ending | undefined {
    const { point, phase } = step;
    const blocks = onFailureOf(spec, point) === "block";
    this.#tell(step, plugin, blocks ? "deny" : "failed", nothing, failure.message);
    this.#options.logger.log("warn", `An intercept failed, and ${blocks ? "blocks" : "is passed over"}.`, {
      ...{ plugin, point, phase, kind: failure.kind, error: failure.message },
    });
    if (!blocks) return undefined;
    return {
      decision: "deny",
      by: plugin,
      reason: `${plugin} guards this and could not check it: ${asSentence(failure.message)} It is set to block in that case.`,
      todo: `${todo ?? `Look into the log of ${plugin}, and restart it in the plugin list.`} If it cannot be mended now, disable ${plugin}: then it guards nothing.`,
    };
  }

  /** Starts the plugins whose manifests declare an intercept here; answers those that will not be asked, and why. */
  async #startMissing(step: Step, subject: Record<string, unknown>): Promise<(Declared & { failure: Failure })[]> {
    const missing = () => {
      const live = new Set(choose(this.#registrations, step.phase, step.point, subject).map(({ plugin }) => plugin));
      const missing = this.#declared.missing(step.phase, step.point, subject, live);
      return missing.filter(({ plugin }) => plugin !== step.pass.by);
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
    // A plugin that the person has disabled guards nothing: else it would close every gate it ever stated.
    const disabled = (plugin: string) => failures.get(plugin)?.details?.reason === "disabled";
    return missing().flatMap((one) =>
      disabled(one.plugin) ? [] : [{ ...one, failure: failures.get(one.plugin) ?? silent(one.plugin) }],
    );
  }
}

const nothing: readonly string[] = [];
/** Points of which it is known whether somebody is there; offers come and go, so they are not kept for ever. */
const mostRemembered = 2_000;

type Ending = Pick<Outcome, "decision" | "by" | "reason" | "todo" | "answer">;

/** What those are told after the fact who come after one that withholds what came of it: that it does, or how it had failed. */
function withoutResult(
  { result: _result, outcome: _outcome, ...subject }: Record<string, unknown>,
  { by, reason }: Ending,
): Record<string, unknown> {
  return { error: `${by} withholds the result: ${reason}`, ...subject };
}

function asSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
