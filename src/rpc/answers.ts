import { asFailure, Failure } from "../base/failure.ts";
import type { RequestSpec } from "../protocol/plugin/methods.ts";
import type { Channel } from "./channel.ts";
import type { RequestId } from "./framing/envelope.ts";
import type { Lane } from "./framing/lanes.ts";
import { toWireError, type WireError } from "./mapping.ts";
import { check } from "./schema.ts";

/** A request of the peer's, as far as its answer needs it. */
export interface Asked {
  readonly id: RequestId;
  readonly method: string;
  readonly lane: Lane;
  readonly spec: RequestSpec;
  readonly running: { readonly cancelled: boolean };
}

/** Writes the answers to what the peer asks. A result that does not fit, or cannot be written, is answered with an error instead. */
export class Answers {
  readonly #channel: Channel;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  result({ id, lane, method, spec }: Asked, result: unknown): void {
    const checked = check(spec.result, result ?? null);
    const flaw = checked.ok ? this.#channel.watch.see(method, "result", "out", checked.unknown) : checked.flaws;
    if (!checked.ok || flaw) {
      const error = new Error(`The result of "${method}" does not fit: ${flaw}.`);
      this.fault(method, error);
      this.refuse(id, lane, error);
      return;
    }
    try {
      this.#channel.send({ jsonrpc: "2.0", id, result: checked.value ?? null }, lane);
    } catch (error) {
      this.#unsent(id, method, asFailure(error, `"${method}"`));
    }
  }

  /** A handler failed. What is no `Failure` is a fault of ours: the log has it, and the peer learns that it happened. */
  failure({ id, lane, method, running }: Asked, error: unknown): void {
    if (error instanceof Failure) this.refuse(id, lane, error);
    else if (running.cancelled) this.refuse(id, lane, new Failure("cancelled", `"${method}" was cancelled.`));
    else {
      this.fault(method, error);
      this.refuse(id, lane, error);
    }
  }

  refuse(id: RequestId | null, lane: Lane, error: unknown): void {
    this.#send(id, lane, toWireError(error));
  }

  fault(method: string, error: unknown): void {
    this.#channel.logger.log("error", `The handler of "${method}" failed.`, {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  #unsent(id: RequestId, method: string, failure: Failure): void {
    if (failure.kind === "unavailable") return;
    if (failure.kind !== "invalidParams") {
      this.refuse(id, "control", failure);
      return;
    }
    // Which side failed is not known here: it is the one who answers.
    const what = `The result of "${method}" cannot be written as JSON.`;
    this.#channel.logger.log("error", what, { error: String(failure.cause) });
    this.refuse(id, "control", new Failure("internal", what, { todo: "This is a fault of the one who answered." }));
  }

  #send(id: RequestId | null, lane: Lane, error: WireError): void {
    try {
      this.#channel.send({ jsonrpc: "2.0", id, error }, lane);
    } catch (failure) {
      if (lane === "control") {
        this.#channel.logger.log("debug", "An answer found no room.", { error: String(failure) });
        return;
      }
      const tooLarge = failure instanceof Failure && failure.kind === "tooLarge";
      this.#send(id, "control", tooLarge ? withoutDetails(error) : toWireError(failure));
    }
  }
}

/** What happened and what to do still reaches the peer where the details are too large. */
function withoutDetails({ code, message, data }: WireError): WireError {
  const { kind, todo } = data as { kind: string; todo?: string };
  return { code, message, data: { kind, todo } };
}
