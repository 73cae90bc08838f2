import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { ApprovalAnswer, ApprovalRequest } from "../calls/types.ts";
import { deeds, interceptRule, principals } from "../rules/targets.ts";
import type { AskPerson } from "./around.ts";

interface PersonParts {
  readonly approve: (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer>;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Puts what an intercept wants looked at before the person as a card like that of a call; nothing on it can be edited. */
export function personAsker({ approve, clock, ids }: PersonParts): AskPerson {
  return async ({ point, by, reason, subject, conversation, turn, signal }) => {
    const request: ApprovalRequest = {
      record: {
        id: ids.next("call"),
        ...(conversation === undefined ? {} : { conversation }),
        ...(turn === undefined ? {} : { turn }),
        caller: principals.plugin(by),
        plugin: by,
        name: point,
        title: `Go on at “${point}”`,
        action: "write",
        detached: false,
        args: subject,
        status: "asking",
        startedAt: clock.now(),
      },
      deed: deeds.intercept(point),
      principals: [principals.plugin(by)],
      rule: interceptRule(by),
      reason,
      onlyOnce: true,
    };
    const { choice, feedback } = await approve(request, signal ?? new AbortController().signal);
    if (choice !== "deny") return;
    throw new Failure(
      "denied",
      `The person refused it at "${point}", where ${by} wanted it looked at${feedback ? `: ${feedback}` : "."}`,
      {
        details: { rule: "person:refused", by },
        todo: "Do not try the same again; ask what is wanted instead.",
      },
    );
  };
}
