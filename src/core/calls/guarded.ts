import type { ActiveCall } from "./activeCall.ts";
import { chainOf } from "./chain.ts";
import { inputFailure, outputFailure } from "./checks.ts";
import type { CallClocks } from "./clocks.ts";
import type { CallGate } from "./gate.ts";
import type { CallRights } from "./rights.ts";
import type { CallSender } from "./sending.ts";

export interface GuardedParts {
  readonly gate: CallGate;
  readonly rights: CallRights;
  readonly sender: Pick<CallSender, "send">;
  readonly clocks: Pick<CallClocks, "startDeadline">;
}

/**
 * A call that intercepts may change, answer or refuse. Whatever they make of it is validated and decided on anew after
 * each change, and once more before it is sent; so they can make less of it than the rules allow, and never more.
 * Answers the result.
 */
export async function guardedCall(
  { gate, rights, sender, clocks }: GuardedParts,
  call: ActiveCall,
  principals: readonly string[],
): Promise<unknown> {
  const { record, known, cancellation } = call;
  call.waited = true;
  clocks.startDeadline(call);
  const pass = gate.pass({
    ...{ record, known, signal: cancellation.signal },
    chain: chainOf(call).map((one) => one.record.caller),
    servedFor: call.request.servedFor,
    hops: call.hops,
    hold: () => rights.hold(call),
    check: (args) => inputFailure(known, args) ?? rights.refusal(principals, record),
    checkResult: (result) => outputFailure(known, result),
  });
  try {
    let result: unknown;
    let gated = await pass.before(record.args);
    if (gated.answer === undefined) {
      record.args = gated.args;
      const asking = rights.settle(call, principals, rights.decide(principals, record), gated.ask);
      if (asking) await asking;
      if (record.args !== gated.args) {
        gated = await pass.before(record.args, true);
        rights.decide(principals, record);
      }
    }
    if (gated.answer === undefined) {
      result = await sender.send(call);
      // It was answered in time; those who are asked after have the caller's.
      clocks.startDeadline(call);
    } else {
      rights.answered(call, principals, gated.answer.by);
      result = gated.answer.value;
    }
    const left = await pass.after(result);
    call.contexts = pass.contexts;
    return left;
  } catch (error) {
    // Those who are told have the caller's time too, and not what the offer that failed allows itself.
    if (!cancellation.aborted) clocks.startDeadline(call);
    await pass.failed(error);
    throw error;
  }
}
