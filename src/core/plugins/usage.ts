import type { Clock } from "../../base/clock.ts";
import type { ParleyManifest } from "../../protocol/manifest.ts";
import { configApplyOffer, type InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import { topicCovers } from "../events/topics.ts";
import type { Peer, PluginMessageHandler } from "../ports.ts";

type Stated = Pick<ParleyManifest, "activation" | "intercepts" | "offers" | "subscriptions">;

/** The methods whose answer says what a run holds. */
const registers: ReadonlySet<string> = new Set(["register", "unregister"]);

/**
 * Whether one run of a plugin is used: it counts the requests that are under way in either direction, notes when the last
 * message passed, and knows what the run holds that would be lost, unlike what its manifest states, if it were stopped.
 * Pings are no use.
 */
export class Usage {
  readonly #clock: Clock;
  readonly #stated: Stated;
  /** The handles of what only this run offers, hears or guards. */
  readonly #holds = new Set<string>();
  #requests = 0;
  #usedAt: number;
  /** Called when the last request has ended; costs a call only while it is set. */
  onFree: (() => void) | undefined;

  constructor(clock: Clock, stated: Stated) {
    this.#clock = clock;
    this.#stated = stated;
    this.#usedAt = clock.now();
  }

  /** Whether a request is under way. */
  get working(): boolean {
    return this.#requests > 0;
  }

  /** When the last message passed; milliseconds since the epoch. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Whether something would be missed if the run ended: nothing in the manifest would start it again for that. */
  get holds(): boolean {
    return this.#holds.size > 0 || this.#stated.activation.includes("onStartup");
  }

  /** Takes note of what the answer to `initialize` registers. */
  initialized({ offers = [], subscriptions = [], intercepts = [] }: InitializeResult): void {
    const stated = [
      ...offers.map((offer) => ({ offer, handle: offer.handle })),
      ...subscriptions.map((subscription) => ({ subscription, handle: subscription.handle })),
      ...intercepts.map((intercept) => ({ intercept, handle: intercept.handle })),
    ];
    for (const { handle = "", ...what } of stated) if (!this.#comesBack(what)) this.#holds.add(handle);
  }

  /** The same peer, counted. */
  peer(peer: Peer): Peer {
    return {
      closed: peer.closed,
      request: (method, params, options) => {
        this.#begin();
        const answer = peer.request(method, params, options);
        answer.then(this.#end, this.#end);
        return answer;
      },
      notify: (method, params) => {
        this.#usedAt = this.#clock.now();
        peer.notify(method, params);
      },
      ...(peer.notifyShared && {
        notifyShared: (method, own, shared) => {
          this.#usedAt = this.#clock.now();
          peer.notifyShared?.(method, own, shared);
        },
      }),
      ...(peer.roomForEvents && { roomForEvents: () => peer.roomForEvents?.() }),
    };
  }

  /** The same handler, counted; registrations that pass are noted. */
  handler(handle: PluginMessageHandler): PluginMessageHandler {
    return (method, params, signal, progress) => {
      this.#begin();
      let answer: unknown;
      try {
        answer = handle(method, params, signal, progress);
      } catch (error) {
        this.#end();
        throw error;
      }
      if (!(answer instanceof Promise)) {
        this.#passed(method, params, answer);
        this.#end();
        return answer;
      }
      const done = (result: unknown) => {
        this.#passed(method, params, result);
        this.#end();
      };
      answer.then(registers.has(method) ? done : this.#end, this.#end);
      return answer;
    };
  }

  #begin(): void {
    this.#requests++;
    this.#usedAt = this.#clock.now();
  }

  readonly #end = (): void => {
    this.#requests--;
    this.#usedAt = this.#clock.now();
    if (this.#requests === 0) this.onFree?.();
  };

  #passed(method: string, params: Record<string, unknown>, answer: unknown): void {
    if (method === "unregister") this.#holds.delete(String(params.handle));
    if (method !== "register" || this.#comesBack(params)) return;
    const { handle } = (answer ?? {}) as { handle?: unknown };
    if (typeof handle === "string") this.#holds.add(handle);
  }

  /** Whether the manifest says the same, so that it works while the plugin does not run, by starting it. */
  #comesBack(what: { offer?: unknown; subscription?: unknown; intercept?: unknown }): boolean {
    const { activation, intercepts, offers, subscriptions } = this.#stated;
    const { offer, subscription, intercept } = what as {
      offer?: { name?: string };
      subscription?: { topic?: string };
      intercept?: { point?: string; phase?: string };
    };
    if (offer) return offer.name === configApplyOffer || offers.some(({ name }) => name === offer.name);
    if (intercept) {
      const { point, phase = "before" } = intercept;
      return intercepts.some((one) => one.point === point && one.phase === phase);
    }
    const heard = [
      ...subscriptions.map(({ topic }) => topic),
      ...activation.filter((rule) => rule.startsWith("onTopic:")).map((rule) => rule.slice("onTopic:".length)),
    ];
    return heard.some((pattern) => topicCovers(pattern, subscription?.topic ?? ">"));
  }
}
