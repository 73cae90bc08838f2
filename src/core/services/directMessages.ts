import { Failure } from "../../base/failure.ts";
import type { EventBus } from "../events/bus.ts";
import { didYouMean, nearNames } from "../offers/near.ts";
import { notEligible } from "../plugins/refusals.ts";
import type { PluginSupervisor } from "../plugins/supervisor.ts";
import type { Awakener } from "./awakener.ts";

export interface DirectMessageParts {
  readonly bus: Pick<EventBus, "reaches">;
  readonly awakener: Pick<Awakener, "wakes">;
  readonly supervisor: Pick<PluginSupervisor, "view" | "list" | "running">;
}

/** Why a direct message to a plugin would be heard by nobody; undefined where it is heard, now or as soon as it has started. */
export function unreachable({ bus, awakener, supervisor }: DirectMessageParts, to: string): Failure | undefined {
  const view = supervisor.view(to);
  if (!view) {
    const near = nearNames(
      to,
      supervisor.list().map(({ name }) => name),
    );
    return new Failure("notFound", `There is no plugin "${to}" to send a message to. ${didYouMean(near)}`.trim(), {
      details: { reason: "noSuchPlugin", near },
      todo: "Names are case-sensitive; offers/list tells who is there.",
    });
  }
  if (!view.eligibility.ok) return notEligible(view.eligibility);
  if (bus.reaches("inbox", to) || (!supervisor.running(to) && awakener.wakes(to, "inbox"))) return undefined;
  return new Failure(
    "unavailable",
    `${to} does not listen for direct messages${supervisor.running(to) ? "" : " and does not run"}.`,
    {
      details: { reason: "doesNotListen" },
      todo: "Its author subscribes to `inbox`, with `onTopic:inbox` under `activation` where a message is to start it. With `keep` the message waits for a subscription that acknowledges.",
    },
  );
}
