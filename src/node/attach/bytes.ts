import { toDisposable } from "../../base/dispose.ts";
import type { ByteSink, ByteSource } from "../../rpc/types.ts";
import { closeCodes, type FrameSocket, onEnd } from "./frames.ts";

/**
 * Text frames as the bytes that the channel reads and writes, so that its reader and all its limits serve sockets too: each
 * frame that comes gets a header of our making, whatever it holds; each message that leaves becomes one frame.
 */
export function bytesOf(frames: FrameSocket): { source: ByteSource; sink: ByteSink } {
  const cutter = new FrameCutter();
  const source: ByteSource = {
    onData(listener) {
      frames.listen((body) => {
        listener(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
      });
      return toDisposable(() => frames.hold());
    },
    onEnd: (listener) => onEnd(frames, listener),
    pause: () => frames.pause(),
    resume: () => frames.resume(),
    dispose: () => frames.close(closeCodes.normal, "The channel is closed."),
  };
  const sink: ByteSink = {
    write(chunk) {
      let flows = true;
      for (const body of cutter.push(chunk)) flows = frames.send(body) && flows;
      return flows;
    },
    onDrain: (listener) => frames.onDrain(listener),
    onError: () => toDisposable(() => {}),
    end: () => frames.close(closeCodes.normal, "The channel is closed."),
    dispose: () => frames.terminate(),
  };
  return { source, sink };
}

/** Cuts our own writer's bytes into bodies. A body may come in a write of its own. */
class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): Buffer[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const bodies: Buffer[] = [];
    for (;;) {
      const head = this.#rest.indexOf("\r\n\r\n");
      if (head < 0) return bodies;
      const length = Number(/^Content-Length: (\d+)/i.exec(this.#rest.toString("latin1", 0, head))?.[1]);
      const end = head + 4 + length;
      if (!(this.#rest.length >= end)) return bodies;
      bodies.push(this.#rest.subarray(head + 4, end));
      this.#rest = this.#rest.subarray(end);
    }
  }
}
