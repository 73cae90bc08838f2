import { Failure } from "../../base/failure.ts";
import { checkAccepted } from "../offers/accepts.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import type { ActiveCall } from "./activeCall.ts";
import { principalsOf } from "./chain.ts";
import { checkInput } from "./checks.ts";
import type { CallRights } from "./rights.ts";

export interface StillParts {
  readonly offers: Pick<OfferRegistry, "resolve">;
  /** The identity of the plugin that has a name now. */
  readonly ownerOf?: (plugin: string) => string | undefined;
}

/**
 * Looks again, right before it is sent, at a call that waited since it was decided on (for intercepts, the person, the
 * disk, its turn, or its plugin's start): its plugin must have the name still, and the offer be there, with the same
 * action, and where it is called by capability with that; those in the chain must still have the right. A promise where
 * the person has to be asked now. Fails with `notFound`, `invalidParams` or `denied`.
 */
export function stillAllowed(
  { offers, ownerOf }: StillParts,
  rights: Pick<CallRights, "again">,
  call: ActiveCall,
): Promise<void> | undefined {
  if (!call.waited) return undefined;
  call.waited = false;
  const { record, request } = call;
  const known = offers.resolve(record.plugin, record.name);
  if (ownerOf?.(record.plugin) !== record.targetOwner) throw nameWentOver(call);
  if (known !== call.known) {
    const provides = call.trail && call.known.offer.facets?.provides;
    const another = provides !== undefined && known.offer.facets?.provides !== provides;
    if (another || known.offer.action !== record.action) throw becameAnother(call);
    checkInput(known, record.args);
    call.known = known;
  }
  if (known.accepts) checkAccepted(known, [request.caller, request.onBehalf]);
  return rights.again(call, principalsOf(request, call.parent, record.action));
}

function becameAnother({ record: { plugin, name, action } }: ActiveCall): Failure {
  return new Failure(
    "notFound",
    `The plugin "${plugin}" took back its offer "${name}" (${action}) while the call waited for it; what has the name now does something else.`,
    { details: { reason: "noSuchOffer", near: [] }, todo: "offers/list tells what it offers." },
  );
}

function nameWentOver({ record: { plugin } }: ActiveCall): Failure {
  return new Failure(
    "notFound",
    `Another plugin got the name "${plugin}" while the call waited for the one that had it.`,
    {
      details: { reason: "noSuchOffer", near: [] },
      todo: "Call it again if it is meant for that one; offers/list tells what it offers.",
    },
  );
}
