import type { CancelSignal } from "../../base/cancel.ts";
import { Failure } from "../../base/failure.ts";
import { limits } from "../../protocol/limits.ts";

/** Of the requests that a plugin's channel carries so many are left to others than calls, so that those find room. */
const keptFree = 4;
/** So great a part of them may be one caller's, so that there is always room for another's. */
const partOfOneCaller = 3 / 4;

interface Waiting {
  go(): void;
}

/** How much there is room for, given how many places there are. */
export interface Room {
  /** Places that may be taken at a time. */
  readonly all: (places: number) => number;
  readonly ofOneCaller: (places: number) => number;
  /** Calls of one caller that may wait. */
  readonly waiting: (places: number) => number;
}

/** The requests that a plugin's channel carries. */
const channelRoom: Room = {
  all: (places) => places - keptFree,
  ofOneCaller: (places) => places * partOfOneCaller,
  waiting: (places) => places,
};

/** The calls of one offer that may be in progress at a time; whoever is alone may take all places. */
export const offerRoom: Room = {
  all: (places) => places,
  ofOneCaller: (places) => places,
  waiting: () => limits.outstandingRequests,
};

/** What one plugin, or one offer, has to do, by caller. */
interface Desk {
  readonly plugin: string;
  /** Without those in the background. */
  taken: number;
  readonly own: Map<string, number>;
  /** Calls in the background that the plugin has: they hold a request of its channel and nobody's place. */
  background: number;
  /** In the order in which the callers are served next. */
  readonly queues: Map<string, Waiting[]>;
}

/**
 * Whose call goes to a plugin next. While there is room it goes at once; else callers are served in turn, one call each, so that
 * one who calls a lot delays another's call by no more than one of its own for each caller that waits. A call in the background has
 * a place only until it was sent, because it may run for as long as it likes; there is a bound of its own for how many do.
 */
export class FairTurns {
  readonly #desks = new Map<string, Desk>();
  readonly #outstanding: (plugin: string) => number;
  readonly #room: Room;

  /** `outstanding` answers how many places there are: of a plugin the requests that its channel carries. */
  constructor(outstanding: (plugin: string) => number = () => limits.outstandingRequests, room: Room = channelRoom) {
    this.#outstanding = outstanding;
    this.#room = room;
  }

  /** Whether `take` would have to wait. */
  isFull(plugin: string, caller: string): boolean {
    const desk = this.#desk(plugin);
    return !this.#mayGo(desk, caller) || desk.queues.has(caller);
  }

  /** Places that are taken at a plugin, by calls in the background too, and those that there are. */
  placesOf(plugin: string): { readonly taken: number; readonly all: number } {
    const { taken, background } = this.#desk(plugin);
    return { taken: taken + background, all: this.#room.all(this.#outstanding(plugin)) };
  }

  /**
   * Takes a place at a plugin; undefined where there is one at once. Whoever took one gives it back with `leave`; the promise rejects
   * with the cancel's reason, or with `overloaded`, and no place is taken then. `entered` runs in the moment in which it is taken.
   */
  take(plugin: string, caller: string, cancel: CancelSignal, entered?: () => void): Promise<void> | undefined {
    const desk = this.#desk(plugin);
    if (this.#mayGo(desk, caller) && !desk.queues.has(caller)) {
      this.#enter(desk, caller);
      entered?.();
      return undefined;
    }
    return this.#wait(desk, plugin, caller, cancel, entered);
  }

  /** Takes a place whether there is one or not: for a call inside a call to the same plugin, which would wait for itself. */
  force(plugin: string, caller: string): void {
    this.#enter(this.#desk(plugin), caller);
  }

  leave(plugin: string, caller: string): void {
    const desk = this.#desk(plugin);
    desk.taken--;
    desk.own.set(caller, (desk.own.get(caller) ?? 0) - 1);
    if (desk.queues.size > 0) this.#serve(desk);
  }

  /**
   * Whether one more call in the background may be begun where `begun` are not over and a setting allows `most`. Fails with
   * `overloaded`: no more than half of the places may be theirs, so that there is always room for others.
   */
  checkBackground(plugin: string, begun: number, most: number): void {
    const limit = Math.max(1, Math.min(most, Math.floor(this.#room.all(this.#outstanding(plugin)) / 2)));
    // One that was cancelled is over for the host before the plugin is done with it.
    const running = Math.max(begun, this.#desks.get(plugin)?.background ?? 0);
    if (running < limit) return;
    throw new Failure("overloaded", `${running} calls run in the background at ${plugin}, and no more may.`, {
      details: { reason: "background", retryAfterMs: 1_000, limit },
      todo: "Wait until one has ended (`call.ended` tells), or cancel one. The setting parley.limits has backgroundCalls.",
    });
  }

  /** Gives the place of a call in the background back once the plugin was asked; `leaveBackground` follows when it is done. */
  toBackground(plugin: string, caller: string): void {
    this.#desk(plugin).background++;
    this.leave(plugin, caller);
  }

  leaveBackground(plugin: string): void {
    const desk = this.#desk(plugin);
    desk.background--;
    if (desk.queues.size > 0) this.#serve(desk);
  }

  /** Lets go of a plugin, or an offer, where nobody has a place or waits for one. Answers whether that is so. */
  forget(plugin: string): boolean {
    const desk = this.#desks.get(plugin);
    if (desk && (desk.taken > 0 || desk.background > 0 || desk.queues.size > 0)) return false;
    this.#desks.delete(plugin);
    return true;
  }

  #desk(plugin: string): Desk {
    let desk = this.#desks.get(plugin);
    if (!desk) {
      desk = { plugin, taken: 0, own: new Map(), background: 0, queues: new Map() };
      this.#desks.set(plugin, desk);
    }
    return desk;
  }

  #mayGo(desk: Desk, caller: string): boolean {
    const places = this.#outstanding(desk.plugin);
    return (
      desk.taken + desk.background < this.#room.all(places) &&
      (desk.own.get(caller) ?? 0) < this.#room.ofOneCaller(places)
    );
  }

  #enter(desk: Desk, caller: string): void {
    desk.taken++;
    desk.own.set(caller, (desk.own.get(caller) ?? 0) + 1);
  }

  #wait(desk: Desk, plugin: string, caller: string, cancel: CancelSignal, entered?: () => void): Promise<void> {
    if (cancel.aborted) return Promise.reject(cancel.reason);
    const queue = desk.queues.get(caller) ?? [];
    const mostWaiting = this.#room.waiting(this.#outstanding(plugin));
    if (queue.length >= mostWaiting) {
      const failure = new Failure("overloaded", `${queue.length} calls of ${caller} already wait for ${plugin}.`, {
        details: { reason: "queueFull", retryAfterMs: 1_000, limit: mostWaiting },
        todo: "Wait for answers before calling more.",
      });
      return Promise.reject(failure);
    }
    desk.queues.set(caller, queue);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        queue.splice(queue.indexOf(waiting), 1);
        if (queue.length === 0) desk.queues.delete(caller);
        reject(cancel.reason);
      };
      const waiting: Waiting = {
        go: () => {
          cancel.removeEventListener("abort", onAbort);
          this.#enter(desk, caller);
          entered?.();
          resolve();
        },
      };
      queue.push(waiting);
      cancel.addEventListener("abort", onAbort);
    });
  }

  /** Lets go who may, one of each caller in turn; who was served goes to the end of the line. */
  #serve(desk: Desk): void {
    for (let served = true; served; ) {
      served = false;
      for (const [caller, queue] of desk.queues) {
        if (!this.#mayGo(desk, caller)) continue;
        const next = queue.shift();
        desk.queues.delete(caller);
        if (queue.length > 0) desk.queues.set(caller, queue);
        next?.go();
        served = true;
        break;
      }
    }
  }
}
