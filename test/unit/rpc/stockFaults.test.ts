import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import { FrameScanner } from "../../../src/rpc/framing/scanner.ts";
import { memoryPair } from "../../../src/rpc/memory.ts";
import type { ByteSink } from "../../../src/rpc/types.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { bytes, framed, table, turns, withRawPeer } from "./support.ts";

/** One test per fault that a stock JSON-RPC library shows when its peer is not trusted. */
describe("what stock vscode-jsonrpc gets wrong", () => {
  describe("a stray line on stdout", () => {
    it("costs no message, and is told as stray text", async () => {
      const stray: string[] = [];
      const { peer } = withRawPeer({ onStray: (text) => stray.push(text) });
      peer.write("Traceback (most recent call last):\n");
      peer.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { value: "after" } });
      assert.equal((await peer.answer(1)).result, "after");
      assert.equal(stray.join(""), "Traceback (most recent call last):\n");
    });

    it("costs no message when it has no line end", async () => {
      const stray: string[] = [];
      const { peer } = withRawPeer({ onStray: (text) => stray.push(text) });
      peer.write("Loading 10 %...");
      peer.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { value: 1 } });
      peer.write("done.");
      peer.send({ jsonrpc: "2.0", id: 2, method: "echo", params: { value: 2 } });
      assert.equal((await peer.answer(1)).result, 1);
      assert.equal((await peer.answer(2)).result, 2);
      assert.deepEqual(stray, ["Loading 10 %...", "done."]);
    });
  });

  describe("lengths", () => {
    for (const length of ["-5", "0x10", "1e9", "+7", "7.0", "٧", "", "7 7"]) {
      it(`"${length}" is no length: answered with parseError, and the next message is read`, async () => {
        const { peer, calls } = withRawPeer();
        peer.write(`Content-Length: ${length}\r\n\r\n{"a":1}`);
        peer.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { value: "after" } });
        assert.equal((await peer.answer(1)).result, "after");
        const refusal = await peer.answer(null);
        assert.equal(refusal.error?.code, errorCodes.parseError);
        assert.match(refusal.error?.message ?? "", /decimal digits/);
        assert.equal(calls.length, 1);
      });
    }

    for (const length of [String(16 * 1024 * 1024 + 1), "99999999999999999999", `1${"0".repeat(200)}`]) {
      it(`${length.slice(0, 24)} is too large: said to the peer, then the channel closes with a clear reason`, async () => {
        const { peer, connection } = withRawPeer();
        peer.write(`Content-Length: ${length}\r\n\r\n`);
        const reason = await connection.closed;
        assert.equal(reason.kind, "broken");
        assert.match(reason.message, /the limit is 16777216/);
        const { error } = await peer.answer(null);
        assert.equal(error?.code, errorCodes.tooLarge);
        assert.match(error?.message ?? "", /the limit is 16777216/);
        await until("the peer sees the end", () => peer.ended);
      });
    }

    it("an announced body that stays out is waited for with a timer, anew after each piece", async () => {
      const clock = new FakeClock();
      const { peer, connection } = withRawPeer({ clock, limits: { bodyTimeoutMs: 1_000 } });
      let closed = false;
      void connection.closed.then(() => {
        closed = true;
      });
      peer.write("Content-Length: 100\r\n\r\n{");
      await turns();
      clock.advance(900);
      peer.write('"a"');
      await turns();
      clock.advance(900);
      await turns();
      assert.equal(closed, false, "a piece came, so the time starts again");
      clock.advance(200);
      const reason = await connection.closed;
      assert.equal(reason.kind, "broken");
      assert.match(reason.message, /100 bytes was announced, 4 came, then nothing/);
    });
  });

  it("an unterminated header of 32 MiB is read in linear time, in bounded pieces", () => {
    const scanner = new FrameScanner({ headerBytes: 8_192, bodyBytes: 16 * 1024 * 1024 });
    const chunk = bytes("x".repeat(64 * 1024));
    const start = performance.now();
    let strayBytes = 0;
    for (let written = 0; written < 32 * 1024 * 1024; written += chunk.length) {
      scanner.push(chunk);
      for (let piece = scanner.next(); piece; piece = scanner.next()) {
        assert.equal(piece.kind, "stray");
        if (piece.kind === "stray") strayBytes += piece.text.length;
        assert.ok(piece.kind === "stray" && piece.text.length <= 8_192);
      }
    }
    assert.ok(strayBytes > 31 * 1024 * 1024);
    assert.ok(performance.now() - start < 2_000, "32 MiB took more than 2 s");
    scanner.push(framed('{"after":1}'));
    let last = scanner.next();
    while (last && last.kind !== "body") last = scanner.next();
    assert.equal(last?.kind, "body");
  });

  describe("a stuck peer", () => {
    it("is written to within bounds, then told overloaded, and nothing is kept after close", async () => {
      const { peer, connection } = withRawPeer({ limits: { outboundBytes: 100_000, eventQueueBytes: 50_000 } }, false);
      const value = "x".repeat(10_000);
      const answers: Promise<unknown>[] = [];
      for (let count = 0; count < 40; count++) {
        const answer = connection.request("echo", { value });
        answer.catch(() => {});
        answers.push(answer);
      }
      await turns();
      assert.ok(connection.load.queuedBytes <= 100_000);
      assert.ok(connection.load.queuedBytes > 50_000);
      const refused = await failureOf(answers.at(-1) as Promise<unknown>);
      assert.equal(refused.kind, "overloaded");
      assert.ok((refused.details?.retryAfterMs as number) > 0);
      connection.close("enough");
      assert.equal(connection.load.queuedBytes, 0);
      assert.equal(connection.load.outstanding, 0);
      for (const answer of answers) assert.ok(["overloaded", "unavailable"].includes(await kindOf(answer)));
      connection.notify("tell", { text: "after the end" });
      assert.equal(connection.load.queuedBytes, 0);
      peer.end.source.dispose();
    });

    it("that floods us with requests and never reads is closed when even refusals find no room", async () => {
      const { peer, connection } = withRawPeer({ limits: { outboundBytes: 4_096 } }, false);
      const reason = connection.closed;
      let over = false;
      void reason.then(() => {
        over = true;
      });
      for (let id = 0; !over; id += 500) {
        peer.send(
          ...Array.from({ length: 500 }, (_, index) => ({ jsonrpc: "2.0", id: id + index, method: "nonsense" })),
        );
        await turns(5);
        assert.ok(connection.load.queuedBytes < 1_200_000);
      }
      assert.match((await reason).message, /does not read/);
    });
  });

  describe("requests that are pending when the peer is gone", () => {
    it("are settled when the stream ends", async () => {
      const { peer, connection } = withRawPeer();
      const answers = [connection.request("echo", { value: 1 }), connection.request("work", {})];
      for (const answer of answers) answer.catch(() => {});
      peer.end.sink.end();
      for (const answer of answers) assert.equal(await kindOf(answer), "unavailable");
      assert.equal((await connection.closed).kind, "ended");
    });

    it("are settled when the process has exited and the stream is still open", async () => {
      const { connection } = withRawPeer();
      const answer = connection.request("echo", { value: 1 });
      connection.close('plugin "x" exited with code 3');
      const failure = await failureOf(answer);
      assert.equal(failure.kind, "unavailable");
      assert.match(failure.message, /exited with code 3/);
      assert.equal(await kindOf(connection.request("echo", { value: 1 })), "unavailable");
    });
  });

  it("every request has a deadline", async () => {
    const clock = new FakeClock();
    const { peer, connection } = withRawPeer({ clock });
    const answer = failureOf(connection.request("echo", { value: 1 }));
    await peer.next("the request came", (message) => message.method === "echo");
    clock.advance(59_999);
    assert.equal(connection.load.outstanding, 1);
    clock.advance(1);
    assert.equal((await answer).kind, "timeout");
    assert.equal(connection.load.outstanding, 0);
    await peer.next("the peer is told", (message) => message.method === "$/cancelRequest");
  });

  describe("a sink that fails", () => {
    it("is written to no more after its first error; the error ends the channel once, quietly", async () => {
      const { left } = memoryPair();
      const errors: ((error: Error) => void)[] = [];
      let writes = 0;
      let writesBefore: number | undefined;
      const sink: ByteSink = {
        write: () => {
          writes++;
          const error = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
          setImmediate(() => {
            writesBefore ??= writes;
            for (const listener of errors) listener(error);
          });
          return true;
        },
        onDrain: () => ({ dispose() {} }),
        onError: (listener) => {
          errors.push(listener);
          return { dispose() {} };
        },
        end: () => assert.fail("a broken sink is not ended"),
        dispose: () => {},
      };
      const logged: string[] = [];
      const connection = createConnection({
        source: left.source,
        sink,
        local: table,
        remote: table,
        handlers: {},
        logger: { log: (level, message) => void (level !== "debug" && logged.push(message)) },
      });
      const rejections: unknown[] = [];
      const onRejection = (error: unknown) => rejections.push(error);
      process.on("unhandledRejection", onRejection);
      try {
        const answers = Array.from({ length: 50 }, () => kindOf(connection.request("echo", { value: 1 })));
        assert.equal((await connection.closed).kind, "broken");
        connection.notify("tell", { text: "after" });
        answers.push(kindOf(connection.request("echo", { value: 1 })));
        for (const listener of errors) listener(new Error("write EPIPE"));
        assert.deepEqual([...new Set(await Promise.all(answers))], ["unavailable"]);
        await turns(5);
        assert.ok(writes > 0);
        assert.equal(writes, writesBefore);
        assert.deepEqual(logged, []);
        assert.deepEqual(rejections, []);
      } finally {
        process.off("unhandledRejection", onRejection);
      }
    });
  });

  describe("messages that are none", () => {
    const cases: [string, string | Uint8Array, number, RegExp][] = [
      ["bad JSON", '{"jsonrpc": "2.0", "id": 1,', errorCodes.parseError, /not JSON/],
      ["an empty body", "", errorCodes.parseError, /not JSON/],
      [
        "a batch",
        '[{"jsonrpc":"2.0","id":1,"method":"echo","params":{"value":1}}]',
        errorCodes.invalidRequest,
        /[Bb]atch/,
      ],
      ["a bare value", "42", errorCodes.invalidRequest, /JSON object/],
      ["no version", '{"id":1,"method":"echo"}', errorCodes.invalidRequest, /2\.0/],
      ["another version", '{"jsonrpc":"1.0","id":1,"method":"echo"}', errorCodes.invalidRequest, /2\.0/],
      ["neither method nor result", '{"jsonrpc":"2.0","id":1}', errorCodes.invalidRequest, /"result" or "error"/],
      [
        "both result and error",
        '{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}',
        errorCodes.invalidRequest,
        /both/,
      ],
      [
        "a method with a result",
        '{"jsonrpc":"2.0","id":1,"method":"echo","result":1}',
        errorCodes.invalidRequest,
        /cannot have/,
      ],
      [
        "an error without a code",
        '{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}',
        errorCodes.invalidRequest,
        /"code"/,
      ],
      ["a method that is no string", '{"jsonrpc":"2.0","id":1,"method":7}', errorCodes.invalidRequest, /"method"/],
      ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"echo"}', errorCodes.invalidRequest, /"id"/],
      ["an id that is null", '{"jsonrpc":"2.0","id":null,"method":"echo"}', errorCodes.invalidRequest, /"id"/],
      ["an id with a fraction", '{"jsonrpc":"2.0","id":1.5,"method":"echo"}', errorCodes.invalidRequest, /"id"/],
      [
        "params that are a string",
        '{"jsonrpc":"2.0","id":1,"method":"echo","params":"x"}',
        errorCodes.invalidRequest,
        /"params"/,
      ],
    ];
    for (const [what, body, code, message] of cases) {
      it(`${what} is answered with ${code}, and the next message is read`, async () => {
        const { peer, calls } = withRawPeer();
        peer.write(framed(body));
        peer.send({ jsonrpc: "2.0", id: 9, method: "echo", params: { value: "after" } });
        assert.equal((await peer.answer(9)).result, "after");
        const refusal = peer.received.find((answer) => answer.error);
        const { error } = refusal ?? {};
        assert.equal(error?.code, code);
        assert.match(error?.message ?? "", message);
        const { kind } = (error?.data ?? {}) as { kind?: keyof typeof errorCodes };
        assert.equal(kind && errorCodes[kind], code);
        assert.equal(calls.length, 1);
      });
    }

    it("a body that is not UTF-8 is answered with parseError", async () => {
      const { peer } = withRawPeer();
      const body = bytes('{"jsonrpc":"2.0","id":1,"method":"echo","params":{"value":"??"}}');
      body.set([0xed, 0xa0], body.indexOf(0x3f));
      peer.write(`Content-Length: ${body.length}\r\n\r\n`);
      peer.write(body);
      assert.equal((await peer.answer(null)).error?.code, errorCodes.parseError);
    });

    const deep = `${"[".repeat(limits.nesting + 1)}${"]".repeat(limits.nesting + 1)}`;
    for (const [what, rest] of [
      ["without result or error", ""],
      ["with a result nested too deep", `,"result":${deep}`],
      ["with the key of a prototype in it", ',"result":{"a":{"__proto__":{}}}'],
      ["with a prototype beside its result", ',"result":1,"__proto__":{"method":"echo"}'],
      ["of another version", ',"result":1,"jsonrpc":"1.0"'],
    ] as const)
      it(`a response ${what} fails its request at once`, async () => {
        const { peer, connection } = withRawPeer();
        const answer = failureOf(connection.request("echo", { value: 1 }));
        const request = await peer.next("the request came", (message) => message.method === "echo");
        const body = `{"jsonrpc":"2.0","id":${JSON.stringify(request.id)}${rest}}`;
        peer.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
        assert.match((await answer).message, /is no response: .*[^.]\.$/);
        assert.equal(connection.load.outstanding, 0);
      });

    it("a second request with an id in flight is refused and cannot steal the first one's answer", async () => {
      const answers: ((value: unknown) => void)[] = [];
      const { peer } = withRawPeer({ handlers: { echo: () => new Promise((resolve) => answers.push(resolve)) } });
      const request = { jsonrpc: "2.0", id: 5, method: "echo", params: { value: 1 } };
      peer.send(request, request);
      const refusal = await peer.answer(null);
      assert.equal(refusal.error?.code, errorCodes.invalidRequest);
      assert.equal(answers.length, 1);
      answers[0]?.("first");
      assert.equal((await peer.answer(5)).result, "first");
      peer.send(request);
      await until("the id may be used again", () => answers.length === 2, { everyMs: 1 });
    });
  });

  describe("typed handlers", () => {
    it("never see params that break the schema; the peer is told the field", async () => {
      const { peer, calls } = withRawPeer();
      peer.send(
        { jsonrpc: "2.0", id: 1, method: "echo", params: { value: 1, nested: { a: "no number" } } },
        { jsonrpc: "2.0", id: 2, method: "echo", params: [1, 2] },
        { jsonrpc: "2.0", method: "tell", params: { text: 5 } },
      );
      const refusal = await peer.answer(1);
      assert.equal(refusal.error?.code, errorCodes.invalidParams);
      assert.match(refusal.error?.message ?? "", /nested\.a/);
      assert.match((await peer.answer(2)).error?.message ?? "", /by name/);
      await turns();
      assert.deepEqual(calls, []);
    });

    it("keep the text of what they throw to themselves", async () => {
      const logged: unknown[] = [];
      const { peer } = withRawPeer({
        handlers: {
          echo: () => {
            throw new Error("password=hunter2");
          },
          work: async () => {
            throw { message: "password=hunter2" };
          },
        },
        logger: { log: (level, message, fields) => void logged.push([level, message, fields]) },
      });
      peer.send(
        { jsonrpc: "2.0", id: 1, method: "echo", params: { value: 1 } },
        { jsonrpc: "2.0", id: 2, method: "work" },
      );
      for (const id of [1, 2]) {
        const { error } = await peer.answer(id);
        assert.equal(error?.code, errorCodes.internal);
        assert.ok(!JSON.stringify(error).includes("hunter2"));
      }
      assert.ok(JSON.stringify(logged).includes("hunter2"), "the log has it");
    });
  });

  it("a duplicate key in the body cannot out-vote what was checked: handler and answer see one and the same message", async () => {
    const { peer, calls } = withRawPeer();
    peer.write(
      framed(
        '{"jsonrpc":"2.0","id":1,"method":"tell","id":2,"method":"echo","params":{"value":"a"},"params":{"value":"b"}}',
      ),
    );
    assert.equal((await peer.answer(2)).result, "b");
    assert.deepEqual(calls, [{ value: "b" }]);
    assert.ok(!peer.received.some((message) => message.id === 1));
  });
});
