import { Failure } from "../../base/failure.ts";
import type { OfferAction } from "../../protocol/plugin/common.ts";
import type { Offer } from "../../protocol/plugin/offers.ts";
import type { KnownOffer } from "../offers/registry.ts";

/** Fails with `invalidParams` where a caller states another action than the offer has. */
export function checkAction(plugin: string, offer: Offer, stated: OfferAction | undefined): void {
  if (stated === undefined || stated === offer.action) return;
  throw new Failure("invalidParams", `${plugin}/${offer.name} is a "${offer.action}" offer, not "${stated}".`, {
    details: { reason: "otherAction", action: offer.action },
    todo: "An action is part of the offer; leave it out or state the right one.",
  });
}

/** Why arguments do not fit an offer's input schema; undefined where they do. */
export function inputFailure(known: KnownOffer, args: Record<string, unknown>): Failure | undefined {
  const wrong = known.validateInput(args);
  if (!wrong) return undefined;
  return new Failure("invalidParams", `The arguments of ${known.plugin}/${known.offer.name} do not fit: ${wrong}`, {
    details: { reason: "badArguments" },
    todo: "Give arguments that fit its input schema.",
  });
}

/** Fails with `invalidParams`. */
export function checkInput(known: KnownOffer, args: Record<string, unknown>): void {
  const failure = inputFailure(known, args);
  if (failure) throw failure;
}

/** Why something cannot stand for an offer's result: it does not fit the output schema. Undefined where it does. */
export function outputFailure(known: KnownOffer, result: unknown): Failure | undefined {
  const wrong = known.validateOutput(result);
  if (!wrong) return undefined;
  return new Failure(
    "invalidParams",
    `It does not fit the output schema of ${known.plugin}/${known.offer.name}: ${wrong}`,
  );
}

/** Fails with `unavailable` where what a plugin answered does not fit its offer's own output schema. */
export function checkOutput(known: KnownOffer, result: unknown): void {
  const wrong = known.validateOutput(result);
  if (!wrong) return;
  throw new Failure(
    "unavailable",
    `${known.plugin}/${known.offer.name} answered with something that does not fit its own output schema: ${wrong}`,
    {
      details: { reason: "badAnswer" },
      todo: "This is a fault of the plugin; its author has to mend it.",
    },
  );
}
