import assert from "node:assert/strict";
import { offered, startPuppets } from "../../support/puppets.ts";

type Params = Record<string, unknown>;
type Asked = { phase: string; invocation: string; subject: Params; _meta: { traceparent?: string } };

const call = { to: { plugin: "target" }, name: "go", args: { n: 1 } };
const around = (point: string, order = 0) => ({
  intercepts: ["before", "after"].map((phase) => ({ handle: phase, point, phase, order })),
});

/** A caller, a target, one who looks on from outside and one whose answer the test gives. */
async function watched(inner: Params, answer: (params: Asked) => Params) {
  return await startPuppets(
    { caller: {}, target: { offers: [offered("go")] }, outside: {}, inside: {} },
    {
      prepare({ outside, inside }) {
        outside.declares = around("call", -5);
        inside.declares = inner;
        inside.answers.intercept = (params) => answer(params as unknown as Asked);
      },
    },
  );
}

describe("whoever was asked before", function () {
  this.timeout(60_000);

  for (const [where, point] of [
    ["at the same point", "call"],
    ["at a point inside", "offer:target/go"],
  ] as const)
    it(`is told the end where another withholds the result ${where}, and nothing of the result`, async () => {
      const deny = ({ phase }: Asked) => (phase === "after" ? { decision: "deny", reason: "Not for you." } : {});
      const { puppets, stop } = await watched(around(point, 5), (params) => ({ decision: "allow", ...deny(params) }));
      const { error } = await puppets.caller.request("call", call);
      assert.deepEqual([error?.data?.kind, error?.data?.reason, error?.data?.by], ["blocked", "withheld", "inside"]);
      const told = puppets.outside.came("intercept").map(({ params }) => params as unknown as Asked);
      assert.deepEqual(
        told.map(({ phase }) => phase),
        ["before", "after"],
      );
      assert.equal(told[1]?.invocation, told[0]?.invocation);
      assert.match(String(told[1]?.subject.error), /inside.*Not for you\./);
      assert.equal("result" in (told[1]?.subject ?? {}), false);
      await stop();
    });

  it("stands below the call in its trace, before and after", async () => {
    const { real, puppets, stop } = await watched(around("offer:target/go"), () => ({ decision: "allow" }));
    await puppets.caller.request("call", call);
    const [trace, ...others] = await real.host.traces.list();
    assert.deepEqual(others, [], "there is one trace");
    const spans = await real.host.traces.get(trace?.traceId ?? "");
    const whole = spans.find(({ kind }) => kind === "call");
    assert.deepEqual(
      spans.map(({ kind, parentSpanId }) => [kind, parentSpanId]),
      [["call", undefined], ...Array.from({ length: 4 }, () => ["intercept", whole?.spanId])],
    );
    const told = puppets.outside.came("intercept").map(({ params }) => params as unknown as Asked);
    for (const { _meta } of told) assert.ok(_meta.traceparent?.includes(trace?.traceId ?? "none"));
    await stop();
  });
});

describe("a call that an intercept answers", function () {
  this.timeout(60_000);

  it("names the rule in its row, or where no rule allows it the one who answered", async () => {
    const { real, puppets, stop } = await watched(
      { intercepts: [{ handle: "b", point: "call", phase: "before" }] },
      () => ({
        decision: "answer",
        answer: { instead: true },
      }),
    );
    const { host } = real;
    assert.deepEqual((await puppets.caller.request("call", call)).result, { instead: true });
    const { id } = await host.rules.addPersonRule({
      ...{ who: "plugin:caller", verb: "call", target: "target/*", effect: "ask" },
    });
    assert.ok(id);
    assert.deepEqual((await puppets.caller.request("call", call)).result, { instead: true });
    const rows = await host.journal.search({ types: ["call.counted"] });
    const [allowed, asked] = rows.map(({ rule }) => rule);
    assert.match(String(allowed), /^grant:/);
    assert.equal(asked, "intercept:inside");
    for (const row of rows) assert.doesNotMatch((await host.journal.explain(row)).text, /unknown|No right/);
    assert.equal(puppets.target.came("call").length, 0);
    await stop();
  });
});

describe("what an intercept makes of a result, or answers in its place,", function () {
  this.timeout(60_000);
  const output = { type: "object", required: ["n"] };

  for (const [onFailure, answered, changed] of [
    [undefined, "blocked", "done"],
    ["block", "blocked", "withheld"],
    ["allow", "done", "done"],
  ] as const)
    it(`must fit the offer's output, or its onFailure counts: ${onFailure ?? "where it says none"}`, async () => {
      let phase = "before";
      const { real, puppets, stop } = await startPuppets(
        { caller: {}, target: { offers: [offered("go", { output })] }, gate: {} },
        {
          prepare({ gate }) {
            const { intercepts } = around("call");
            gate.declares = { intercepts: intercepts.map((one) => ({ ...one, ...(onFailure && { onFailure }) })) };
            gate.answers.intercept = (params) => {
              if (params.phase !== phase) return { decision: "allow" };
              return phase === "before"
                ? { decision: "answer", answer: "no object" }
                : { decision: "allow", updated: { result: "no object" } };
            };
          },
        },
      );
      const told: unknown[] = [];
      real.host.bus.on("plugin.intercepted", ({ data }) => told.push((data as { reason?: string }).reason));
      const how = async () => {
        const { error, result } = await puppets.caller.request("call", call);
        return error ? error.data?.reason : JSON.stringify(result) === '{"n":1}' ? "done" : result;
      };
      assert.equal(await how(), answered);
      assert.equal(puppets.target.came("call").length, answered === "done" ? 1 : 0);
      phase = "after";
      assert.equal(await how(), changed);
      assert.match(String(told[0]), /What gate answered was refused: It does not fit the output schema of target\/go/);
      assert.match(String(told[1]), /What gate changed was refused: It does not fit the output schema of target\/go/);
      await stop();
    });
});
