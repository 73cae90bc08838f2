import { Failure } from "../../base/failure.ts";
import type { CallRow } from "../../protocol/plugin/calls.ts";
import type { ListedOffer } from "../../protocol/plugin/offers.ts";
import type { Calls } from "../calls/calls.ts";
import type { CallRequest } from "../calls/types.ts";
import type { CallRecord } from "../journal/records.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import { deeds } from "../rules/targets.ts";
import type { CallResults } from "./callResults.ts";
import type { ServiceTable } from "./service.ts";
import type { Session } from "./session.ts";

export interface CallServiceParts {
  readonly calls: Calls;
  readonly results: CallResults;
  readonly offers: OfferRegistry;
  readonly stateOf: (plugin: string) => Pick<ListedOffer, "state" | "reason" | "version">;
}

/** Calling others' offers, listing them, and looking after calls of one's own. */
export function callServices({
  calls,
  results,
  offers,
  stateOf,
}: CallServiceParts): Pick<ServiceTable, "call" | "calls/get" | "calls/cancel" | "offers/list"> {
  const bounded = (session: Session, record: CallRecord, result: unknown) =>
    session.references ? results.bounded(record, result, session.limits().resultBytes) : result;

  async function ownCall(callId: string, plugin: string): Promise<CallRecord> {
    const record = await calls.get(callId);
    if (record && (record.caller === `plugin:${plugin}` || record.plugin === plugin)) return record;
    throw new Failure("notFound", `There is no call "${callId}" of yours.`, {
      todo: "A plugin sees calls that it made or that were made to it.",
    });
  }
  return {
    call: {
      handle(params, { session, inside, conversation, cancellation, progress }) {
        const request: CallRequest = {
          caller: session.principal,
          parent: inside?.id,
          to: params.to,
          name: params.name,
          action: params.action,
          args: params.args,
          conversation,
          detach: params.detach,
          timeoutMs: params._meta?.deadlineMs,
          signal: cancellation,
          meta: params._meta,
          onProgress: progress,
        };
        return calls.call(request).then(({ record, result }) => bounded(session, record, result) ?? null);
      },
    },
    "calls/get": {
      async handle({ callId }, { session }) {
        const record = await ownCall(callId, session.plugin);
        return { ...rowOf(record), result: bounded(session, record, record.result) };
      },
    },
    "calls/cancel": {
      async handle({ callId }, { session }) {
        await ownCall(callId, session.plugin);
        return { state: calls.cancel(callId, `${session.plugin} cancelled it.`) ? "cancelling" : "ended" };
      },
    },
    "offers/list": {
      rights: () => [deeds.listOffers()],
      handle({ plugin, provides }) {
        const found = offers
          .all()
          .filter(
            (known) =>
              (plugin === undefined || known.plugin === plugin) &&
              (provides === undefined || known.offer.facets?.provides === provides),
          );
        return {
          offers: found.map((known) => ({ ...known.offer, plugin: known.plugin, ...stateOf(known.plugin) })),
          plugins: offers.plugins(),
        };
      },
    },
  };
}

function rowOf(record: CallRecord): CallRow {
  const {
    id,
    parent,
    caller,
    plugin,
    name,
    action,
    status,
    detached,
    startedAt,
    endedAt,
    rule,
    progress,
    result,
    error,
  } = record;
  return {
    callId: id,
    parent,
    caller,
    target: `${plugin}/${name}`,
    action,
    status,
    detached,
    startedAt,
    endedAt,
    rule,
    progress,
    result,
    error,
  };
}
