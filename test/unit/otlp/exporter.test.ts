/** The exporter against an HTTP server that knows nothing of ours and checks OTLP's JSON by its own words. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeClock, systemClock } from "../../../src/base/clock.ts";
import type { Span } from "../../../src/core/trace/span.ts";
import { Traces } from "../../../src/core/trace/traces.ts";
import { OtlpExporter } from "../../../src/node/otlp/exporter.ts";
import { until } from "../../support/until.ts";

type Json = Record<string, unknown>;

/** What is wrong with a body, by the field names and types of opentelemetry-proto's JSON; undefined where nothing is. */
function flaw(body: Json): string | undefined {
  const list = (value: unknown, what: string): Json[] => {
    assert.ok(Array.isArray(value), `${what} is a list`);
    return value as Json[];
  };
  try {
    for (const of of list(body.resourceSpans, "resourceSpans")) {
      attributes((of.resource as Json).attributes, "resource");
      for (const scoped of list(of.scopeSpans, "scopeSpans")) {
        assert.equal(typeof (scoped.scope as Json).name, "string");
        for (const span of list(scoped.spans, "spans")) {
          assert.match(String(span.traceId), /^[0-9a-f]{32}$/);
          assert.match(String(span.spanId), /^[0-9a-f]{16}$/);
          if ("parentSpanId" in span) assert.match(String(span.parentSpanId), /^[0-9a-f]{16}$/);
          assert.ok(typeof span.name === "string" && span.name.length > 0);
          assert.ok([1, 2, 3, 4, 5].includes(span.kind as number), "kind");
          for (const time of [span.startTimeUnixNano, span.endTimeUnixNano]) assert.match(String(time), /^\d{16,20}$/);
          assert.ok(BigInt(String(span.endTimeUnixNano)) >= BigInt(String(span.startTimeUnixNano)));
          assert.ok([0, 1, 2].includes((span.status as Json).code as number), "status");
          attributes(span.attributes, "span");
          for (const link of list(span.links ?? [], "links")) assert.match(String(link.spanId), /^[0-9a-f]{16}$/);
        }
      }
    }
    return undefined;
  } catch (error) {
    return String(error);
  }

  function attributes(value: unknown, what: string): void {
    for (const one of list(value, `attributes of ${what}`)) {
      assert.equal(typeof one.key, "string");
      assert.ok(Object.keys(one.value as Json).every((key) => ["stringValue", "boolValue", "intValue"].includes(key)));
    }
  }
}

const textOf = async (request: IncomingMessage) => {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
};

function span(number: number, more: Partial<Span> = {}): Span {
  return {
    ...{ traceId: "a".repeat(32), spanId: number.toString(16).padStart(16, "0"), kind: "call", name: "p/go" },
    ...{ caller: "agent", to: "p", startedAt: 1_700_000_000_000.125, endedAt: 1_700_000_000_001.5, status: "ok" },
    ...more,
  };
}

describe("exporting traces", () => {
  let server: Server;
  let endpoint: string;
  let answer: (number: number) => number;
  const bodies: Json[] = [];
  const heads: IncomingMessage[] = [];
  const flaws: string[] = [];

  beforeEach(async () => {
    for (const list of [bodies, heads, flaws]) list.length = 0;
    answer = () => 200;
    server = createServer((request, response) => {
      void textOf(request).then((text) => {
        const body = JSON.parse(text) as Json;
        const wrong = flaw(body);
        if (wrong) flaws.push(wrong);
        bodies.push(body);
        heads.push(request);
        response.writeHead(answer(bodies.length), { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const spansOf = (body: Json | undefined) =>
    ((body?.resourceSpans as Json[])?.[0]?.scopeSpans as Json[])?.[0]?.spans as Json[] | undefined;
  const exporter = (more: Partial<ConstructorParameters<typeof OtlpExporter>[0]> = {}) => {
    const said: string[] = [];
    const target = { endpoint, headers: { "x-key": "k" } };
    const made = new OtlpExporter({
      target,
      version: "1",
      clock: systemClock,
      trouble: (text) => said.push(text),
      ...more,
    });
    return { made, said };
  };

  it("sends OTLP's JSON with the headers, in batches of 500, and the rest when it closes", async () => {
    const { made, said } = exporter();
    made.add(Array.from({ length: 1_200 }, (_, number) => span(number + 1)));
    await made.close();
    assert.deepEqual(flaws, []);
    assert.deepEqual(
      bodies.map((body) => spansOf(body)?.length),
      [500, 500, 200],
    );
    assert.equal(heads[0]?.url, "/v1/traces");
    assert.deepEqual([heads[0]?.headers["x-key"], heads[0]?.headers["content-type"]], ["k", "application/json"]);
    assert.deepEqual([made.counts, said], [{ sent: 1_200, dropped: 0, failures: 0 }, []]);
  });

  it("says of a span what it was: ids, nanoseconds, parent, links, failure, and no content", async () => {
    const { made } = exporter();
    made.add([
      span(2, { parentSpanId: "0".repeat(15).concat("1"), linked: "f".repeat(16), status: "error", error: "denied" }),
    ]);
    await made.close();
    const [sent] = spansOf(bodies[0]) ?? [];
    assert.equal(sent?.startTimeUnixNano, "1700000000000125000");
    assert.equal(sent?.endTimeUnixNano, "1700000000001500000");
    assert.equal(sent?.parentSpanId, "0000000000000001");
    assert.deepEqual(sent?.links, [{ traceId: "a".repeat(32), spanId: "f".repeat(16) }]);
    assert.deepEqual(sent?.status, { code: 2, message: "denied" });
  });

  it("takes what the host's own traces hand on", async () => {
    const { made } = exporter();
    const traces = new Traces({ clock: systemClock, handOn: (spans, lost) => made.add(spans, lost) });
    const turn = traces.begin({
      kind: "turn",
      name: "turn",
      caller: "agent",
      to: undefined,
      conversation: "c",
      callId: undefined,
    });
    const call = traces.begin(
      { kind: "call", name: "p/go", caller: "agent", to: "p", conversation: "c", callId: "x" },
      { span: turn },
    );
    traces.end(call, "timeout");
    traces.end(turn);
    traces.dispose();
    await made.close();
    assert.deepEqual(flaws, []);
    const [first, second] = spansOf(bodies[0]) ?? [];
    assert.equal(first?.parentSpanId, second?.spanId);
    assert.equal(first?.traceId, second?.traceId);
  });

  it("tries again where that may help, says once that it fails, and again after it has worked", async () => {
    const clock = new FakeClock();
    const { made, said } = exporter({ clock });
    answer = (number) => (number <= 2 || number === 4 ? 503 : 200);
    made.add([span(1)]);
    await until("the first try failed", () => made.counts.failures === 1);
    clock.advance(1_000);
    await until("the second try failed", () => made.counts.failures === 2);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /answered 503/);
    clock.advance(1_999);
    assert.equal(bodies.length, 2, "the wait doubles");
    clock.advance(1);
    await until("it was sent", () => made.counts.sent === 1);
    made.add([span(2)]);
    await until("it failed anew", () => made.counts.failures === 3);
    assert.equal(said.length, 2);
    made.dispose();
  });

  it("waits for as long as the collector asks for, in seconds or until a date", async () => {
    for (const asked of ["7", new Date(7_000).toUTCString()]) {
      const clock = new FakeClock();
      let requests = 0;
      const fetch = async () =>
        new Response("{}", { status: requests++ === 0 ? 429 : 200, headers: { "retry-after": asked } });
      const { made } = exporter({ clock, fetch });
      made.add([span(1)]);
      await until("it was put off", () => made.counts.failures === 1);
      clock.advance(6_999);
      assert.equal(requests, 1, asked);
      clock.advance(1);
      await until("it was sent", () => made.counts.sent === 1);
      made.dispose();
    }
  });

  it("finds the collector's path, however the address ends", async () => {
    for (const path of ["", "/", "/v1/traces", "/v1/traces/", "/otlp", "/otlp/"]) {
      const { made } = exporter({ target: { endpoint: endpoint + path, headers: {} } });
      made.add([span(1)]);
      await made.close();
    }
    const paths = heads.map(({ url }) => url);
    assert.deepEqual(paths, [...Array(4).fill("/v1/traces"), "/otlp/v1/traces", "/otlp/v1/traces"]);
  });

  it("gives up what a collector refuses, and what does not fit into the queue, and counts both", async () => {
    const { made, said } = exporter({ clock: new FakeClock() });
    answer = () => 400;
    made.add([span(1)]);
    await until("it was refused", () => made.counts.dropped === 1);
    answer = () => 503;
    made.add([span(1)]);
    await until("it failed", () => made.counts.failures === 2);
    made.add(Array.from({ length: 6_000 }, (_, number) => span(number)));
    assert.equal(made.counts.dropped, 1 + 1_001);
    assert.equal(said.length, 1);
    made.dispose();
    assert.equal(made.counts.dropped, 6_002);
  });

  it("holds nobody up where nothing answers", async () => {
    const { made, said } = exporter({ target: { endpoint: "http://127.0.0.1:1", headers: {} } });
    made.add([span(1)]);
    await until("it failed", () => made.counts.failures === 1);
    assert.match(said[0] ?? "", /could not be reached/);
    await made.close();
    assert.equal(made.counts.dropped, 1);
  });

  it("refuses addresses that are none, and headers over a line that others read", () => {
    const make =
      (address: string, headers = {}) =>
      () =>
        exporter({ target: { endpoint: address, headers } }).made.dispose();
    assert.throws(make("ftp://x"), /must be an address/);
    assert.throws(make("nonsense"), /must be an address/);
    assert.throws(make("https://me:pass@collector"), /no password/);
    assert.throws(make("http://collector:4318", { key: "k" }), /only sent over https/);
    assert.doesNotThrow(make("http://collector:4318"));
    assert.doesNotThrow(make("https://collector/v1/traces", { key: "k" }));
  });
});
