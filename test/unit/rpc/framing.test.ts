import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../../../src/rpc/framing/bytes.ts";
import { FramingReader } from "../../../src/rpc/framing/reader.ts";
import { FrameScanner, type Piece } from "../../../src/rpc/framing/scanner.ts";
import { memoryPair } from "../../../src/rpc/memory.ts";
import { kindOf } from "../../support/failures.ts";
import { bytes, framed, joined, turns, withRawPeer } from "./support.ts";

const limits = { headerBytes: 8_192, bodyBytes: 16 * 1024 * 1024 };
const text = new TextDecoder();

/** Cuts bytes at these places. */
function cut(all: Uint8Array, places: number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (all.length + 1)).sort((a, b) => a - b), all.length];
  return at.slice(1).map((end, index) => all.slice(at[index], end));
}

/** What the scanner makes of chunks: bodies in order, all stray text in one, and faults. */
function scan(chunks: readonly Uint8Array[]): { bodies: string[]; stray: string; faults: string[] } {
  const scanner = new FrameScanner(limits);
  const found = { bodies: [] as string[], stray: "", faults: [] as string[] };
  const take = (piece: Piece | undefined) => {
    if (!piece) return false;
    if (piece.kind === "body") found.bodies.push(text.decode(piece.bytes));
    else if (piece.kind === "stray") found.stray += piece.text;
    else found.faults.push(piece.kind);
    return true;
  };
  for (const chunk of chunks) {
    scanner.push(chunk);
    while (take(scanner.next()));
  }
  take(scanner.finish());
  return found;
}

const body = fc.oneof(
  fc.json(),
  fc.string({ unit: "binary", maxLength: 40 }).map((value) => JSON.stringify(value)),
);
const places = fc.array(fc.nat(), { maxLength: 30 });
/** Text that is no header, with and without line ends. */
const garbage = fc.string({ maxLength: 60 }).filter((value) => !/content-/i.test(value) && value.trim() !== "");

describe("framing", () => {
  it("yields the same messages however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 8 }), places, (bodies, at) => {
        const found = scan(cut(joined(bodies.map(framed)), at));
        assert.deepEqual(found, { bodies, stray: "", faults: [] });
      }),
    );
  });

  it("yields every message between any garbage, and the garbage, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(garbage, fc.boolean(), body), { minLength: 1, maxLength: 6 }),
        places,
        (items, at) => {
          const parts = items.flatMap(([noise, line, value]) => [bytes(line ? `${noise}\n` : noise), framed(value)]);
          const found = scan(cut(joined(parts), at));
          assert.deepEqual(
            found.bodies,
            items.map(([, , value]) => value),
          );
          assert.deepEqual(found.faults, []);
          for (const [noise] of items) for (const word of noise.split(/\s+/)) assert.ok(found.stray.includes(word));
        },
      ),
    );
  });

  it("never throws and never loses its way on any bytes: a good message after a line end is found", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), places, (noise, at) => {
        fc.pre(!/content-/i.test(text.decode(noise)));
        const found = scan(cut(joined([noise, bytes("\n"), framed('{"after":1}')]), at));
        assert.equal(found.bodies.at(-1), '{"after":1}');
      }),
    );
  });

  const forms: [string, string, string[]][] = [
    ["another case of letters", "content-LENGTH:2\r\n\r\n{}", ["{}"]],
    [
      "a type before the length",
      "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
      ["{}"],
    ],
    ["a type after the length", "Content-Length: 2\r\nContent-Type: x\r\n\r\n{}", ["{}"]],
    ["line feeds alone", "Content-Length: 2\n\n{}", ["{}"]],
    ["leading zeros", "Content-Length: 0002\r\n\r\n{}", ["{}"]],
    ["a header that is broken off by another", "Content-Length: 9\r\nContent-Length: 2\r\n\r\n{}", ["{}"]],
    [
      "a header with a line that is no field",
      "Content-Length: 9\r\nno field\r\n\r\nContent-Length: 2\r\n\r\n{}",
      ["{}"],
    ],
    ["a type without a length", "Content-Type: x\r\n\r\nContent-Length: 2\r\n\r\n{}", ["{}"]],
    ["a byte order mark", "\ufeffContent-Length: 2\r\n\r\n{}", ["{}"]],
    [
      "a header of more than 8 KiB",
      `Content-Length: 2\r\n${"X: y\r\n".repeat(2_000)}\r\n{}\nContent-Length: 3\r\n\r\n{ }`,
      ["{ }"],
    ],
  ];
  for (const [what, written, bodies] of forms) {
    it(`reads ${what}`, () => {
      assert.deepEqual(scan([bytes(written)]).bodies, bodies);
      assert.deepEqual(scan(cut(bytes(written), [...bytes(written).keys()])).bodies, bodies);
    });
  }

  it("tells a header that was broken off as stray text", () => {
    const found = scan([bytes("Content-Length: 9\r\nContent-Length: 2\r\n\r\n{}")]);
    assert.deepEqual(found, { bodies: ["{}"], stray: "Content-Length: 9\n", faults: [] });
  });

  it("finds no byte behind what has come", () => {
    const queue = new ByteQueue();
    queue.push(bytes("ab"));
    queue.push(bytes("c"));
    assert.equal(queue.indexOf(0, 0), -1);
    assert.equal(queue.indexOf(99, 0), 2);
  });

  it("joins an announced body in one buffer of its size, and leaves what comes behind it where it lies", () => {
    const scanner = new FrameScanner({ headerBytes: 8_192, bodyBytes: 1 << 20 });
    const [first, second] = [`"${"a".repeat(99_998)}"`, `"${"b".repeat(50)}"`];
    const all = joined([framed(first), framed(second), framed(first)]);
    const found: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += 1_000) {
      const chunk = all.slice(at, at + 1_000);
      scanner.push(chunk);
      for (let piece = scanner.next(); piece; piece = scanner.next()) {
        assert.equal(piece.kind, "body");
        if (piece.kind !== "body") continue;
        found.push(piece.bytes);
        if (piece.bytes.length === second.length) assert.equal(piece.bytes.buffer, chunk.buffer);
        else assert.equal(piece.bytes.buffer.byteLength, first.length);
      }
    }
    assert.deepEqual(
      found.map((body) => new TextDecoder().decode(body)),
      [first, second, first],
    );
  });

  it("settles everything when the peer dies at any byte", async () => {
    const answer = '{"jsonrpc":"2.0","id":0,"result":"ok"}';
    const all = joined([
      bytes("noise\n"),
      framed(answer),
      framed('{"jsonrpc":"2.0","method":"tell","params":{"text":"x"}}'),
    ]);
    for (let length = 0; length <= all.length; length++) {
      const { peer, connection } = withRawPeer();
      const first = connection.request("echo", { value: 1 }).catch((error) => error.kind);
      const second = connection.request("work", {});
      second.catch(() => {});
      await peer.next("both came", (message) => message.method === "work");
      peer.write(all.slice(0, length));
      peer.end.sink.end();
      const reason = await connection.closed;
      assert.equal(await first, length >= 6 + framed(answer).length ? "ok" : "unavailable", `killed at byte ${length}`);
      assert.equal(await kindOf(second), "unavailable");
      assert.ok(["ended", "broken"].includes(reason.kind));
      assert.equal(connection.load.outstanding, 0);
    }
  });
});

describe("the reader's pace", () => {
  it("pauses the source while 1,024 messages wait, yields between batches, loses nothing", async () => {
    const { left, right } = memoryPair(1 << 30);
    let pauses = 0;
    let most = 0;
    let turnsTaken = 0;
    const pause = () => {
      pauses++;
      left.source.pause();
    };
    const source = { ...left.source, pause };
    const reader = new FramingReader({ source });
    const seen: number[] = [];
    reader.listen((message) => {
      seen.push((message as unknown as { params: { n: number } }).params.n);
      most = Math.max(most, reader.undispatched);
    });
    const message = (n: number) => framed({ jsonrpc: "2.0", method: "tell", params: { n } });
    right.sink.write(joined(Array.from({ length: 10_000 }, (_, n) => message(n))));
    while (seen.length < 10_000) {
      const before = seen.length;
      await turns(1);
      if (seen.length > before) turnsTaken++;
      assert.ok(seen.length - before <= 256, `${seen.length - before} messages in one turn`);
    }
    assert.deepEqual(seen, [...Array(10_000).keys()]);
    assert.ok(pauses > 0);
    assert.ok(most <= 1_024, `${most} waited`);
    assert.ok(turnsTaken >= 39);
  });

  it("pauses while the handlers of 1,024 notifications still work, and goes on when they are done", async () => {
    let release: (() => void)[] = [];
    let calls = 0;
    const { peer } = withRawPeer({
      limits: { undispatchedMessages: 16 },
      handlers: {
        tell: () => {
          calls++;
          return new Promise<void>((resolve) => release.push(resolve));
        },
      },
    });
    for (let n = 0; n < 64; n++) peer.send({ jsonrpc: "2.0", method: "tell", params: { text: "x" } });
    await turns(10);
    assert.equal(calls, 16);
    while (calls < 64) {
      const done = release;
      release = [];
      for (const settle of done) settle();
      await turns(5);
      assert.ok(release.length <= 16);
    }
  });

  it("parses at most one body of 32 KiB or more in a turn, in order with the small ones", async () => {
    const { left, right } = memoryPair(1 << 30);
    const reader = new FramingReader({ source: left.source });
    const seen: string[] = [];
    reader.listen((message) => void seen.push((message as unknown as { method: string }).method));
    const large = (method: string) => framed({ jsonrpc: "2.0", method, params: { text: "x".repeat(40_000) } });
    const small = (method: string) => framed({ jsonrpc: "2.0", method });
    right.sink.write(joined([small("a"), large("B"), small("c"), large("D"), large("E"), small("f")]));
    const perTurn: string[] = [];
    while (seen.length < 6) {
      const before = seen.length;
      await turns(1);
      if (seen.length > before) perTurn.push(seen.slice(before).join(""));
    }
    assert.deepEqual(seen.join(""), "aBcDEf");
    for (const handed of perTurn) assert.ok(handed.replace(/[a-z]/g, "").length <= 1, perTurn.join(" "));
  });

  it("tells partial stray text at the end, and that a message was cut", async () => {
    const stray: string[] = [];
    const { peer, connection } = withRawPeer({ onStray: (piece) => stray.push(piece) });
    peer.write("last words");
    peer.end.sink.end();
    assert.equal((await connection.closed).kind, "ended");
    assert.deepEqual(stray, ["last words"]);
    const cutShort = withRawPeer();
    cutShort.peer.write("Content-Length: 10\r\n\r\n{}");
    cutShort.peer.end.sink.end();
    assert.match((await cutShort.connection.closed).message, /in the middle of a message: 2 of 10/);
  });
});
