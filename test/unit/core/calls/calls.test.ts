import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { kindOf } from "../../../support/failures.ts";
import { until } from "../../../support/until.ts";
import { offer, start, want } from "./callRig.ts";

describe("a call", () => {
  it("takes the arguments as the person edited them, when they fit", async () => {
    const input = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
    const { host, next } = await start(
      { writer: { offers: [offer("write", { action: "write", input, facets: { agent: true } })] } },
      (_request, step) =>
        step === 1
          ? [
              { type: "toolCall", id: "1", name: "writer_write", arguments: '{"text":"a"}' },
              { type: "end", finish: "tool-calls" },
            ]
          : [{ type: "end", finish: "stop" }],
    );
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "go", "send");
    const card = await until("the card", () => conversation.items().find(({ kind }) => kind === "approval"));
    await assert.rejects(host.approvals.answer(card.id, "once", undefined, "{broken"), /not JSON/);
    await assert.rejects(host.approvals.answer(card.id, "once", undefined, "[1]"), /must be a JSON object/);
    await assert.rejects(host.approvals.answer(card.id, "once", undefined, '{"text":1}'), /do not fit.*text/);
    await host.approvals.answer(card.id, "once", undefined, '{"text":"b"}');
    const heard = await next("writer");
    assert.deepEqual(heard.args, { text: "b" });
    heard.answer({});
    await until("the turn ended", () => host.agent.state(conversation.id) === "idle");
    assert.deepEqual(conversation.calls()[0]?.args, { text: "b" });
    await assert.rejects(host.approvals.answer(card.id, "once"), /This request is over/);
    await host.stop();
  });

  it("is refused beyond eight in a chain, with the path", async () => {
    const names = Array.from({ length: 9 }, (_, index) => `p${index}`);
    const parts = Object.fromEntries(
      names.map((name, index) => [name, { offers: [offer("go")], wants: [want(`p${index + 1}/go`)] }]),
    );
    const { host, person, next } = await start(parts);
    const call = kindOf(person("p0"));
    let heard = await next("p0");
    for (const name of names.slice(1, 8)) {
      void heard
        .send("call", { to: { plugin: name }, name: "go", args: {}, _meta: { callId: heard.meta.callId } })
        .catch(() => {});
      heard = await next(name);
    }
    await assert.rejects(
      heard.send("call", { to: { plugin: "p8" }, name: "go", args: {}, _meta: { callId: heard.meta.callId } }),
      (error: unknown) =>
        error instanceof Failure &&
        error.kind === "callDepth" &&
        /deeper than 8: p0\/go → .* → p8\/go/.test(error.message),
    );
    for (const { id } of host.calls.active()) host.calls.cancel(id, "The test is over.");
    assert.equal(await call, "cancelled");
    assert.equal(host.calls.cancel("gone", "why"), false);
    await host.stop();
  });

  it("whose caller gave up before it began never reaches the plugin", async () => {
    const { host, person } = await start({ p: { offers: [offer("go")] } });
    const signal = AbortSignal.abort(new Failure("cancelled", "You stopped it."));
    assert.equal(await kindOf(person("p", "go", { signal })), "cancelled");
    assert.equal(host.calls.active().length, 0);
    await host.stop();
  });

  it("that is given up without a reason is cancelled all the same", async () => {
    const { host, person, next } = await start({ p: { offers: [offer("go")] } });
    const controller = new AbortController();
    const call = kindOf(person("p", "go", { signal: controller.signal }));
    await next("p");
    controller.abort();
    assert.equal(await call, "cancelled");
    await host.stop();
  });
});
