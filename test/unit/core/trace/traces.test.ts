import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeClock } from "../../../../src/base/clock.ts";
import { isTraceparentOf, isTracestate, parseTraceparent, traceMeta } from "../../../../src/core/trace/context.ts";
import type { Span } from "../../../../src/core/trace/span.ts";
import { type OpenSpan, type SpanStart, Traces } from "../../../../src/core/trace/traces.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const span = "b7ad6b7169203331";

describe("a traceparent", () => {
  it("is read as W3C Trace Context writes it, also of a later version", () => {
    assert.deepEqual(parseTraceparent(`00-${trace}-${span}-01`), { traceId: trace, spanId: span });
    assert.deepEqual(parseTraceparent(`cc-${trace}-${span}-01-what-comes`), { traceId: trace, spanId: span });
  });

  it("is none where it is malformed", () => {
    const wrong = [
      ...[undefined, "", "x", `00-${trace}-${span}`, `00-${trace}-${span}-01-more`, `ff-${trace}-${span}-01`],
      ...[
        `00-${"0".repeat(32)}-${span}-01`,
        `00-${trace}-${"0".repeat(16)}-01`,
        `00-${trace.toUpperCase()}-${span}-01`,
      ],
      ...[`00-${trace}0-${span}-01`, `00 -${trace}-${span}-01`, `00-${trace}-${span}-01\n`],
    ];
    for (const text of wrong) assert.equal(parseTraceparent(text), undefined, String(text));
    fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => parseTraceparent(text) === undefined));
  });

  it("of a span is read again", () => {
    const own = { traceId: trace, spanId: span };
    assert.deepEqual(parseTraceparent(traceMeta(own).traceparent), own);
    assert.deepEqual(traceMeta({ ...own, tracestate: "a=b" }).tracestate, "a=b");
    assert.deepEqual(traceMeta(undefined), {});
  });

  it("names a span only where each character is as the span was told", () => {
    const own = { traceId: trace, spanId: span };
    const text = traceMeta(own).traceparent ?? "";
    assert.ok(isTraceparentOf(text, own));
    for (let at = 0; at < text.length; at++) {
      const other = `${text.slice(0, at)}x${text.slice(at + 1)}`;
      assert.equal(isTraceparentOf(other, own), false, other);
    }
    for (const other of ["", text.slice(1), `${text}0`, `0${text}`]) assert.equal(isTraceparentOf(other, own), false);
  });

  it("comes with a tracestate that is one", () => {
    for (const text of ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a=b", "tenant@vendor=1"])
      assert.ok(isTracestate(text), text);
    for (const text of ["", "a", "A=b", "a=b=c", "a=b\u0001", "a=ü", Array(40).fill("a=b").join()])
      assert.ok(!isTracestate(text), text);
  });
});

describe("spans", () => {
  const start = (more: Partial<SpanStart> = {}): SpanStart => ({
    ...{ kind: "call", name: "p/go", caller: "agent", to: "p", conversation: undefined, callId: undefined },
    ...more,
  });
  function made() {
    const clock = new FakeClock(1_000);
    const handed: [readonly Span[], number][] = [];
    const traces = new Traces({ clock, handOn: (spans, lost) => handed.push([spans, lost]) });
    return { clock, handed, traces };
  }
  const names = ({ traceId, spanId }: OpenSpan) => ({ traceId, spanId });
  const metaOf = (one: OpenSpan, more = {}) => ({ ...traceMeta(one), ...more });

  it("have names of their own, their parent's trace, and their times", () => {
    const { clock, traces } = made();
    const outer = traces.begin(start());
    clock.advance(5);
    const inner = traces.begin(start({ name: "q/go" }), { span: outer });
    assert.equal(inner.traceId, outer.traceId);
    assert.equal(inner.parentSpanId, outer.spanId);
    assert.notEqual(inner.spanId, outer.spanId);
    assert.notEqual(traces.begin(start()).traceId, outer.traceId);
    traces.end(inner, "denied");
    clock.advance(5);
    traces.end(outer);
    traces.end(outer, "timeout");
    assert.deepEqual([outer.startedAt, outer.endedAt, outer.status, outer.error], [1_000, 1_010, "ok", undefined]);
    assert.deepEqual([inner.endedAt, inner.status, inner.error], [1_005, "error", "denied"]);
    assert.deepEqual(
      traces.get(outer.traceId).map(({ name }) => name),
      ["p/go", "q/go"],
    );
    const [newest, older] = traces.list();
    assert.equal(newest?.spans, 1);
    assert.deepEqual([older?.spans, older?.errors, older?.ms], [2, 1, 10]);
  });

  it("are handed on together, and bounded, with a count of those that are lost", () => {
    const { clock, handed, traces } = made();
    for (let count = 0; count < 10_003; count++) traces.end(traces.begin(start()));
    assert.ok(handed.length === 0);
    clock.advance(1_000);
    assert.deepEqual(
      handed.map(([spans, lost]) => [spans.length, lost]),
      [[10_000, 3]],
    );
    traces.dispose();
    assert.equal(handed.length, 1);
  });

  it("are handed on as far as somebody wants them, those of a conversation and those that failed by themselves", () => {
    const clock = new FakeClock(1_000);
    const handed: string[][] = [];
    const handOn = (spans: readonly Span[]) => handed.push(spans.map(({ name }) => name));
    const traces = new Traces({ clock, handOn, wanted: () => 2 });
    for (const name of ["a", "b", "c"]) traces.end(traces.begin(start({ name })));
    traces.end(traces.begin(start({ name: "told", conversation: "x" })));
    traces.end(traces.begin(start({ name: "failed" })), "timeout");
    clock.advance(1_000);
    assert.deepEqual(handed, [["told", "failed", "a", "b"]]);
  });

  it("are found as long as they are among the latest, with all that was said of them", () => {
    const { clock, traces } = made();
    const outer = traces.begin(start({ conversation: "x", callId: "call-1" }));
    const inner = traces.begin(start({ name: "q/go", to: "q" }), { span: outer, linked: span, tracestate: "a=b" });
    clock.advance(3);
    traces.end(inner, "denied");
    const { number: _outer, ...first } = outer;
    const { number: _inner, ...second } = inner;
    assert.deepEqual(traces.get(outer.traceId), [first, second]);
    for (let count = 0; count < 8_191; count++) traces.begin(start());
    assert.deepEqual(traces.get(outer.traceId), [second]);
    traces.end(outer);
    assert.deepEqual(traces.get(outer.traceId), [second], "whoever took its place is not ended with it");
  });

  it("of a plugin's messages are below the call that it is in, whatever it claims", () => {
    const { traces } = made();
    const call = traces.begin(start({ to: "p" }));
    const others = traces.begin(start({ to: "q" }));
    const inside = names(call);
    assert.deepEqual(traces.belowOf("p", undefined, inside).span, inside);
    assert.deepEqual(traces.belowOf("p", metaOf(others), inside), { span: inside });
    assert.deepEqual(traces.belowOf("p", { traceparent: "nonsense" }, inside), { span: inside });
    assert.deepEqual(traces.belowOf("p", { traceparent: `00-${trace}-${span}-01`, tracestate: "a=b" }, inside), {
      span: inside,
    });
  });

  it("of a plugin outside every call are below the span that was begun for it, and below no other's", () => {
    const { traces } = made();
    const delivery = traces.begin(start({ kind: "deliver", to: "p" }));
    const others = traces.begin(start({ to: "q" }));
    assert.equal(traces.belowOf("p", metaOf(delivery), undefined).span?.spanId, delivery.spanId);
    assert.equal(traces.belowOf("p", metaOf(others), undefined).span, undefined);
    assert.equal(
      traces.belowOf("p", { traceparent: `00-${others.traceId}-${delivery.spanId}-01` }, undefined).span,
      undefined,
    );
    assert.equal(traces.belowOf("p", { traceparent: `00-${trace}-${span}-01` }, undefined).span, undefined);
    assert.equal(traces.belowOf("p", undefined, undefined).span, undefined);
    for (let count = 0; count < 9_000; count++) traces.begin(start({ to: "p" }));
    assert.equal(traces.belowOf("p", metaOf(delivery), undefined).span, undefined, "what is forgotten is not trusted");
  });

  it("take a state and a link from a plugin only within their own trace", () => {
    const { traces } = made();
    const call = traces.begin(start({ to: "p" }));
    const own = { traceparent: `00-${call.traceId}-${span}-01`, tracestate: "vendor=1" };
    assert.deepEqual(traces.belowOf("p", own, names(call)), {
      span: names(call),
      linked: span,
      tracestate: "vendor=1",
    });
    const inner = traces.begin(start(), traces.belowOf("p", own, names(call)));
    assert.deepEqual([inner.parentSpanId, inner.linked, inner.tracestate], [call.spanId, span, "vendor=1"]);
    assert.equal(traces.belowOf("p", { ...own, tracestate: "not one" }, names(call)).tracestate, undefined);
    const foreign = { traceparent: `00-${trace}-${span}-01`, tracestate: "vendor=1" };
    assert.deepEqual(traces.belowOf("p", foreign, names(call)), { span: names(call) });
  });

  it("never join a trace that a plugin was not given, whatever it sends", () => {
    const { traces } = made();
    const own = [traces.begin(start({ to: "p" })), traces.begin(start({ to: "p" }))];
    const others = [
      traces.begin(start({ to: "q" })),
      traces.begin(start({ to: "r" })),
      traces.begin(start({ to: undefined })),
    ];
    const part = (of: (one: OpenSpan) => string) =>
      fc.constantFrom(...[...own, ...others].map(of), trace, span, "0".repeat(32));
    const meta = fc.record({
      traceparent: fc.oneof(
        fc
          .tuple(
            part(({ traceId }) => traceId),
            part(({ spanId }) => spanId),
          )
          .map(([a, b]) => `00-${a}-${b}-01`),
        fc.string(),
      ),
      tracestate: fc.option(fc.string(), { nil: undefined }),
    });
    fc.assert(
      fc.property(meta, fc.constantFrom(undefined, ...own), (sent, inside) => {
        const begun = traces.begin(start({ caller: "plugin:p" }), traces.belowOf("p", sent, inside));
        assert.ok(!others.some(({ traceId }) => traceId === begun.traceId));
        if (inside) assert.equal(begun.parentSpanId, inside.spanId);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("traces in a host", () => {
  const why = "for the test";

  it("give a call its caller's trace and no baggage, whatever the caller sends", async () => {
    const got: Record<string, unknown>[] = [];
    let send: ((method: string, params: Record<string, unknown>) => Promise<unknown>) | undefined;
    const wants = [{ verb: "call", target: "b/*", why }];
    const offers = [{ name: "go", description: "x", action: "read" }];
    const a: ScriptedPlugin = {
      manifest: { wants, offers },
      onRequest: async (method, params, plugin) => {
        if (method !== "call") return {};
        send = plugin.send;
        const meta = params._meta as Record<string, unknown>;
        got.push(meta);
        const forged = { traceparent: `00-${trace}-${span}-01`, tracestate: "x=y", baggage: "user=me" };
        await plugin.send("call", {
          to: { plugin: "b" },
          name: "go",
          args: {},
          _meta: { callId: meta.callId, ...forged },
        });
        return null;
      },
    };
    const b: ScriptedPlugin = {
      manifest: { offers },
      onRequest: (method, params) => {
        if (method === "call") got.push(params._meta as Record<string, unknown>);
        return null;
      },
    };
    const { host } = await scriptedHost({ plugins: { a, b } });
    await host.calls.call({ caller: "person", to: { plugin: "a" }, name: "go", args: {} });
    const [first, second] = got.map((meta) => parseTraceparent(meta.traceparent as string));
    assert.ok(first && second);
    assert.equal(second.traceId, first.traceId);
    assert.notEqual(second.spanId, first.spanId);
    assert.equal(got[1]?.tracestate, undefined);
    assert.equal(got[1]?.baggage, undefined);
    // Outside its call the same claim begins a trace of its own, and what was its call's span is its own still.
    await send?.("call", { to: { plugin: "b" }, name: "go", args: {}, _meta: { traceparent: got[1]?.traceparent } });
    await send?.("call", { to: { plugin: "b" }, name: "go", args: {}, _meta: { traceparent: got[0]?.traceparent } });
    const [third, fourth] = got.slice(2).map((meta) => parseTraceparent(meta.traceparent as string));
    assert.notEqual(third?.traceId, first.traceId, "b's span is not a's to speak of");
    assert.equal(fourth?.traceId, first.traceId);
    const spans = await host.traces.get(first.traceId);
    assert.deepEqual(
      spans.map(({ name, parentSpanId }) => [name, parentSpanId]),
      [
        ["a/go", undefined],
        ["b/go", first.spanId],
        ["b/go", first.spanId],
      ],
    );
    const edge = host.metrics.edges().find(({ caller }) => caller === "plugin:a");
    assert.deepEqual([edge?.target, edge?.count, edge?.inFlight], ["b/go", 3, 0]);
    await host.stop();
  });

  it("are kept on disk for as long as the person wants, and not at all where they want none", async () => {
    const plugin: ScriptedPlugin = {
      manifest: { offers: [{ name: "go", description: "x", action: "read" }] },
      onRequest: () => null,
    };
    for (const [days, spans] of [
      [7, 1],
      [0, 0],
    ] as const) {
      const { host, store } = await scriptedHost({ plugins: { a: plugin }, settings: { traceDays: () => days } });
      await host.calls.call({ caller: "person", to: { plugin: "a" }, name: "go", args: {} });
      await host.stop();
      assert.equal(store.spans.length, spans);
    }
  });
});
