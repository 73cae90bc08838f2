import type { Failure } from "../../base/failure.ts";
import { errorCodes } from "../../protocol/codes.ts";
import type { ActivityData } from "../../protocol/plugin/activity.ts";
import type { CallFailure } from "../../protocol/plugin/calls.ts";

/** Details that take more than this as JSON are not kept in the row. */
const mostCharacters = 16 * 1024;

/** What the row of a call keeps of why it did not succeed. */
export function callFailureOf({ kind, todo, details }: Pick<Failure, "kind" | "todo" | "details">): CallFailure {
  const kept = keptOf(details);
  return { code: errorCodes[kind], kind, ...(todo !== undefined && { todo }), ...(kept && { details: kept }) };
}

/** As much of it as its event tells. */
export function toldFailure(failure: CallFailure | undefined): Pick<ActivityData<"call.ended">, "failure"> {
  if (!failure) return {};
  const { code, kind } = failure;
  const reason = reasonOf(failure);
  return { failure: { code, kind, ...(reason && { reason }) } };
}

/** The reason in its details, where it is a name such as `doesNotListen`: a text may quote what not everybody may read. */
export function reasonOf({ details }: CallFailure): string | undefined {
  const reason = details?.reason;
  return typeof reason === "string" && /^[A-Za-z][\w.-]{0,63}$/.test(reason) ? reason : undefined;
}

/** A copy, as JSON has it; undefined where there is nothing, too much, or what JSON does not have. */
function keptOf(details: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  try {
    const text = JSON.stringify(details);
    if (text === undefined || text === "{}" || text.length > mostCharacters) return undefined;
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
