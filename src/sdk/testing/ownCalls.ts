import { Failure } from "../../base/failure.ts";
import type { CallRow } from "../../protocol/plugin/calls.ts";

type Params = Record<string, unknown>;
/** Sends a call to the plugin, as its host does. */
type Send = (params: Params, signal: AbortSignal) => Promise<unknown>;

/** Calls that a plugin under test makes to itself, also in the background; others are not there. */
export class OwnCalls {
  readonly #plugin: string;
  readonly #send: Send;
  readonly #rows = new Map<string, { row: CallRow; stop: AbortController }>();

  constructor(plugin: string, send: Send) {
    this.#plugin = plugin;
    this.#send = send;
  }

  services(): Record<"call" | "calls/get" | "calls/cancel", (params: Params) => unknown> {
    return {
      call: (params) => this.#call(params),
      "calls/get": ({ callId }) => this.#known(callId).row,
      "calls/cancel": ({ callId }) => {
        const { row, stop } = this.#known(callId);
        if (row.endedAt !== undefined) return { state: "ended" };
        stop.abort(new Failure("cancelled", "The plugin cancelled it."));
        return { state: "cancelling" };
      },
    };
  }

  /** Whether a call goes to the plugin that makes it. */
  isOwn({ to }: Params): boolean {
    return (to as { plugin?: string }).plugin === this.#plugin;
  }

  #call(params: Params): unknown {
    const { to, name, args, detach } = params;
    if (!this.isOwn(params)) {
      throw new Failure("unavailable", "The test host has no other plugin to call.", {
        todo: 'Give it an answer: host.answer("call", (params) => …).',
      });
    }
    const callId = `own-${this.#rows.size + 1}`;
    const caller = `plugin:${this.#plugin}`;
    const stop = new AbortController();
    const row: CallRow = {
      ...{ callId, caller, target: `${this.#plugin}/${name}`, action: "read", status: "running" },
      ...{ detached: detach === true, startedAt: Date.now() },
    };
    this.#rows.set(callId, { row, stop });
    const ended = this.#send({ to, name, args, _meta: { callId, caller } }, stop.signal).then(
      (result) => {
        Object.assign(row, { status: "succeeded", endedAt: Date.now(), result });
        return result;
      },
      (error: Failure) => {
        const status = error.kind === "cancelled" ? "cancelled" : "failed";
        Object.assign(row, { status, endedAt: Date.now(), error: error.message });
        throw error;
      },
    );
    if (!detach) return ended;
    ended.catch(() => {});
    return { callId };
  }

  #known(callId: unknown): { row: CallRow; stop: AbortController } {
    const known = this.#rows.get(String(callId));
    if (!known) throw new Failure("notFound", `There is no call "${callId}" of yours.`);
    return known;
  }
}
