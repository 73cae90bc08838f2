import { asFailure, Failure } from "../../base/failure.ts";
import type { CallRecord } from "../journal/records.ts";
import { deeds, interceptRule, pluginOf } from "../rules/targets.ts";
import type { ActiveCall } from "./activeCall.ts";
import { awaitedBy, holdClocks } from "./chain.ts";
import { checkInput } from "./checks.ts";
import { Questions } from "./questions.ts";
import type { ApprovalAnswer, ApprovalRequest, CallObserver, RightRequest, Verdict } from "./types.ts";

export interface CallRightsParts {
  readonly decide: (request: RightRequest) => Verdict;
  readonly approve: (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer>;
  readonly observer: CallObserver;
  readonly workspace: () => string | undefined;
  /** Stops the time of a plugin that is being asked at an intercept point, and of what waits for that, until the answer is called. */
  readonly holdAsked?: (plugin: string) => () => void;
  /** Counts what is allowed against the rates that rules carry; throws `overloaded`. */
  readonly count?: (request: RightRequest) => void;
}

/** Whether a call may be made, and the person's word where that is the answer. */
export class CallRights {
  readonly #parts: CallRightsParts;
  readonly #questions: Questions;

  constructor(parts: CallRightsParts) {
    this.#parts = parts;
    this.#questions = new Questions(parts.workspace);
  }

  /** Fails with `denied` where the rules refuse it. */
  decide(principals: readonly string[], record: CallRecord): Verdict {
    const question = this.#questions.of(principals, record);
    const verdict = this.#parts.decide(question);
    if (verdict.effect !== "deny") return verdict;
    const { target } = question;
    const want = JSON.stringify({ verb: "call", target, action: record.action });
    const { principal = principals.join(", ") } = verdict;
    const other = principals.indexOf(principal) > 0;
    const who = other ? `${principal}, on whose behalf it is done,` : principal;
    const wanting = other ? pluginOf(principal) : "The plugin";
    const grant = `${wanting} states it under \`wants\`, as ${want}, and a person grants it.`;
    throw new Failure(
      "denied",
      `${who} may not call ${target} (${record.action}): refused by the rule "${verdict.rule}".`,
      {
        details: {
          reason: "refusedByRule",
          rule: verdict.rule,
          ...{ verb: "call", target, action: record.action },
          ...(other && { principal }),
        },
        todo:
          verdict.rule === "default:plugin"
            ? grant
            : (verdict.why ?? "A person can change the rule in the permissions of the plugin."),
      },
    );
  }

  /** The failure with which `decide` refuses it; undefined where it does not. */
  refusal(principals: readonly string[], record: CallRecord): Failure | undefined {
    try {
      this.decide(principals, record);
      return undefined;
    } catch (error) {
      return asFailure(error, "Deciding");
    }
  }

  /** Writes down by which rules a call is made. Answers the promise of the person's word where one is needed, else undefined. */
  settle(
    call: ActiveCall,
    principals: readonly string[],
    verdict: Verdict,
    mustAsk?: { readonly reason: string },
  ): Promise<void> | undefined {
    call.record.rule = verdict.rule;
    call.record.rules = verdict.rules;
    call.granted = false;
    const { record } = call;
    this.#parts.count?.(this.#questions.of(principals, record));
    if (verdict.effect === "allow" && !mustAsk) return undefined;
    return this.#ask(call, principals, verdict, mustAsk?.reason);
  }

  /**
   * Decides once more about a call that waited, right before it is sent. A promise where the person has to be asked now and was not
   * before: the arguments are settled then. Fails with `denied`.
   */
  again(call: ActiveCall, principals: readonly string[]): Promise<void> | undefined {
    const verdict = this.decide(principals, call.record);
    if (call.granted) return undefined;
    call.record.rule = verdict.rule;
    call.record.rules = verdict.rules;
    if (verdict.effect === "allow") return undefined;
    return this.#ask(call, principals, verdict, undefined, true);
  }

  /**
   * Stops the clocks of a call and of all that wait for it while a person is asked, those of the points at which
   * whoever made it is being asked among them; the answer starts them again.
   */
  hold(call: ActiveCall): () => void {
    const clocks = holdClocks(call);
    const plugin = pluginOf(awaitedBy(call) ?? "");
    const asked = plugin === undefined ? undefined : this.#parts.holdAsked?.(plugin);
    return () => {
      clocks();
      asked?.();
    };
  }

  /** What an intercept answers is not carried out: the rules that would have allowed it are named, or else who answered. */
  answered({ record }: ActiveCall, principals: readonly string[], by: string): void {
    const { rule, rules, effect } = this.decide(principals, record);
    const instead = interceptRule(by);
    record.rule = effect === "allow" ? rule : instead;
    record.rules =
      effect === "allow"
        ? rules
        : Object.fromEntries(principals.map((one) => [one, this.#ruleOf(one, record, instead)]));
  }

  async #ask(
    call: ActiveCall,
    principals: readonly string[],
    verdict: Verdict,
    reason: string | undefined,
    settled = false,
  ): Promise<void> {
    const { record, known } = call;
    record.status = "asking";
    this.#parts.observer.changed(record);
    const release = this.hold(call);
    try {
      const answer = await this.#parts.approve(
        {
          record,
          deed: deeds.call(record.plugin, record.name, record.action),
          capability: known.offer.facets?.provides,
          ...(!settled && { validate: (args) => call.known.validateInput(args) }),
          onlyOnce: reason !== undefined,
          principals,
          rule: verdict.rule,
          reason: reason || verdict.why,
          refusedBy: () => this.refusal(principals, record),
        },
        call.cancellation.signal,
      );
      if (answer.choice === "deny") {
        const because = answer.feedback ? `: ${answer.feedback}` : ".";
        throw new Failure("denied", `The person refused ${record.plugin}/${record.name}${because}`, {
          details: { reason: "refusedByPerson", rule: "person:refused" },
          todo: "Do not try the same again; ask what is wanted instead.",
        });
      }
      if (answer.args) {
        checkInput(known, answer.args);
        record.args = answer.args;
        call.settledArgs = answer.args;
      }
      // Rights and the mode may have changed while the card was open.
      this.decide(principals, record);
      const given = answer.rule ?? `person:${answer.choice}`;
      call.granted = true;
      record.rule = given;
      record.rules = Object.fromEntries(principals.map((one) => [one, this.#ruleOf(one, record, given)]));
    } finally {
      release();
    }
  }

  /** What lets one of the principals make the call, now that the person was asked: a rule of its own, or the answer. */
  #ruleOf(principal: string, record: CallRecord, given: string): string {
    const own = this.decide([principal], record);
    return own.effect === "allow" ? own.rule : given;
  }
}
