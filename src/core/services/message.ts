import { abortSignalOf, type CancelSignal } from "../../base/cancel.ts";
import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { Meta } from "../../protocol/plugin/common.ts";
import type { Calls } from "../calls/calls.ts";
import type { CallProgress, RightRequest, Verdict } from "../calls/types.ts";
import type { CallRecord } from "../journal/records.ts";
import type { Deed } from "../rules/targets.ts";
import type { ServiceContext } from "./service.ts";
import type { Session } from "./session.ts";

/** How often a plugin that waits for the person is told so, in milliseconds: its own deadline counts from the last progress. */
const tellMs = 15_000;

export interface MessageParts {
  readonly calls: Pick<Calls, "inProgressAt" | "cancellationOf" | "hold" | "hopsOf">;
  readonly clock: Clock;
  readonly refused: (plugin: string, deed: Deed, rule: string, conversation: string | undefined) => void;
  /**
   * Something was decided and acted on; on the path of every message, so it takes note and no more. `alike` is as for
   * `Journal.used`.
   */
  readonly used?: (request: RightRequest, verdict: Verdict, alike?: string) => void;
}

/** A message of a plugin on its way to its service, and what that knows of it. What is hardly ever asked for is made when it is. */
export class Message implements ServiceContext {
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly session: Session;
  readonly meta: Meta;
  readonly inside: CallRecord | undefined;
  readonly conversation: string | undefined;
  readonly cancellation: CancelSignal;
  readonly progress: (value: CallProgress) => unknown;
  /** Empty until it is decided. */
  rule = "";
  readonly #parts: MessageParts;

  constructor(
    parts: MessageParts,
    session: Session,
    method: string,
    params: Record<string, unknown>,
    cancellation: CancelSignal,
    progress: (value: CallProgress) => unknown,
  ) {
    this.#parts = parts;
    this.session = session;
    this.method = method;
    this.params = params;
    this.cancellation = cancellation;
    this.progress = progress;
    this.meta = (params._meta ?? {}) as Meta;
    this.inside = parts.calls.inProgressAt(this.meta.callId, session.plugin);
    this.conversation = conversationOf(params, this.inside, this.meta);
  }

  /** The conversation that the plugin named itself, where it is not that of the call inside which it speaks. */
  get named(): string | undefined {
    return this.conversation === this.inside?.conversation ? undefined : this.conversation;
  }

  get hops(): number {
    const above = this.inside ? this.#parts.calls.hopsOf(this.inside.id) : 0;
    return Math.max(this.meta.hops ?? 0, above);
  }

  /** Aborted too when the call inside which it was sent is cancelled: nobody is asked, and nothing spent, for what nobody wants. */
  get signal(): AbortSignal {
    const own = abortSignalOf(this.cancellation);
    const above = this.inside && this.#parts.calls.cancellationOf(this.inside.id);
    return above ? AbortSignal.any([own, abortSignalOf(above)]) : own;
  }

  get refuse(): ServiceContext["refuse"] {
    return (deed, rule) => this.refused(deed, rule, this.conversation);
  }

  refused(deed: Deed, rule: string, conversation: string | undefined): void {
    const { plugin, alone } = this.session;
    this.#parts.refused(plugin, deed, rule, conversation);
    const verdict = { effect: "deny", rule } as const;
    const alike = JSON.stringify([plugin, deed, rule, conversation]);
    this.#parts.used?.({ principals: alone, ...deed, scope: { conversation } }, verdict, alike);
  }

  get hold(): ServiceContext["hold"] {
    return () => this.#parts.calls.hold(this.session.plugin, this.inside?.id);
  }

  get whileAsking(): ServiceContext["whileAsking"] {
    return (ask) => this.#whileAsking(ask);
  }

  async #whileAsking<T>(ask: () => Promise<T>): Promise<T> {
    const { clock } = this.#parts;
    const release = this.hold();
    let timer: Disposable | undefined;
    const tell = () => {
      this.progress({ message: "Waiting for the person." });
      timer = clock.after(tellMs, tell);
    };
    tell();
    try {
      return await ask();
    } finally {
      timer?.dispose();
      release();
    }
  }
}

/** The conversation that a message is about, for its rights and for its service alike: the one it names comes first. */
function conversationOf(
  params: Record<string, unknown>,
  inside: CallRecord | undefined,
  meta: Meta,
): string | undefined {
  return typeof params.conversation === "string" ? params.conversation : (inside?.conversation ?? meta.conversation);
}
