import { Failure } from "../../base/failure.ts";
import { hostTopicRoots } from "../../protocol/plugin/activity.ts";
import type { PluginEvent } from "../../protocol/plugin/events.ts";
import type { JournalRow } from "../journal/records.ts";
import { hostSource, hostTopicsRule } from "./topics.ts";

/** An event to publish. The host has stamped `source`, and decided that the source may. */
export interface Publication {
  readonly type: string;
  readonly source: string;
  /** The identity of the plugin that publishes; else that of the one that has its name. */
  readonly owner?: string;
  readonly data: unknown;
  readonly conversation?: string;
  /** Only this plugin hears it. Plugins use it with the topic `inbox` alone. */
  readonly to?: string;
  /** For the activity section; the bus hands it on. */
  readonly show?: boolean;
  /** Keep the last one for late subscribers; a text tells apart what is kept under one topic (a plugin's id, say). */
  readonly latest?: boolean | string;
  /** Said again by the same source under the same topic, a direct message to the same plugin, it is the same event. */
  readonly dedupeKey?: string;
  /** How many events led to it, one after another: 1 for what the handler of an event publishes. */
  readonly hops?: number;
  readonly callId?: string;
  /** The rule that allowed it. */
  readonly rule?: string;
  /** The rule for each principal, where there was more than one. */
  readonly rules?: Readonly<Record<string, string>>;
  /** It is counted in the journal with its like, and not written there by itself. */
  readonly counted?: boolean;
}

/** What only the host sees of an event. */
export interface EventDetails {
  readonly eventId: string;
  readonly to?: string;
  readonly show?: boolean;
  readonly callId?: string;
  readonly rule?: string;
  readonly rules?: Readonly<Record<string, string>>;
  readonly counted?: boolean;
}

const hostRoots: ReadonlySet<string> = new Set(hostTopicRoots);

/** Why a plugin may not publish to a topic, whatever the rules say: it is one of the host's. Undefined for any other. */
export function hostTopicRefusal(type: string): Failure | undefined {
  const root = type.split(".", 1)[0] ?? type;
  if (!hostRoots.has(root)) return undefined;
  return new Failure("denied", `The topic "${type}" belongs to the host: plugins do not publish to "${root}.".`, {
    todo: "Choose a topic of your own, for example one that begins with your plugin's subject.",
    details: { rule: hostTopicsRule, topic: type },
  });
}

/**
 * What plugins may publish to.
 * @throws Failure `denied` for a topic of the host, `invalidParams` when `to` and `inbox` do not go together
 */
export function checkAddress({ type, source, to }: Publication): void {
  if (source === hostSource) return;
  const refusal = hostTopicRefusal(type);
  if (refusal) throw refusal;
  if ((type === "inbox") === (to !== undefined)) return;
  throw new Failure(
    "invalidParams",
    to === undefined
      ? 'The topic "inbox" needs `to`: the plugin that the message is for.'
      : '`to` goes with the topic "inbox" only.',
    { todo: 'Publish a direct message to the topic "inbox" with `to`, and anything else without `to`.' },
  );
}

/** Under which the same thing said twice is found. */
export function keyOf({ type, to = "" }: Pick<Publication, "type" | "to">, dedupeKey: string): string {
  return `${type} ${to} ${dedupeKey}`;
}

export function detailsOf({ to, show, callId, rule, rules, counted }: Publication, eventId: string): EventDetails {
  return {
    eventId,
    ...(to && { to }),
    ...(show && { show }),
    ...(callId && { callId }),
    ...(rule && { rule }),
    ...(rules && { rules }),
    ...(counted && { counted }),
  };
}

/** What the journal keeps of an event. */
export function rowOf(event: PluginEvent, { callId, rule, rules }: EventDetails): JournalRow {
  return { ...event, ...(callId && { callId }), ...(rule && { rule }), ...(rules && { rules }) };
}
