import { Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Subscription } from "../../protocol/plugin/events.ts";
import {
  type InterceptResult,
  type InterceptSpec,
  interceptResult,
  isPoint,
  pointAdvice,
} from "../../protocol/plugin/intercepts.ts";
import type { Offer } from "../../protocol/plugin/offers.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import type { EventBus } from "../events/bus.ts";
import { SharedBatches } from "../events/sharedBatches.ts";
import type { Intercepts } from "../intercepts/chain.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import type { Peer } from "../ports.ts";
import { type Deed, deeds } from "../rules/targets.ts";
import type { Probe } from "../trace/probe.ts";
import type { Missed } from "./awakener.ts";
import type { ServiceTable } from "./service.ts";
import type { Session } from "./session.ts";

export interface RegistrationParts {
  readonly offers: OfferRegistry;
  readonly bus: EventBus;
  readonly intercepts: Intercepts;
  readonly decide: (request: RightRequest) => Verdict;
  readonly ids: IdSource;
  readonly probe?: Pick<Probe, "deliver" | "intercept">;
}

/** What a running plugin registers: each lives until it is unregistered or the run ends. */
export class Registrations {
  readonly #parts: RegistrationParts;
  readonly #batches = new SharedBatches();

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  offer(session: Session, offer: Offer, handle = this.#handle()): string {
    session.keep("offer", handle, () => this.#parts.offers.add(session.plugin, offer));
    return handle;
  }

  /** `missed` is what the plugin would have heard while it was being started. */
  subscription(
    session: Session,
    spec: Subscription,
    handle = this.#handle(),
    missed: Missed = { events: [], lost: undefined },
  ): string {
    session.keep("subscription", handle, () =>
      this.#parts.bus.subscribe({
        subscriber: session.plugin,
        owner: session.home.owner,
        spec,
        missed,
        deliver: (batch) => {
          const traced = this.#parts.probe?.deliver(session.plugin, spec.topic, batch.events);
          const { events, lost } = batch;
          const own = { subscription: handle, ...(lost && { lost }), ...(traced && { _meta: traced.meta }) };
          const { peer } = session;
          const send = () => {
            if (peer.notifyShared) peer.notifyShared("deliver", own, this.#batches.of(events));
            else peer.notify("deliver", { ...own, events });
            return traced?.over();
          };
          const ask = () =>
            peer.request("deliver", { ...own, events }, { timeoutMs: Number.POSITIVE_INFINITY }).then(
              () => traced?.over(),
              (error) => {
                traced?.over(error);
                throw error;
              },
            );
          const hand = spec.whenSlow === "ack" ? ask : send;
          const room = peer.roomForEvents?.();
          return room ? room.then(() => whenThereIsRoom(peer)).then(hand) : hand();
        },
      }),
    );
    return handle;
  }

  /** Asks the plugin as long as it has the right to be asked; without it the point is passed as if it were not there. */
  intercept(session: Session, spec: InterceptSpec, handle = this.#handle()): string {
    const { plugin, peer, principal } = session;
    session.keep("intercept", handle, () =>
      this.#parts.intercepts.register({
        plugin,
        spec,
        handle,
        ask: async (params, signal) => {
          const scope = { conversation: params._meta?.conversation };
          const may = () => this.#mayIntercept(principal, spec.point, params.point, scope);
          if (!may()) return { decision: "allow" };
          const ask = (own: typeof params) =>
            peer.request("intercept", { ...own, handle }, { signal, timeoutMs: Number.POSITIVE_INFINITY });
          let answer: unknown;
          try {
            answer = await (this.#parts.probe?.intercept(plugin, params, ask) ?? ask(params));
          } catch (error) {
            if (may()) throw error;
          }
          // A right that was taken while the plugin was asked counts as one that it never had.
          if (!may()) return { decision: "allow" };
          const parsed = interceptResult.safeParse(answer);
          if (parsed.success) return this.#withoutContext(session, parsed.data, scope);
          throw new Failure("unavailable", `${plugin} answered the intercept with something that does not fit.`);
        },
      }),
    );
    return handle;
  }

  /** By what it registered for, unless a rule denies the very point that is passed: `offer:*` may be allowed, and one offer not. */
  #mayIntercept(principal: string, registered: string, point: string, scope: RightRequest["scope"]): boolean {
    const own = this.#parts.decide({ principals: [principal], ...deeds.intercept(registered), scope });
    if (own.effect !== "allow" || registered === point) return own.effect === "allow";
    const { effect, rule } = this.#parts.decide({ principals: [principal], ...deeds.intercept(point), scope });
    return effect === "allow" || rule.startsWith("default:");
  }

  /** What an intercept wants the model to see is a message, and needs the right to one. */
  #withoutContext({ principal }: Session, result: InterceptResult, scope: RightRequest["scope"]): InterceptResult {
    if (result.context === undefined) return result;
    const rights = deeds
      .message("context", "assistant")
      .map((deed) => this.#parts.decide({ principals: [principal], ...deed, scope }));
    if (rights.every(({ effect }) => effect === "allow")) return result;
    const { context: _unheard, ...rest } = result;
    return rest;
  }

  #handle(): string {
    return this.#parts.ids.next("handle");
  }

  services(): Pick<ServiceTable, "register" | "unregister"> {
    return {
      register: {
        rights: (params, session) => registrationDeeds(params, session),
        handle: (params, { session }) => {
          if ("offer" in params) return { handle: this.offer(session, params.offer) };
          if ("subscription" in params) return { handle: this.subscription(session, params.subscription) };
          const { point } = params.intercept;
          if (!isPoint(point))
            throw new Failure("invalidParams", `There is no point "${point}".`, { todo: pointAdvice });
          return { handle: this.intercept(session, params.intercept) };
        },
      },
      unregister: {
        handle: ({ handle }, { session }) => {
          session.release(handle);
          return {};
        },
      },
    };
  }
}

type Registered = { offer: Offer } | { subscription: Subscription } | { intercept: InterceptSpec };

/** What a registration needs the right for. */
export function registrationDeeds(params: Registered, session: Pick<Session, "plugin">): Deed[] {
  if ("offer" in params) return [deeds.offer(session.plugin, params.offer.name)];
  if ("subscription" in params) return [deeds.subscribe(params.subscription.topic)];
  return [deeds.intercept(params.intercept.point)];
}

/** Others may have taken the room that there was. */
async function whenThereIsRoom(peer: Peer): Promise<void> {
  for (let room = peer.roomForEvents?.(); room; room = peer.roomForEvents?.()) await room;
}
