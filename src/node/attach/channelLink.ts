import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { Logger } from "../../base/logger.ts";
import { handshake } from "../../core/plugins/handshake.ts";
import type { Peer, PluginMessageHandler } from "../../core/ports.ts";
import type { InitializeParams } from "../../protocol/plugin/lifecycle.ts";
import { hostToPlugin, pluginToHost } from "../../protocol/plugin/methods.ts";
import { createConnection } from "../../rpc/connection.ts";
import type { Incoming } from "../../rpc/types.ts";
import { bytesOf } from "./bytes.ts";
import type { FrameSocket } from "./frames.ts";
import type { Link } from "./link.ts";

export interface ChannelLinkOptions {
  readonly frames: FrameSocket;
  readonly name: string;
  readonly params: Omit<InitializeParams, "protocolVersion">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Handled by the channel itself. */
const own = ["$/ping", "$/cancelRequest", "$/progress", "$/credit"];

/**
 * The channel itself over a socket, one message per frame. Asks the plugin to `initialize`; what supervises it later gets
 * this same answer, because a plugin is asked once.
 *
 * @throws Failure as `handshake` does
 */
export async function openChannel({ frames, name, params, clock, logger }: ChannelLinkOptions): Promise<Link> {
  let serve: PluginMessageHandler = (method) => {
    throw new Failure("invalidRequest", `"${method}" came before "initialized".`, {
      todo: "Send nothing but the answer to initialize until initialized has come; a person may have to let you in first.",
    });
  };
  const handlers: Record<string, (params: never, incoming: Incoming) => unknown> = {};
  for (const method of Object.keys(pluginToHost)) {
    if (own.includes(method)) continue;
    handlers[method] = (sent: Record<string, unknown>, incoming) =>
      serve(method, sent, incoming.cancellation, (value) => incoming.progress(value));
  }
  const connection = createConnection({
    ...bytesOf(frames),
    local: pluginToHost,
    remote: hostToPlugin,
    handlers,
    clock,
    logger,
    limits: params.limits,
    peer: `plugin "${name}"`,
    onUnknownField: ({ method, field }) =>
      logger.log("warn", `${name} sent a field that this version does not know: ${field} of ${method}.`),
  });
  const raw: Peer = {
    request: (method, sent, options) => connection.request(method as "call", sent as never, options),
    notify: (method, sent) => connection.notify(method as "exit", sent as never),
    notifyShared: (method, own, shared) => connection.notifyShared(method as "deliver", own, shared),
    roomForEvents: () => connection.roomForEvents(),
    closed: connection.closed,
  };
  const stated = await handshake(raw, params, new AbortController().signal);
  return {
    stated,
    closed: connection.closed,
    onText: () => ({ dispose() {} }),
    peer: {
      ...raw,
      request: (method, sent, options) =>
        method === "initialize" ? Promise.resolve(stated) : raw.request(method, sent, options),
    },
    serve(onMessage) {
      serve = onMessage;
    },
    close(reason) {
      try {
        connection.notify("exit", {});
      } catch {
        // There is no room for it: the plugin does not read. The end of the socket says the same.
      }
      connection.close(reason);
    },
    kill: () => frames.terminate(),
  };
}
