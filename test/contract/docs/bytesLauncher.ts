/** A plugin that is nothing but bytes: what it sends is written by hand, what it gets is looked at as it stands. */
import { deferred } from "../../../src/base/deferred.ts";
import { Emitter } from "../../../src/base/emitter.ts";
import type { ExitInfo, LauncherPort } from "../../../src/core/ports.ts";
import { hostToPlugin, pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import { type MemoryEnd, memoryPair } from "../../../src/rpc/memory.ts";
import type { Incoming } from "../../../src/rpc/types.ts";

export type Message = Record<string, unknown>;

/** A launcher whose process is the test: the host's end is the real channel, the other end is bytes. */
export function bytesLauncher(): { launcher: LauncherPort; plugin: RawEnd } {
  const { left, right } = memoryPair();
  const launcher: LauncherPort = {
    launch(_spec, onMessage) {
      const exited = deferred<ExitInfo>();
      const handle = (method: string) => (params: Message, incoming: Incoming) =>
        onMessage(method, params, incoming.signal, incoming.progress);
      const handlers = Object.fromEntries(
        Object.keys(pluginToHost)
          .filter((method) => !["$/ping", "$/cancelRequest", "$/progress", "$/credit"].includes(method))
          .map((method) => [method, handle(method)]),
      );
      const connection = createConnection({ ...left, local: pluginToHost, remote: hostToPlugin, handlers });
      const stop = async () => {
        await connection.request("shutdown", {});
        connection.notify("exit", {});
        exited.resolve({ code: 0, signal: null, stderr: "" });
        return exited.promise;
      };
      return {
        pid: 1,
        runDir: "/home/ada/runs/raw-1",
        exited: exited.promise,
        onText: new Emitter<{ stream: "stderr" | "stray"; text: string }>().event,
        stop,
        kill: () => connection.close("killed"),
        peer: {
          closed: connection.closed,
          request: (method, params, options) => connection.request(method as "call", params as never, options),
          notify: (method, params) => connection.notify(method as "exit", params as never),
        },
      };
    },
  };
  return { launcher, plugin: new RawEnd(right) };
}

/** Frames and bytes, by hand. */
export class RawEnd {
  readonly received: Message[] = [];
  readonly #end: MemoryEnd;
  #bytes = Buffer.alloc(0);

  constructor(end: MemoryEnd) {
    this.#end = end;
    end.source.onData((chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      for (;;) {
        const header = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#bytes.toString("latin1", 0, 64));
        const start = header?.[0].length ?? 0;
        const end = start + Number(header?.[1] ?? 0);
        if (!header || this.#bytes.length < end) return;
        this.received.push(JSON.parse(this.#bytes.toString("utf8", start, end)) as Message);
        this.#bytes = this.#bytes.subarray(end);
      }
    });
  }

  write(message: Message): void {
    const body = Buffer.from(JSON.stringify(message));
    this.#end.sink.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  }
}
