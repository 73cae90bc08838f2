import { Failure } from "../../base/failure.ts";
import type { ActivityData } from "../../protocol/plugin/activity.ts";
import { ownWords } from "../../protocol/plugin/own.ts";
import type { EventBus } from "../events/bus.ts";
import { hostTopicRefusal } from "../events/publication.ts";
import { hostTopicsRule } from "../events/topics.ts";
import { firstIssue } from "../plugins/issues.ts";
import { deeds } from "../rules/targets.ts";
import type { ServiceTable } from "./service.ts";
import type { Session } from "./session.ts";

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
  const turns = new Turns();
  return {
    publish: {
      rate: ({ topic, show, keep }) => {
        if (topic === "self.telemetry") return { kind: "telemetry", what: "samples of telemetry" };
        if (topic.startsWith(prefixOfOwn)) return { kind: "logs", what: "log lines" };
        if (show) return { kind: "shownEvents", what: "shown events" };
        return keep ? { kind: "keptEvents", what: "kept events" } : undefined;
      },
      rights: ({ topic }) => [deeds.publish(topic)],
      handle(
        { topic, data, to, show, latest, keep, dedupeKey },
        { session, conversation, inside, rule, hops, refuse },
      ) {
        const notIts = hostTopicRefusal(topic);
        if (notIts) {
          refuse(deeds.publish(topic), hostTopicsRule);
          throw notIts;
        }
        checkOwnWords(topic, data);
        // With any other topic the bus says that there is nobody to name.
        const away = to === undefined || topic !== "inbox" || keep ? undefined : unreachable(to);
        if (away) throw away;
        const publication = {
          type: topic,
          source: session.plugin,
          owner: session.home.owner,
          data: data ?? null,
          conversation,
          to,
          show,
          latest: latest ? session.plugin : undefined,
          dedupeKey,
          hops,
          callId: inside?.id,
          rule,
        };
        const published = ({ eventId }: { eventId: string }) => {
          if (show) emitted({ pluginId: session.plugin, eventId, type: topic }, conversation);
          return { eventId };
        };
        if (keep) return turns.stored(session, () => bus.publishKept(publication)).then(published);
        const turn = turns.of(session);
        return turn ? turn(() => published(bus.publish(publication))) : published(bus.publish(publication));
      },
    },
  };
}

interface Turn {
  /** Settles, without an error, when what came last was told. */
  readonly last: Promise<unknown>;
  /** Whether it was something that waited itself. */
  readonly waited: boolean;
}

/**
 * Keeps what a plugin publishes in its order, though an event that is kept is told only when it is on disk: what comes
 * after it waits for it. Several that are kept are written together, and told in the order in which they were handed over.
 */
class Turns {
  readonly #turns = new WeakMap<Session, Turn>();

  /** Publishes what has to be stored. */
  stored<T>(session: Session, publish: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(session);
    const published = before?.waited ? before.last.then(publish) : publish();
    this.#set(session, published, before?.waited === true);
    return published;
  }

  /** How to publish anything else; undefined where nothing is being stored, so that it can be done at once. */
  of(session: Session): (<T>(publish: () => T) => Promise<T>) | undefined {
    const before = this.#turns.get(session);
    return (
      before &&
      ((publish) => {
        const published = before.last.then(publish);
        this.#set(session, published, true);
        return published;
      })
    );
  }

  #set(session: Session, published: Promise<unknown>, waited: boolean): void {
    const done = () => {
      if (this.#turns.get(session) === turn) this.#turns.delete(session);
    };
    const turn: Turn = { last: published.then(done, done), waited };
    this.#turns.set(session, turn);
  }
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
