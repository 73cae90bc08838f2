import { asFailure, Failure } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import { blocked, type Passing, tellFailure, withheld } from "../intercepts/around.ts";
import { ownPoint } from "../intercepts/points.ts";
import type { Outcome, Pass } from "../intercepts/types.ts";
import type { CallRecord } from "../journal/records.ts";
import type { KnownOffer } from "../offers/registry.ts";
import type { PreviewPort } from "../ports.ts";
import { pluginOf } from "../rules/targets.ts";

type Args = Record<string, unknown>;
type Contexts = Outcome["contexts"];

export interface GateBefore {
  readonly args: Args;
  /** An intercept answered in the offer's place. */
  readonly answer?: { readonly value: unknown; readonly by: string };
  /** An intercept wants the person to be asked. */
  readonly ask?: { readonly reason: string };
}

/** A call at the gate. `chain` are the callers of the calls inside which it happens, its own included. */
export interface GatedCall {
  readonly record: CallRecord;
  readonly known: KnownOffer;
  readonly chain: readonly string[];
  /** The plugin whose doing it is besides. */
  readonly servedFor: string | undefined;
  /** How many events led to it. */
  readonly hops: number;
  /** Stops its clocks, and those of what waits for it, until the answer is called. */
  readonly hold: () => () => void;
  readonly signal: AbortSignal;
  /** Validates arguments that an intercept changed, and decides again. */
  readonly check: (args: Args) => Failure | undefined;
  /** Validates what an intercept answers in the offer's place, or makes of its result. */
  readonly checkResult: (result: unknown) => Failure | undefined;
}

/**
 * The intercept points around a call: `tool` where the agent calls in a conversation, `call` where a plugin does, the offer's own
 * `offer:<plugin>/<name>` or, for a point that a plugin declares, `<plugin>:<name>`, and innermost `edit` where files will be changed.
 */
export class CallGate {
  readonly #intercepts: Passing;
  readonly #preview: PreviewPort["preview"];
  /** Whether anybody is at the inner points of an offer, since which change. */
  readonly #inner = new WeakMap<KnownOffer, { readonly changes: number; readonly watched: boolean }>();

  constructor(intercepts: Passing, preview: PreviewPort["preview"] = async () => undefined) {
    this.#intercepts = intercepts;
    this.#preview = preview;
  }

  /** Whether anybody is at one of the points of a call. On the path of every call. */
  guards(record: CallRecord, known: KnownOffer): boolean {
    const outer = outerPoint(record);
    if (outer !== undefined && this.#intercepts.watches(outer)) return true;
    const { changes } = this.#intercepts;
    const looked = this.#inner.get(known);
    if (looked?.changes === changes) return looked.watched;
    const watched = this.#intercepts.watches(offerPoint(known)) || (mayEdit(known) && this.#intercepts.watches("edit"));
    this.#inner.set(known, { changes, watched });
    return watched;
  }

  /** Begins to pass the points of one call. */
  pass(call: GatedCall): CallPass {
    const outer = outerPoint(call.record);
    const points = [...(outer === undefined ? [] : [outer]), offerPoint(call.known)];
    const watched = points.filter((point) => this.#intercepts.watches(point));
    const edits = mayEdit(call.known) && this.#intercepts.watches("edit");
    return new CallPass(this.#intercepts, edits ? this.#preview : undefined, call, watched);
  }
}

interface Entered {
  readonly point: string;
  /** What is told besides the arguments: the files of an edit. */
  readonly more: Args;
}

/** One call on its way through its points, from the outermost in and back out, with one invocation. */
class CallPass {
  readonly #intercepts: Passing;
  readonly #preview: PreviewPort["preview"] | undefined;
  readonly #call: GatedCall;
  readonly #points: readonly string[];
  #entered: Entered[] = [];
  #contexts: Contexts = [];
  readonly #invocation: string;
  #args: Args;

  constructor(
    intercepts: Passing,
    preview: PreviewPort["preview"] | undefined,
    call: GatedCall,
    points: readonly string[],
  ) {
    this.#intercepts = intercepts;
    this.#preview = preview;
    this.#call = call;
    this.#points = points;
    this.#args = call.record.args;
    this.#invocation = intercepts.invocation();
  }

  /** What intercepts want the model to see, of all phases so far. */
  get contexts(): Contexts {
    return this.#contexts;
  }

  /**
   * Passes all points before the call. With `settled` the person has settled the arguments: intercepts may still deny and answer, and
   * not change them any more. Fails with `blocked` where one denies.
   */
  async before(args: Args, settled = false): Promise<GateBefore> {
    this.#entered = [];
    this.#args = args;
    let ask: GateBefore["ask"];
    for (const point of this.#points) {
      const outcome = await this.#pass(point, {}, settled);
      if (outcome.decision === "answer") return { args: this.#args, answer: answerOf(outcome) };
      ask ??= askOf(outcome);
      if (isJsonObject(outcome.subject.args)) this.#args = outcome.subject.args;
    }
    const files = await this.#filesOf(this.#args);
    const outcome = files && (await this.#pass("edit", files, settled));
    if (outcome?.decision === "answer") return { args: this.#args, answer: answerOf(outcome) };
    if (outcome) ask ??= askOf(outcome);
    return { args: this.#args, ...(ask && { ask }) };
  }

  /**
   * Passes the points again, inside out, with what was answered; answers what is left of it. Fails with `blocked` where
   * it is withheld: `failed` then tells the points that are left.
   */
  async after(result: unknown): Promise<unknown> {
    let left = result;
    for (let entered = this.#entered.pop(); entered; entered = this.#entered.pop()) {
      const { point, more } = entered;
      const subject = { ...this.#subject(), ...more, result: left };
      const revalidate = (changed: Args) => this.#call.checkResult(changed.result);
      const outcome = await this.#intercepts.after(point, subject, { ...this.#passOf(), revalidate });
      if (outcome.decision === "deny") throw withheld(this.#name, outcome);
      this.#contexts = [...this.#contexts, ...outcome.contexts];
      if ("result" in outcome.subject) left = outcome.subject.result;
    }
    return left;
  }

  /** Tells those who were asked about the call, and not told yet what came of it, that it failed, was denied or is withheld. */
  async failed(error: unknown): Promise<void> {
    for (const { point, more } of this.#entered.splice(0).reverse()) {
      const subject = { ...this.#subject(), ...more };
      const pass = { ...this.#passOf(), revalidate: () => undefined };
      await tellFailure(this.#intercepts, { point, pass }, subject, pass.invocation, error);
    }
  }

  async #pass(point: string, more: Args, settled: boolean): Promise<Outcome> {
    const subject = { ...this.#subject(), ...more };
    this.#entered.push({ point, more });
    const outcome = await this.#intercepts.before(point, subject, {
      ...this.#passOf(),
      revalidate: ({ args }) => {
        if (!isJsonObject(args)) return new Failure("invalidParams", "The arguments must be an object.");
        if (settled && JSON.stringify(args) !== JSON.stringify(this.#args))
          return new Failure("denied", "The person has settled the arguments; they cannot be changed any more.");
        return this.#call.check(args);
      },
      answerFlaw: (answer) => this.#call.checkResult(answer ?? null),
    });
    if (outcome.decision === "deny") throw blocked(this.#name, outcome);
    this.#contexts = [...this.#contexts, ...outcome.contexts];
    return outcome;
  }

  /** What becomes of the files; undefined where nobody is at `edit`, or the call changes none. */
  async #filesOf(args: Args): Promise<Args | undefined> {
    const provides = this.#call.known.offer.facets?.provides;
    if (!this.#preview || provides === undefined) return undefined;
    try {
      const files = await this.#preview(provides, args);
      return files && { files: files.map(({ path, diff }) => ({ path, diff })) };
    } catch (error) {
      return { files: [], flaw: `There is no preview: ${asFailure(error, "The preview").message}` };
    }
  }

  get #name(): string {
    return `${this.#call.record.plugin}/${this.#call.record.name}`;
  }

  #subject(): Args {
    const { plugin, name, action, caller } = this.#call.record;
    return { plugin, name, action, caller, args: this.#args };
  }

  #passOf(): Omit<Pass, "revalidate"> & { readonly invocation: string } {
    const { record, chain, servedFor, hops, hold, signal } = this.#call;
    const plugins = [
      ...chain.flatMap((caller) => pluginOf(caller) ?? []),
      ...(servedFor === undefined ? [] : [servedFor]),
    ];
    const by = pluginOf(record.caller) ?? servedFor;
    return {
      ...{ signal, chain: plugins, invocation: this.#invocation, hops, hold },
      ...(by === undefined ? {} : { by }),
      ...(record.conversation === undefined ? {} : { conversation: record.conversation }),
      ...(record.turn === undefined ? {} : { turn: record.turn }),
      ...(record.span === undefined ? {} : { span: record.span }),
    };
  }
}

function outerPoint({ caller, conversation }: CallRecord): string | undefined {
  if (caller === "agent") return conversation === undefined ? undefined : "tool";
  return pluginOf(caller) === undefined ? undefined : "call";
}

function offerPoint({ plugin, offer }: KnownOffer): string {
  return offer.facets?.point ? ownPoint(plugin, offer.name) : `offer:${plugin}/${offer.name}`;
}

/** A capability may stand for a change of files; only the preview knows. */
function mayEdit({ offer }: KnownOffer): boolean {
  return offer.action !== "read" && offer.facets?.provides !== undefined;
}

function askOf({ decision, reason, by }: Outcome): GateBefore["ask"] {
  if (decision !== "ask") return undefined;
  return { reason: reason ?? `${by ?? "A plugin"} wants you to look at this.` };
}

function answerOf({ answer, by }: Outcome): NonNullable<GateBefore["answer"]> {
  return { value: answer ?? null, by: by ?? "a plugin" };
}
