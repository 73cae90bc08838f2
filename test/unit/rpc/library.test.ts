import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { sinkOf, sourceOf } from "../../../src/node/streams.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import { FramingReader } from "../../../src/rpc/framing/reader.ts";
import { FramingWriter } from "../../../src/rpc/framing/writer.ts";
import { memoryPair } from "../../../src/rpc/memory.ts";
import { table } from "./support.ts";

describe("reader and writer as vscode-jsonrpc's own", () => {
  it("carry the library's plain connections", async () => {
    const { left, right } = memoryPair();
    const [a, b] = [left, right].map((end) => createMessageConnection(new FramingReader(end), new FramingWriter(end)));
    b?.onRequest("add", ({ x, y }: { x: number; y: number }) => x + y);
    a?.listen();
    b?.listen();
    assert.equal(await a?.sendRequest("add", { x: 5, y: 3 }), 8);
    a?.dispose();
    b?.dispose();
  });

  it("understand and are understood by a stock peer, with cancel and errors", async () => {
    const [there, back] = [new PassThrough(), new PassThrough()];
    const ours = createConnection({
      source: sourceOf(back),
      sink: sinkOf(there),
      local: table,
      remote: table,
      handlers: { echo: ({ value }) => value, either: () => Promise.reject(new Error("secret")) },
    });
    const stock = createMessageConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
    stock.onRequest("echo", ({ value }: { value: unknown }) => value);
    stock.onRequest(
      "work",
      (token) => new Promise((_resolve, reject) => token.onCancellationRequested(() => reject(new Error("stopped")))),
    );
    stock.listen();
    assert.equal(await ours.request("echo", { value: "ü" }), "ü");
    assert.equal(await stock.sendRequest("echo", { value: "ü".repeat(100_000) }), "ü".repeat(100_000));
    await assert.rejects(stock.sendRequest("either", { n: 1 }), { code: -32603 });
    await assert.rejects(stock.sendRequest("nonsense"), { code: -32601 });
    const controller = new AbortController();
    const work = ours.request("work", {}, { signal: controller.signal });
    setImmediate(() => setImmediate(() => controller.abort()));
    await assert.rejects(work, { kind: "internal" });
    ours.close("done");
    stock.dispose();
  });
});
