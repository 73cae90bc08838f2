import { Failure } from "../../base/failure.ts";
import type { CallRow } from "../../protocol/plugin/calls.ts";
import type { ListedOffer } from "../../protocol/plugin/offers.ts";
import type { Calls } from "../calls/calls.ts";
import type { CallRequest, RightRequest, Verdict } from "../calls/types.ts";
import type { CallRecord } from "../journal/records.ts";
import { acceptsRule, isAccepted } from "../offers/accepts.ts";
import type { KnownOffer, OfferRegistry } from "../offers/registry.ts";
import type { PluginHome } from "../plugins/identity.ts";
import { deeds } from "../rules/targets.ts";
import type { CallResults } from "./callResults.ts";
import type { ServiceTable } from "./service.ts";
import type { Session } from "./session.ts";

export interface CallServiceParts {
  readonly calls: Calls;
  readonly results: CallResults;
  readonly offers: OfferRegistry;
  readonly decide: (request: RightRequest) => Verdict;
  readonly workspace: () => string | undefined;
  readonly stateOf: (plugin: string) => Pick<ListedOffer, "state" | "reason" | "version">;
}

/** Calling others' offers, listing them, and looking after calls of one's own. */
export function callServices({
  calls,
  results,
  offers,
  decide,
  workspace,
  stateOf,
}: CallServiceParts): Pick<ServiceTable, "call" | "calls/get" | "calls/cancel" | "offers/list"> {
  const bounded = (session: Session, record: CallRecord, result: unknown) =>
    session.references ? results.bounded(record, result, session.limits().resultBytes) : result;

  async function ownCall(callId: string, { owner }: PluginHome): Promise<CallRecord> {
    const record = await calls.get(callId);
    if (record && (record.callerOwner === owner || record.targetOwner === owner)) return record;
    throw new Failure("notFound", `There is no call "${callId}" of yours.`, {
      todo: "A plugin sees calls that it made or that were made to it.",
    });
  }
  return {
    call: {
      handle(params, { session, inside, conversation, cancellation, progress }) {
        const request: CallRequest = {
          caller: session.principal,
          callerOwner: session.home.owner,
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
        const record = await ownCall(callId, session.home);
        return { ...rowOf(record), result: bounded(session, record, record.result) };
      },
    },
    "calls/cancel": {
      async handle({ callId }, { session }) {
        await ownCall(callId, session.home);
        return { state: calls.cancel(callId, `${session.plugin} cancelled it.`) ? "cancelling" : "ended" };
      },
    },
    "offers/list": {
      rights: () => [deeds.listOffers()],
      handle({ plugin, provides, facet }, { session, conversation }) {
        const loads = calls.loads();
        const found = (provides === undefined ? offers.all() : listed(provides)).filter(
          (known) =>
            (plugin === undefined || known.plugin === plugin) &&
            (facet === undefined || Boolean(known.offer.facets?.[facet])),
        );
        return {
          offers: found.map((known) => ({
            ...known.offer,
            plugin: known.plugin,
            ...stateOf(known.plugin),
            load: loads.get(known.plugin) ?? 0,
            ...mayCall(known, session.principal, conversation),
          })),
          plugins: offers.plugins(),
        };
      },
    },
  };

  /** The providers of a capability as calls would try them, and after them those that the person's order leaves out. */
  function listed(capability: string): KnownOffer[] {
    const all = offers.providers(capability);
    if (all.length === 0) return all;
    const ranked = calls.providers.order(capability, all);
    return [...ranked, ...all.filter((known) => !ranked.includes(known))];
  }

  function mayCall(known: KnownOffer, principal: string, conversation: string | undefined) {
    if (!isAccepted(known, principal)) return { may: "deny", rule: acceptsRule(known.plugin) } as const;
    const { effect, rule } = decide({
      principals: [principal],
      ...deeds.call(known.plugin, known.offer.name, known.offer.action),
      scope: { conversation, workspace: workspace() },
    });
    return { may: effect, rule };
  }
}

/** What a plugin is told of a call. */
function rowOf(record: CallRecord): CallRow {
  const { id, parent, caller, plugin, name, action, detached } = record;
  const { status, startedAt, endedAt, rule, progress, result, error, failure } = record;
  const target = `${plugin}/${name}`;
  const identity = { callId: id, parent, caller, target, action, detached };
  return { ...identity, status, startedAt, endedAt, rule, progress, result, error, failure };
}
