import { isJsonObject } from "../base/json.ts";
import type { Meta } from "../protocol/plugin/common.ts";
import type { InterceptParams, InterceptResult, InterceptSpec } from "../protocol/plugin/intercepts.ts";
import type { Incoming } from "../rpc/types.ts";
import type { Channel } from "./channel.ts";
import { contextOf } from "./context.ts";
import { type CallFacades, createCallFacades } from "./facades/facades.ts";
import { parsePoint } from "./points.ts";
import { type Registrar, type Registration, registration } from "./registrar.ts";
import { createVerbs, type Verbs } from "./verbs.ts";

export type { InterceptResult };

/** What a plugin asks to be asked at; `phase` is `before` where it is left out. */
export type InterceptPoint = Omit<InterceptSpec, "phase"> & { phase?: InterceptSpec["phase"] };

/** Something that is about to happen or has happened, and the verbs bound to it. `invocation` is the same before and after. */
export interface Interception extends Verbs, CallFacades {
  readonly point: string;
  readonly phase: "before" | "after";
  readonly invocation: string;
  /** What it is about, in the shape of its point; after the fact with `result`, or with `error` where it failed. */
  readonly subject: Record<string, unknown>;
  readonly meta: Meta;
  readonly signal: AbortSignal;
}

/** Decides; no answer means allow. An error counts as no answer in time: the point's `onFailure` then decides. */
export type InterceptHandler = (
  interception: Interception,
) => InterceptResult | undefined | Promise<InterceptResult | undefined>;

const decisions: ReadonlySet<unknown> = new Set<InterceptResult["decision"]>(["allow", "ask", "deny", "answer"]);
/** In UTF-16 units, as the protocol has it. */
const longestReason = 2_000;

interface LocalIntercept {
  readonly spec: InterceptSpec;
  readonly handler: InterceptHandler;
  handle?: string;
}

/** The plugin's own intercepts. */
export class LocalIntercepts {
  readonly #intercepts = new Set<LocalIntercept>();
  readonly #channel: Channel;
  readonly #registrar: Registrar;

  constructor(channel: Channel, registrar: Registrar) {
    this.#channel = channel;
    this.#registrar = registrar;
  }

  add(point: InterceptPoint, handler: InterceptHandler): Registration {
    const own: LocalIntercept = { spec: { phase: "before", ...parsePoint(point) }, handler };
    this.#intercepts.add(own);
    const told = this.#registrar.add({ intercept: own.spec }, (handle) => {
      own.handle = handle;
    });
    return registration(told.ready, () => {
      this.#intercepts.delete(own);
      told.dispose();
    });
  }

  /**
   * Asks the handlers that fit, lowest `order` first (highest first `after`), each with what those before it changed. The first
   * one that does not allow ends the round.
   */
  async handle(params: InterceptParams, incoming: Incoming): Promise<InterceptResult> {
    const { point, phase, invocation } = params;
    const result: InterceptResult = { decision: "allow" };
    for (const own of this.#fitting(params)) {
      const verbs = createVerbs(this.#channel, contextOf(incoming.meta, incoming.signal));
      const said: unknown = await own.handler({
        ...verbs,
        ...createCallFacades(verbs),
        ...{ point, phase, invocation, subject: { ...params.subject, ...result.updated } },
        ...{ meta: incoming.meta, signal: incoming.signal },
      });
      if (said === undefined || said === null) continue;
      const answer = answerOf(said);
      const updated = answer.updated && { ...result.updated, ...answer.updated };
      const context = [result.context, answer.context].filter((text) => text !== undefined).join("\n\n") || undefined;
      Object.assign(result, answer, { updated: updated ?? result.updated, context });
      if (result.decision !== "allow") break;
    }
    return result;
  }

  #fitting({ point, phase, subject, handle }: InterceptParams): LocalIntercept[] {
    const named = [...this.#intercepts].filter((own) => handle !== undefined && own.handle === handle);
    if (named.length > 0) return named;
    const fitting = [...this.#intercepts].filter(
      ({ spec }) => spec.phase === phase && fits(spec.point, point) && matches(spec.match, subject),
    );
    const direction = phase === "before" ? 1 : -1;
    return fitting.sort((one, other) => direction * ((one.spec.order ?? 0) - (other.spec.order ?? 0)));
  }
}

/**
 * What a handler answered, with its reason as long as one may be. Throws where it is no answer: a gate that says "deny"
 * in another way must not let everything pass.
 */
function answerOf(said: unknown): InterceptResult {
  if (!isJsonObject(said) || !decisions.has(said.decision ?? "allow") || !isJsonObject(said.updated ?? {}))
    throw new TypeError(`It answered ${JSON.stringify(said)}, which is no {decision: allow | ask | deny | answer}.`);
  const answer = said as unknown as InterceptResult;
  const { reason } = answer;
  if (typeof reason !== "string" || reason.length <= longestReason) return answer;
  return { ...answer, reason: `${reason.slice(0, longestReason - 1)}…` };
}

/** Whether `plugin/name` of the subject fits a pattern in which `*` stands for any text. */
function matches(pattern: string | undefined, subject: Record<string, unknown>): boolean {
  return pattern === undefined || fits(pattern, `${subject.plugin}/${subject.name}`);
}

/** Whether a text fits a pattern in which `*` stands for any text. */
function fits(pattern: string, text: string): boolean {
  const expression = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`, "s").test(text);
}
