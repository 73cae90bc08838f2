import { Failure } from "../../base/failure.ts";
import { type Limits, limits } from "../../protocol/limits.ts";
import type { CallParams } from "../../protocol/plugin/calls.ts";
import type { CallRecord } from "../journal/records.ts";
import type { Peer, StorePort } from "../ports.ts";
import { type ActiveCall, orCancelled } from "./activeCall.ts";
import { timeLeft } from "./chain.ts";
import { checkOutput } from "./checks.ts";
import type { CallClocks } from "./clocks.ts";
import { FairTurns } from "./fairTurns.ts";
import { OfferPlaces } from "./offerPlaces.ts";
import { type CallProgressParts, CallProgressReader } from "./progress.ts";
import { channelPlaces, type Place, standstill, waitsForItself } from "./standstill.ts";
import type { CallObserver, Reach } from "./types.ts";

export interface CallSenderParts extends CallProgressParts {
  /** The channel to a plugin that runs and may be called, at once; undefined where there is more to see to. */
  readonly ready: (plugin: string) => Peer | undefined;
  readonly reach: Reach;
  /**
   * Looks once more whether a call that waited may be sent; a promise where the person has to be asked first. Fails
   * where it may not.
   */
  readonly still: (call: ActiveCall) => Promise<void> | undefined;
  readonly store: Pick<StorePort, "saveCall">;
  readonly observer: Pick<CallObserver, "changed" | "progressed">;
  readonly clocks: Pick<CallClocks, "start">;
  /** Resolves when a conversation is on disk, so that a row may belong to it. */
  readonly prepare: (conversation: string) => Promise<void>;
  /** The limits that are in force for a plugin. */
  readonly limits?: (plugin: string) => Limits;
  /** The calls in progress. */
  readonly active: () => Iterable<ActiveCall>;
}

/** Takes a call that may be made to its plugin and brings its answer back, within its time. */
export class CallSender {
  readonly #parts: CallSenderParts;
  readonly #turns = new FairTurns((plugin) => this.#limits(plugin).outstandingRequests);
  readonly #places = new OfferPlaces(() => this.#channel());
  /** Plugins whose last request failed as one to a dead process does: whether they still run is asked the long way. */
  readonly #shaken = new Set<string>();
  readonly #progress: CallProgressReader;

  constructor(parts: CallSenderParts) {
    this.#parts = parts;
    this.#progress = new CallProgressReader(parts);
  }

  /** Fails with `overloaded` where too many calls run in the background at a plugin, of which `begun` are not over. */
  checkBackground(plugin: string, begun: number): void {
    this.#turns.checkBackground(plugin, begun, this.#limits(plugin).backgroundCalls);
  }

  /** Ends with the checked answer of the plugin, or with a `Failure`. */
  send(call: ActiveCall): Promise<unknown> {
    try {
      stillWanted(call);
      this.#parts.clocks.start(call);
      this.#isRunning(call);
      const peer = this.#enterAtOnce(call);
      return peer ? this.#deliver(call, peer) : this.#enter(call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #isRunning({ record, request }: ActiveCall): void {
    record.status = "running";
    if (!request.hidden) this.#parts.observer.changed(record);
  }

  /**
   * Takes a call's place at its plugin where nothing at all has to be waited for, as with nearly every call of the
   * thousands between plugins; else answers undefined and leaves all to `#enter`.
   */
  #enterAtOnce(call: ActiveCall): Peer | undefined {
    const { record, known, parent } = call;
    const { plugin, offer } = known;
    if (call.waited || offer.concurrency !== undefined || writesFirst(call)) return undefined;
    if (parent && isInside(parent, plugin)) return undefined;
    const peer = this.#ready(plugin);
    if (!peer || this.#turns.isFull(plugin, record.caller)) return undefined;
    this.#turns.force(plugin, record.caller);
    call.channel = "holds";
    return peer;
  }

  /** Waits for whatever there is to wait for, takes the call's place and asks its plugin. */
  async #enter(call: ActiveCall): Promise<unknown> {
    const { record, known, cancellation, parent } = call;
    if (writesFirst(call)) {
      await this.writeDown(record);
      call.waited = true;
      stillWanted(call);
    }
    const { plugin, offer } = known;
    if (offer.concurrency !== undefined) {
      const place = this.#places.take(call, offer.concurrency);
      if (place) {
        call.waited = true;
        await place;
      }
    }
    if (parent && isInside(parent, plugin)) this.#turns.force(plugin, record.caller);
    else {
      if (parent && this.#turns.isFull(plugin, record.caller)) this.#checkStandstill(call);
      const turn = this.#turns.take(plugin, record.caller, cancellation);
      if (turn) {
        call.waited = true;
        await this.#waitFor(turn, call);
      }
    }
    call.channel = "holds";
    let peer: Peer;
    try {
      peer = this.#ready(plugin) ?? (await this.#reach(call));
      stillWanted(call);
      for (let asking = this.#parts.still(call); asking; asking = this.#parts.still(call)) {
        await asking;
        this.#isRunning(call);
        peer = this.#ready(plugin) ?? (await this.#reach(call));
        stillWanted(call);
      }
    } catch (error) {
      this.#leave(call, plugin);
      throw error;
    }
    return this.#deliver(call, peer);
  }

  /** Asks the plugin. The call's place is free when the plugin is done, which after a cancel is later than its end. */
  #deliver(call: ActiveCall, peer: Peer): Promise<unknown> {
    const { record, cancellation } = call;
    const { plugin } = record;
    let asked: Promise<unknown>;
    try {
      stillWanted(call);
      asked = this.#ask(call, peer);
    } catch (error) {
      this.#leave(call, plugin);
      throw error;
    }
    call.sent = true;
    if (record.detached) this.#turns.toBackground(plugin, record.caller);
    return new Promise((resolve, reject) => {
      const failed = (error: unknown) => reject(this.#failureOf(call, plugin, error));
      const onAbort = () => failed(cancellation.reason);
      const over = () => {
        cancellation.removeEventListener("abort", onAbort);
        this.#done(call, plugin);
      };
      cancellation.addEventListener("abort", onAbort);
      asked.then(
        (result) => {
          over();
          if (cancellation.aborted) return;
          call.produced = true;
          try {
            checkOutput(call.known, result);
            resolve(result);
          } catch (error) {
            failed(error);
          }
        },
        (error) => {
          over();
          if (!cancellation.aborted) failed(error);
        },
      );
    });
  }

  /** What became of a call that was sent. A target that is lost is not taken for ready until it was looked for the long way. */
  #failureOf({ record }: ActiveCall, plugin: string, error: unknown): unknown {
    if (!(error instanceof Failure) || error.kind !== "unavailable") return error;
    this.#shaken.add(plugin);
    return ofLostTarget(error, record);
  }

  /** A call that does not get to its plugin's channel keeps no place of the offer. */
  async #waitFor(turn: Promise<void>, call: ActiveCall): Promise<void> {
    call.channel = "waits";
    try {
      await turn;
    } catch (error) {
      call.channel = "none";
      this.#places.leave(call);
      throw error;
    }
  }

  /**
   * Fails with `overloaded` where all who hold a place at the plugin wait, over whatever chains, for the call that
   * would have to wait for one.
   */
  #checkStandstill(call: ActiveCall): void {
    const { plugin } = call.record;
    if (!waitsForItself([...this.#places.all(), ...this.#channel()], call, plugin)) return;
    this.#places.leave(call);
    throw standstill(plugin, this.#turns.placesOf(plugin).all);
  }

  #channel(): Place[] {
    return channelPlaces(this.#parts.active(), this.#turns);
  }

  #leave(call: ActiveCall, plugin: string): void {
    call.channel = "none";
    this.#turns.leave(plugin, call.record.caller);
    this.#places.leave(call);
  }

  /** The plugin is done with a call that it was asked for. */
  #done(call: ActiveCall, plugin: string): void {
    call.channel = "none";
    if (call.record.detached) this.#turns.leaveBackground(plugin);
    else this.#turns.leave(plugin, call.record.caller);
    this.#places.leave(call);
  }

  #limits(plugin: string): Limits {
    return this.#parts.limits?.(plugin) ?? limits;
  }

  /** The conversation is on disk before what belongs to it. */
  async writeDown(record: CallRecord): Promise<void> {
    if (record.conversation !== undefined) await this.#parts.prepare(record.conversation);
    await this.#parts.store.saveCall(record);
  }

  #ready(plugin: string): Peer | undefined {
    return this.#shaken.has(plugin) ? undefined : this.#parts.ready(plugin);
  }

  async #reach(call: ActiveCall): Promise<Peer> {
    const { known, cancellation } = call;
    call.waited = true;
    const peer = await orCancelled(this.#parts.reach(known.plugin, cancellation), cancellation);
    this.#shaken.delete(known.plugin);
    return peer;
  }

  #ask(call: ActiveCall, peer: Peer): Promise<unknown> {
    return peer.request("call", this.#paramsOf(call), {
      signal: call.cancellation,
      timeoutMs: Number.POSITIVE_INFINITY,
      onProgress: (value) => this.#progress.heard(call, value),
    });
  }

  /** What the plugin is sent; fields without a value are not written. */
  #paramsOf(call: ActiveCall): CallParams & Record<string, unknown> {
    const { record, request, known, measured } = call;
    const { offer, plugin } = known;
    const left = timeLeft(call);
    const params: CallParams & Record<string, unknown> = {
      to: { plugin },
      name: offer.name,
      action: offer.action,
      args: record.args,
      _meta: {
        ...measured?.meta,
        callId: record.id,
        caller: record.caller,
        conversation: request.conversation ?? record.conversation,
        turn: record.turn,
        deadlineMs: Number.isFinite(left) ? Math.max(0, Math.round(left)) : undefined,
        hops: call.hops || undefined,
      },
    };
    if (record.detached) params.detach = true;
    return params;
  }
}

/** Says what to do where a target's process or channel ended while it worked: what it did cannot be known. */
function ofLostTarget(failure: Failure, { action }: CallRecord): Failure {
  const { message, details, cause } = failure;
  if (details?.reason !== "exited" && details?.reason !== "channelClosed") return failure;
  const todo =
    action === "read"
      ? "Try again: where it may be started again it is, else you are told why not. Its log shows why it ended."
      : "Look whether it was done before you try again; its log shows why the plugin ended.";
  return new Failure("unavailable", message, { details, cause, todo });
}

/** Whether a call is on disk before it is made: what changes something, runs in the background, or is a step of the agent. */
function writesFirst({ record, request }: ActiveCall): boolean {
  return !request.hidden && (record.action !== "read" || record.detached || record.caller === "agent");
}

/** What was cancelled meanwhile never reaches the plugin. */
function stillWanted({ cancellation }: ActiveCall): void {
  if (cancellation.aborted) throw cancellation.reason;
}

/** Whether a call happens inside one of this plugin's: it must not wait for a place that this one holds. */
function isInside(parent: ActiveCall, plugin: string): boolean {
  for (let link: ActiveCall | undefined = parent; link; link = link.parent) {
    if (link.record.plugin === plugin) return true;
  }
  return false;
}
