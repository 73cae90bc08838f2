import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";
import { FakeClock } from "../../../src/base/clock.ts";
import { EnvelopeLink } from "../../../src/node/attach/envelopeLink.ts";
import { FrameSocket } from "../../../src/node/attach/frames.ts";
import { until } from "../../support/until.ts";

/** A socket whose peer reads nothing while `bufferedAmount` is large, and never answers a close. */
class StillSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly closes: [number, string][] = [];
  send(body: string): void {
    this.sent.push(body);
  }
  close(code: number, reason: string): void {
    this.readyState = 2;
    this.closes.push([code, reason]);
  }
  terminate(): void {
    this.emit("close", 1006, Buffer.from(""));
  }
  pause(): void {}
  resume(): void {}
}

function linked() {
  const clock = new FakeClock(1_000);
  const socket = new StillSocket();
  const frames = new FrameSocket(socket as unknown as WebSocket, clock);
  const register = { type: "register" as const, plugin: "goose", port: 1, capabilities: [] };
  const link = new EnvelopeLink({ frames, register, clock, healthMs: 60_000, limits: { outboundBytes: 1_000 } });
  link.serve(async () => "answer");
  const come = (envelope: object) => socket.emit("message", Buffer.from(JSON.stringify(envelope)), false);
  return { clock, socket, link, come };
}

describe("the link to a plugin that speaks envelopes", () => {
  const request = { type: "request", requestId: "1", capability: "good/go", payload: {} };

  it("ends with the reason where the plugin asks and does not read the answers", async () => {
    const { clock, socket, link, come } = linked();
    come(request);
    await until("it is answered while there is room", () => socket.sent.length === 1);
    socket.bufferedAmount = 1_000;
    come({ ...request, requestId: "2" });
    await until("the socket is closed", () => socket.closes.length > 0);
    const why = 'Plugin "goose" does not read what is sent to it.';
    assert.deepEqual(socket.closes, [[4410, why]]);
    clock.advance(1_000);
    assert.deepEqual(await link.closed, { message: why, kind: "broken" });
    assert.equal(socket.sent.length, 1);
  });

  it("answers a request that it cannot read under its id, so that nobody waits for ever", () => {
    const { socket, come } = linked();
    const answers = (envelope: object) => {
      come(envelope);
      return JSON.parse(socket.sent.at(-1) ?? "") as Record<string, unknown>;
    };
    for (const [flawed, words] of [
      [{ ...request, payload: [] }, 'It is no envelope: "payload" must be an object.'],
      [{ ...request, requestId: 7, capability: undefined }, 'It is no envelope: "capability" is missing.'],
      [{ ...request, plugin: "hello" }, "This connection is goose's and cannot speak for another plugin."],
      [{ ...request, payload: JSON.parse('{"__proto__": 1}') }, 'The key "__proto__" is not allowed.'],
    ] as const) {
      const { requestId } = flawed;
      assert.deepEqual(answers(flawed), { type: "response", requestId, success: false, error: words });
    }
    for (const flawed of [{ ...request, requestId: "" }, { ...request, type: "ask" }, { type: "health" }]) {
      assert.equal(answers(flawed).type, "error");
    }
  });

  it("names what was asked for in its answer to a request that can be nobody's", async () => {
    const { socket, come } = linked();
    for (const [at, capability] of ["/", "good/go/on", "/go"].entries()) {
      come({ ...request, capability });
      const answer = JSON.parse(await until("it is answered", () => socket.sent[at])) as Record<string, unknown>;
      assert.equal(answer.error, `"${capability}" cannot be asked for so.`);
    }
  });

  it("ends likewise where what it sends is refused and there is no room to say so", async () => {
    const { socket, come } = linked();
    socket.bufferedAmount = 1_000;
    come({ type: "hello" });
    assert.deepEqual(
      socket.closes.map(([code]) => code),
      [4410],
    );
  });
});
