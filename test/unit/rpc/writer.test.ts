import assert from "node:assert/strict";
import type { Message } from "vscode-jsonrpc/node";
import { Failure } from "../../../src/base/failure.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { type Frame, textFrame } from "../../../src/rpc/frame.ts";
import { controlReserve, type Lane } from "../../../src/rpc/framing/lanes.ts";
import { FrameScanner } from "../../../src/rpc/framing/scanner.ts";
import { FramingWriter, laneOf } from "../../../src/rpc/framing/writer.ts";
import type { ByteSink } from "../../../src/rpc/types.ts";
import { bytes, turns } from "./support.ts";

/** A sink that notes what it is given and is as slow as told. */
class NotingSink implements ByteSink {
  readonly writes: Uint8Array[] = [];
  flows = true;
  ended = false;
  disposed = false;
  drain: () => void = () => {};
  fail: (error: Error) => void = () => {};

  write(chunk: Uint8Array): boolean {
    assert.ok(!this.ended && !this.disposed, "written to after the end");
    this.writes.push(chunk);
    return this.flows;
  }
  onDrain(listener: () => void) {
    this.drain = listener;
    return { dispose: () => {} };
  }
  onError(listener: (error: Error) => void) {
    this.fail = listener;
    return { dispose: () => {} };
  }
  end() {
    this.ended = true;
  }
  dispose() {
    this.disposed = true;
  }
  get methods(): string[] {
    const scanner = new FrameScanner({ headerBytes: 8_192, bodyBytes: 1 << 26 });
    for (const chunk of this.writes) scanner.push(chunk);
    const found: string[] = [];
    for (let piece = scanner.next(); piece; piece = scanner.next()) {
      assert.equal(piece.kind, "body");
      if (piece.kind === "body") found.push(JSON.parse(new TextDecoder().decode(piece.bytes)).method);
    }
    return found;
  }
}

const message = (method: string, size = 0) => ({ jsonrpc: "2.0", method, params: { pad: "x".repeat(size) } });

/** A message as a frame of its own, as those that many connections share. */
function frameOf(written: object): Frame {
  const { header, body, size } = textFrame(written, limits.bodyBytes);
  return { header, body: bytes(body), size };
}

function overloaded(run: () => void): boolean {
  try {
    run();
    return false;
  } catch (error) {
    assert.ok(error instanceof Failure && error.kind === "overloaded");
    return true;
  }
}

describe("the lane of a message", () => {
  const lanes: [string, object, Lane][] = [
    ["a ping", { jsonrpc: "2.0", id: 1, method: "$/ping" }, "control"],
    ["a cancel", { jsonrpc: "2.0", method: "$/cancelRequest" }, "control"],
    ["a response", { jsonrpc: "2.0", id: 1, result: null }, "responses"],
    ["progress, which no answer may overtake", { jsonrpc: "2.0", method: "$/progress" }, "responses"],
    ["a request", { jsonrpc: "2.0", id: 1, method: "call" }, "requests"],
    ["any other notification", { jsonrpc: "2.0", method: "deliver" }, "events"],
  ];
  for (const [what, written, lane] of lanes) {
    it(`of ${what} is ${lane}`, () => assert.equal(laneOf(written as Message), lane));
  }
});

describe("the writer", () => {
  it("writes everything of one turn at once, header and body together", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    for (let n = 0; n < 15; n++) writer.send(message(`m${n}`), "requests");
    assert.equal(sink.writes.length, 0);
    await turns(1);
    assert.equal(sink.writes.length, 1);
    assert.deepEqual(
      sink.methods,
      Array.from({ length: 15 }, (_, n) => `m${n}`),
    );
    assert.equal(writer.queuedBytes, 0);
  });

  it("lets batches leave before the turn is over where there is much to send, so that the peer need not wait for the last", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    for (let n = 0; n < 40; n++) writer.send(message(`m${n}`), "requests");
    assert.equal(sink.methods.length, 32);
    await turns(1);
    assert.deepEqual(
      sink.methods,
      Array.from({ length: 40 }, (_, n) => `m${n}`),
    );
    assert.equal(sink.writes.length, 3);
    writer.send(message("long", 70_000), "requests");
    assert.equal(sink.writes.length, 4);
  });

  it("counts bytes and not characters, and writes shared frames between its own messages", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    writer.send({ method: "é€😀" }, "events");
    writer.sendFrame(frameOf({ method: "shared ü" }), "events");
    writer.send({ method: "\ud800" }, "events");
    const waiting = writer.queuedBytes;
    await turns(1);
    assert.deepEqual(sink.methods, ["é€😀", "shared ü", "\ud800"]);
    assert.equal(sink.writes.length, 1);
    assert.equal(sink.writes[0]?.length, waiting);
  });

  it("lets urgent lanes go first and keeps the order inside each", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    writer.send(message("e1"), "events");
    writer.send(message("q1"), "requests");
    writer.send(message("r1"), "responses");
    writer.send(message("e2"), "events");
    writer.send(message("c1"), "control");
    writer.send(message("r2"), "responses");
    await turns(1);
    assert.deepEqual(sink.methods, ["c1", "r1", "r2", "q1", "e1", "e2"]);
  });

  it("waits for a slow sink, then goes on with what is urgent by then", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    sink.flows = false;
    writer.send(message("first"), "events");
    await turns(1);
    for (let n = 0; n < 5; n++) writer.send(message(`event${n}`), "events");
    await turns(2);
    assert.deepEqual(sink.methods, ["first"]);
    writer.send(message("urgent"), "control");
    assert.ok(writer.queuedBytes > 0);
    sink.flows = true;
    sink.drain();
    assert.deepEqual(sink.methods.slice(0, 2), ["first", "urgent"]);
    assert.equal(sink.methods.length, 7);
    assert.equal(writer.queuedBytes, 0);
  });

  it("counts the bytes of the write that the sink has not let go", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink, limits: { outboundBytes: 10_000 } });
    sink.flows = false;
    writer.send(message("a", 6_000), "requests");
    await turns(1);
    assert.ok(writer.queuedBytes > 6_000);
    assert.ok(overloaded(() => writer.send(message("b", 6_000), "requests")));
    sink.drain();
    writer.send(message("b", 6_000), "requests");
  });

  it("refuses with overloaded over 32 MiB, but keeps a reserve for control", async () => {
    const sink = new NotingSink();
    sink.flows = false;
    const writer = new FramingWriter({ sink });
    writer.send(message("first"), "requests");
    await turns(1);
    const frame = frameOf(message("m", 1024 * 1024 - 200));
    let count = 0;
    while (!overloaded(() => writer.sendFrame(frame, "requests"))) count++;
    assert.equal(count, 32);
    assert.ok(writer.queuedBytes <= 32 * 1024 * 1024);
    while (!overloaded(() => writer.send(message("m"), "requests")));
    writer.send(message("c", 1_000), "control");
    assert.ok(overloaded(() => writer.sendFrame(frameOf(message("c", controlReserve + 16_384)), "control")));
  });

  it("bounds events by themselves, so that they leave room for requests; one large event always fits", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink, limits: { outboundBytes: 100_000, eventQueueBytes: 10_000 } });
    writer.send(message("large", 50_000), "events");
    assert.ok(overloaded(() => writer.send(message("e", 10), "events")));
    writer.send(message("q", 20_000), "requests");
    await turns(1);
    assert.deepEqual(sink.methods, ["q", "large"]);
    writer.send(message("e", 10), "events");
  });

  it("takes back what has not left", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    for (const id of [1, 2, 3]) writer.send(message(`m${id}`), "requests", id);
    assert.equal(writer.withdraw("requests", 2), true);
    assert.equal(writer.withdraw("requests", 2), false);
    await turns(1);
    assert.deepEqual(sink.methods, ["m1", "m3"]);
    assert.equal(writer.withdraw("requests", 1), false);
    assert.equal(writer.queuedBytes, 0);
  });

  it("hands large bodies over without joining them, and small ones around them in order", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    writer.send(message("a"), "requests");
    writer.send(message("L", 300_000), "requests");
    writer.send(message("b"), "requests");
    await turns(1);
    assert.deepEqual(sink.methods, ["a", "L", "b"]);
    assert.equal(sink.writes.length, 3);
  });

  it("keeps the order through thousands of messages and refusals", async () => {
    const sink = new NotingSink();
    sink.flows = false;
    const writer = new FramingWriter({ sink, limits: { outboundBytes: 300_000 } });
    const sent: string[] = [];
    for (let n = 0; n < 6_000; n++) {
      if (!overloaded(() => writer.send(message(`m${n}`, 400), "requests"))) sent.push(`m${n}`);
      if (n % 1_000 === 999) {
        sink.drain();
        await turns(1);
      }
    }
    sink.flows = true;
    while (writer.queuedBytes > 0) sink.drain();
    assert.deepEqual(sink.methods, sent);
    assert.ok(sent.length < 6_000);
  });

  it("writes what waits when it ends, closes the sink, and refuses from then on", () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink });
    writer.send(message("last"), "responses");
    writer.end();
    assert.deepEqual(sink.methods, ["last"]);
    assert.ok(sink.ended);
    assert.throws(() => writer.send(message("after"), "control"), { kind: "unavailable" });
  });

  it("does not wait for a stuck sink when it ends: the stream is destroyed and the lanes are empty", async () => {
    const sink = new NotingSink();
    sink.flows = false;
    const writer = new FramingWriter({ sink });
    writer.send(message("first"), "responses");
    await turns(1);
    writer.send(message("second"), "responses");
    writer.end();
    assert.ok(sink.disposed);
    assert.equal(writer.queuedBytes, 0);
  });

  it("refuses what is too large or is not JSON, and nothing of it leaves", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink, limits: { bodyBytes: 1_000 } });
    assert.throws(() => writer.send(message("m", 1_000), "requests"), { kind: "tooLarge" });
    assert.throws(() => writer.send({ text: "é".repeat(600) }, "requests"), { kind: "tooLarge" });
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    assert.throws(() => writer.send(cycle, "requests"), { kind: "invalidParams" });
    assert.throws(() => writer.send({ big: 1n }, "requests"), { kind: "invalidParams" });
    await turns(1);
    assert.equal(sink.writes.length, 0);
  });

  it("tells when there is room for events again: not before half of what waits has left, and at its end", async () => {
    const sink = new NotingSink();
    const writer = new FramingWriter({ sink, limits: { eventQueueBytes: 400_000 } });
    const event = () => writer.send(message("deliver", 30_000), "events");
    assert.equal(writer.roomForEvents(), undefined);
    sink.flows = false;
    for (let sent = 0; sent < 10; sent++) event();
    const room = writer.roomForEvents();
    assert.ok(room);
    let told = 0;
    void room.then(() => told++);
    sink.drain();
    await turns();
    assert.equal(told, 0, "what was written is still with the sink");
    sink.flows = true;
    sink.drain();
    await turns();
    assert.equal(told, 1);
    assert.equal(writer.roomForEvents(), undefined);
    sink.flows = false;
    for (let sent = 0; sent < 10; sent++) event();
    void writer.roomForEvents()?.then(() => told++);
    writer.dispose();
    await turns();
    assert.equal(told, 2);
  });
});
