import { Failure } from "../../base/failure.ts";
import type { KnownOffer } from "../offers/registry.ts";
import type { ActiveCall } from "./activeCall.ts";

/** The providers that one call by capability may still be given to, and why those before did not carry it out. Each is tried once. */
export class ProviderTrail {
  readonly #capability: string;
  readonly #left: KnownOffer[];
  readonly #tried: { readonly offer: string; readonly failure: Failure }[] = [];

  /** `ranked`: in the order in which they are tried. */
  constructor(capability: string, ranked: readonly KnownOffer[]) {
    this.#capability = capability;
    this.#left = [...ranked];
  }

  next(): KnownOffer | undefined {
    return this.#left.shift();
  }

  failed({ plugin, offer }: KnownOffer, failure: Failure): void {
    this.#tried.push({ offer: `${plugin}/${offer.name}`, failure });
  }

  /** What whoever called is told when none is left: the one reason, or all of them in order. */
  exhausted(): Failure {
    const [first, ...more] = this.#tried;
    if (first && more.length === 0) return first.failure;
    const failures = this.#tried.map(({ failure }) => failure);
    const kinds = new Set(failures.map(({ kind }) => kind));
    const [kind = "unavailable"] = kinds.size === 1 ? kinds : [];
    const waits = failures.flatMap(({ details }) => details?.retryAfterMs ?? []).filter((ms) => typeof ms === "number");
    const rule = kind === "denied" ? first?.failure.details?.rule : undefined;
    const reasons = this.#tried.map(({ offer, failure }) => `${offer}: ${failure.message}`);
    return new Failure(kind, `No provider of "${this.#capability}" could be used. ${reasons.join(" ")}`.trim(), {
      todo: failures.find(({ todo }) => todo)?.todo ?? "Try again later, or start one of them in the plugin list.",
      details: {
        reason: "noProviderLeft",
        capability: this.#capability,
        tried: this.#tried.map(({ offer, failure }) => ({
          offer,
          kind: failure.kind,
          reason: failure.details?.reason,
          message: failure.message,
        })),
        ...(kind === "overloaded" && waits.length > 0 ? { retryAfterMs: Math.min(...waits) } : {}),
        ...(rule === undefined ? {} : { rule }),
      },
    });
  }
}

/**
 * Whether another provider may be tried after a failure: the one that was tried has produced nothing, the failure is
 * about it and not about what was asked or who asks, and nothing can be done twice, because the call only reads or was
 * never sent.
 */
export function mayTryNext({ sent, produced, record }: ActiveCall, { kind, details }: Failure): boolean {
  if (produced) return false;
  if (kind === "denied") return !sent && details?.reason !== "refusedByPerson";
  if (kind === "notFound") return !sent;
  return (kind === "unavailable" || kind === "overloaded") && (record.action === "read" || !sent);
}
