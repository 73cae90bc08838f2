import type { Event } from "../../base/emitter.ts";
import type { Peer, PluginMessageHandler } from "../../core/ports.ts";
import type { InitializeResult } from "../../protocol/plugin/lifecycle.ts";

/** A plugin at the other end of a socket that has said what it is, whichever of the two dialects it speaks. */
export interface Link {
  readonly peer: Peer;
  readonly stated: InitializeResult;
  /** Text outside the protocol, for the plugin's log. */
  readonly onText: Event<{ stream: "stderr" | "stray"; text: string }>;
  readonly closed: Promise<{ readonly message: string; readonly kind: "ended" | "broken" | "closed" }>;
  /** From now on its messages go here; before, they are refused. */
  serve(onMessage: PluginMessageHandler): void;
  /** Tells it to leave and closes the socket. */
  close(reason: string): void;
  kill(): void;
}
