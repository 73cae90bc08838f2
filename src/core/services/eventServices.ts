import { Failure } from "../../base/failure.ts";
import type { ActivityData } from "../../protocol/plugin/activity.ts";
import { ownWords } from "../../protocol/plugin/own.ts";
import type { EventBus } from "../events/bus.ts";
import { firstIssue } from "../plugins/issues.ts";
import { deeds } from "../rules/targets.ts";
import type { ServiceTable } from "./service.ts";

const prefixOfOwn = "self.";

type Emitted = (data: ActivityData<"plugin.eventEmitted">, conversation: string | undefined) => void;

/**
 * Publishing. A plugin's own words about itself (log, health, telemetry) have limits of their own. Of each event that is shown the
 * host tells with `plugin.eventEmitted`. `unreachable` says why a plugin cannot be sent a direct message, where it cannot.
 */
export function eventServices(
  bus: EventBus,
  emitted: Emitted,
  unreachable: (plugin: string) => Failure | undefined = () => undefined,
): Pick<ServiceTable, "publish"> {
  return {
    publish: {
      rate: ({ topic, show }) => {
        if (topic === "self.telemetry") return { kind: "telemetry", what: "samples of telemetry" };
        if (topic.startsWith(prefixOfOwn)) return { kind: "logs", what: "log lines" };
        return show ? { kind: "shownEvents", what: "shown events" } : undefined;
      },
      rights: ({ topic }) => [deeds.publish(topic)],
      handle({ topic, data, to, show, latest, keep, dedupeKey, _meta }, { session, conversation, inside, rule }) {
        checkOwnWords(topic, data);
        const away = to === undefined || keep ? undefined : unreachable(to);
        if (away) throw away;
        const { eventId } = bus.publish({
          type: topic,
          source: session.plugin,
          data: data ?? null,
          conversation,
          to,
          show,
          latest: latest ? session.plugin : undefined,
          keep,
          dedupeKey,
          hops: _meta?.hops,
          callId: inside?.id,
          rule,
        });
        if (show) emitted({ pluginId: session.plugin, eventId, type: topic }, conversation);
        return { eventId };
      },
    },
  };
}

function checkOwnWords(topic: string, data: unknown): void {
  const schema = Object.hasOwn(ownWords, topic) ? ownWords[topic] : undefined;
  const checked = schema?.safeParse(data);
  if (!checked || checked.success) return;
  throw new Failure(
    "invalidParams",
    `What is said on ${topic} does not fit: ${firstIssue(checked.error, "data", "data")}.`,
  );
}
