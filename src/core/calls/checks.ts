import { Failure } from "../../base/failure.ts";
import type { KnownOffer } from "../offers/registry.ts";

/** Why arguments do not fit an offer's input schema; undefined where they do. */
export function inputFailure(known: KnownOffer, args: Record<string, unknown>): Failure | undefined {
  const wrong = known.validateInput(args);
  if (!wrong) return undefined;
  return new Failure("invalidParams", `The arguments of ${known.plugin}/${known.offer.name} do not fit: ${wrong}`, {
    todo: "Give arguments that fit its input schema.",
  });
}

/** Fails with `invalidParams`. */
export function checkInput(known: KnownOffer, args: Record<string, unknown>): void {
  const failure = inputFailure(known, args);
  if (failure) throw failure;
}

/** Fails with `unavailable` where a result does not fit the offer's output schema; `how` says where the result came from. */
export function checkOutput(known: KnownOffer, result: unknown, how: string): void {
  const wrong = known.validateOutput(result);
  if (!wrong) return;
  throw new Failure(
    "unavailable",
    `${known.plugin}/${known.offer.name} ${how} with something that does not fit its own output schema: ${wrong}`,
    { todo: "This is a fault of the plugin; its author has to mend it." },
  );
}
