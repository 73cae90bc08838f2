import type { CancelSignal } from "../../base/cancel.ts";
import type { Clock } from "../../base/clock.ts";
import { deferred } from "../../base/deferred.ts";
import type { Disposable } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import type { Peer, PeerRequestOptions, PluginMessageHandler } from "../../core/ports.ts";
import { limits as defaults, type Limits, rates } from "../../protocol/limits.ts";
import type { CallParams } from "../../protocol/plugin/calls.ts";
import type { InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import { pluginToHost } from "../../protocol/plugin/methods.ts";
import { LineGate } from "../lines.ts";
import {
  errorText,
  failureOf,
  type PluginEnvelope,
  type RegisterEnvelope,
  readEnvelope,
  requestIdIn,
  statedBy,
  targetOf,
} from "./envelopes.ts";
import { closeCodes, errorOfEnd, type FrameSocket } from "./frames.ts";
import type { Link } from "./link.ts";

export interface EnvelopeLinkOptions {
  readonly frames: FrameSocket;
  readonly register: RegisterEnvelope;
  readonly clock: Clock;
  /** Silence in milliseconds after which the plugin counts as degraded. */
  readonly healthMs: number;
  /** The limits that are in force for the plugin; those that are missing are the protocol's own. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** So many messages that are none, and the plugin is let go. */
const mostFaults = 100;

type Pending = { resolve(value: unknown): void; reject(error: Failure): void };
type Message = Extract<PluginEnvelope, { type: "request" | "response" }>;

/**
 * A plugin that speaks the envelopes of a plugin bus, mapped onto the channel's verbs: its capabilities are offers, a call of
 * one is a `request` to it, its own `request` is a call, and health, log and telemetry are its own words. Throws `invalidParams`
 * where its `register` cannot be meant.
 */
export class EnvelopeLink implements Link {
  readonly stated: InitializeResult;
  readonly peer: Peer;
  readonly closed: Link["closed"];
  readonly #options: EnvelopeLinkOptions;
  readonly #frames: FrameSocket;
  readonly #name: string;
  readonly #closed = deferred<Awaited<Link["closed"]>>();
  readonly #text = new Emitter<{ stream: "stderr" | "stray"; text: string }>();
  readonly onText = this.#text.event;
  readonly #gate: LineGate;
  readonly #limits: Limits;
  readonly #pending = new Map<string, Pending>();
  readonly #working = new Map<string | number, AbortController>();
  #serve: PluginMessageHandler | undefined;
  #silence: Disposable | undefined;
  #next = 1;
  #faults = 0;
  #closing: string | undefined;
  /** Why it was given up, where that was the plugin's doing. */
  #givenUp: string | undefined;

  constructor(options: EnvelopeLinkOptions) {
    const { frames, register, clock } = options;
    this.#options = options;
    this.#limits = { ...defaults, ...options.limits };
    this.#frames = frames;
    this.#name = register.plugin;
    this.stated = statedBy(register);
    this.closed = this.#closed.promise;
    this.#gate = new LineGate(clock, rates.logs, (text) => this.#text.fire({ stream: "stray", text }));
    this.peer = {
      closed: this.closed,
      request: (method, params, more) => this.#ask(method, params, more),
      // Events and the rest of the channel have no envelope; nothing of it is agreed on, so nothing is lost.
      notify: () => {},
    };
    void frames.closed.then((end) => this.#end(errorOfEnd(end)));
    frames.listen((body) => this.#receive(body));
  }

  serve(onMessage: PluginMessageHandler): void {
    this.#serve = onMessage;
    this.#expectHealth();
  }

  close(reason: string): void {
    this.#closing = reason;
    this.#frames.close(closeCodes.goingAway, reason);
  }

  kill(): void {
    this.#frames.terminate();
  }

  #ask(method: string, params: Record<string, unknown>, options: PeerRequestOptions = {}): Promise<unknown> {
    if (method === "initialize") return Promise.resolve(this.stated);
    if (method === "$/ping" || method === "shutdown") return Promise.resolve({});
    if (method === "call") return this.#call(params as CallParams, options);
    return Promise.reject(
      new Failure("notNegotiated", `Plugin "${this.#name}" speaks envelopes and knows no "${method}".`),
    );
  }

  #call({ name, args }: CallParams, options: PeerRequestOptions): Promise<unknown> {
    const { signal, timeoutMs = this.#limits.defaultCallMs } = options;
    const who = `Plugin "${this.#name}"`;
    if (this.#pending.size >= this.#limits.outstandingRequests) {
      return Promise.reject(
        new Failure("overloaded", `${who} has ${this.#pending.size} requests to answer already.`, {
          details: { retryAfterMs: 1_000 },
        }),
      );
    }
    if (signal?.aborted) return Promise.reject(reasonOf(signal));
    const requestId = `${this.#next++}`;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#pending.delete(requestId);
        timer?.dispose();
        signal?.removeEventListener("abort", onAbort);
      };
      const pending: Pending = {
        resolve: (value) => {
          leave();
          resolve(value);
        },
        reject: (failure) => {
          leave();
          reject(failure);
        },
      };
      const onAbort = () => pending.reject(reasonOf(signal));
      const timer = Number.isFinite(timeoutMs)
        ? this.#options.clock.after(timeoutMs, () =>
            pending.reject(new Failure("timeout", `${who} did not answer within ${timeoutMs} ms.`)),
          )
        : undefined;
      signal?.addEventListener("abort", onAbort);
      this.#pending.set(requestId, pending);
      const failure = this.#send({ type: "request", requestId, capability: name, payload: args });
      if (failure) pending.reject(failure);
    });
  }

  /** Answers why it could not be sent. */
  #send(envelope: Record<string, unknown>): Failure | undefined {
    const text = JSON.stringify(envelope);
    const size = Buffer.byteLength(text);
    if (size > this.#limits.bodyBytes) {
      return new Failure("tooLarge", `The message has ${size} bytes; the limit is ${this.#limits.bodyBytes}.`, {
        details: { limit: this.#limits.bodyBytes },
      });
    }
    if (this.#frames.waitingBytes + size > this.#limits.outboundBytes) {
      return new Failure("overloaded", `Plugin "${this.#name}" does not read what is sent to it.`, {
        details: { retryAfterMs: 1_000 },
      });
    }
    this.#frames.send(text);
    return undefined;
  }

  /** Sends what the plugin waits for. Where there is no room for it, the plugin writes and never reads: the link ends. */
  #reply(envelope: Record<string, unknown>): Failure | undefined {
    const failure = this.#send(envelope);
    if (failure?.kind !== "overloaded") return failure;
    this.#givenUp ??= failure.message;
    this.#frames.close(closeCodes.notRead, failure.message);
    return undefined;
  }

  #receive(body: Buffer): void {
    try {
      this.#take(readEnvelope(body, this.#name));
    } catch (error) {
      const text = errorText(error);
      this.#gate.write(`A message was refused: ${text}`);
      const requestId = requestIdIn(body);
      // Whoever asks waits for a response with that id, and for nothing else.
      if (requestId === undefined) this.#reply({ type: "error", error: text });
      else this.#reply({ type: "response", requestId, success: false, error: text });
      this.#faults++;
      if (this.#faults >= mostFaults)
        this.#frames.close(closeCodes.badMessage, `Too many bad messages; the last: ${text}`);
    }
  }

  #take(envelope: PluginEnvelope): void {
    switch (envelope.type) {
      case "register":
        throw new Failure("conflict", "It is registered already; a plugin registers once.");
      case "health": {
        this.#expectHealth();
        const { status, detail } = envelope;
        this.#say("self.health", { status, ...(detail === undefined ? {} : { detail }) });
        break;
      }
      case "log": {
        const { level, message, timestamp } = envelope;
        this.#say("self.log", { level, message, ...(timestamp === undefined ? {} : { timestamp }) });
        break;
      }
      case "telemetry": {
        const { type: _type, plugin: _plugin, ...figures } = envelope;
        this.#say("self.telemetry", figures);
        break;
      }
      case "response":
        this.#answered(envelope);
        break;
      case "request":
        void this.#work(envelope);
    }
  }

  /** What it says about itself, under the same rights and rates as any plugin's; what is too much is dropped. */
  #say(topic: string, data: Record<string, unknown>): void {
    void this.#tell("publish", { topic, data }, new AbortController().signal).catch(() => {});
  }

  #answered({ requestId, success, data, error }: Message & { type: "response" }): void {
    // One that came too late has nobody who waits for it.
    const pending = this.#pending.get(String(requestId));
    if (success) pending?.resolve(data ?? null);
    else pending?.reject(failureOf(error));
  }

  async #work({ requestId, capability, payload = {} }: Message & { type: "request" }): Promise<void> {
    const abort = new AbortController();
    const begun = !this.#working.has(requestId);
    let answer: Record<string, unknown>;
    try {
      if (!begun) throw new Failure("invalidRequest", `A request "${requestId}" is being worked on already.`);
      if (this.#working.size >= this.#limits.outstandingRequests) {
        throw new Failure("overloaded", `${this.#working.size} requests of yours are being worked on already.`, {
          details: { retryAfterMs: 1_000 },
        });
      }
      this.#working.set(requestId, abort);
      const data = await this.#tell("call", { ...targetOf(capability), args: payload }, abort.signal, capability);
      answer = { success: true, data: data ?? null };
    } catch (error) {
      answer = { success: false, error: errorText(error) };
    }
    if (begun && this.#working.get(requestId) === abort) this.#working.delete(requestId);
    const failure = this.#reply({ type: "response", requestId, ...answer });
    if (failure) this.#reply({ type: "response", requestId, success: false, error: failure.message });
  }

  /** @param asked what the plugin named, for the answer where it cannot be meant */
  async #tell(
    method: "call" | "publish",
    params: Record<string, unknown>,
    signal: AbortSignal,
    asked: string = method,
  ): Promise<unknown> {
    if (!this.#serve) throw new Failure("unavailable", "A person has not let this plugin in yet.");
    const parsed = pluginToHost[method].params.safeParse(params);
    if (!parsed.success) throw new Failure("invalidParams", `"${asked}" cannot be asked for so.`);
    return await this.#serve(method, parsed.data, signal, () => {});
  }

  #expectHealth(): void {
    this.#silence?.dispose();
    if (!this.#serve) return;
    const { clock, healthMs } = this.#options;
    this.#silence = clock.after(healthMs, () => {
      this.#say("self.health", {
        status: "degraded",
        detail: `No health message for ${Math.round(healthMs / 1_000)} s.`,
      });
    });
  }

  #end(error: Error | undefined): void {
    this.#silence?.dispose();
    this.#gate.end();
    const message =
      this.#closing ??
      this.#givenUp ??
      `Plugin "${this.#name}" ${error ? `broke its connection: ${error.message}` : "closed its connection."}`;
    for (const pending of [...this.#pending.values()]) pending.reject(new Failure("unavailable", message));
    for (const abort of this.#working.values()) abort.abort(new Failure("cancelled", message));
    const broken = error !== undefined || this.#givenUp !== undefined;
    this.#closed.resolve({ message, kind: this.#closing !== undefined ? "closed" : broken ? "broken" : "ended" });
  }
}

function reasonOf(signal: CancelSignal | undefined): Failure {
  const reason: unknown = signal?.reason;
  return reason instanceof Failure ? reason : new Failure("cancelled", "The call was cancelled.");
}
