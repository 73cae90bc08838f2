import assert from "node:assert/strict";
import type { Incoming } from "../../../src/rpc/types.ts";
import { ArrivedCall } from "../../../src/sdk/arrived.ts";
import type { Channel } from "../../../src/sdk/channel.ts";
import { createVerbs } from "../../../src/sdk/verbs.ts";

function arrive() {
  const sent: [string, Record<string, unknown>][] = [];
  const told: unknown[] = [];
  let signals = 0;
  const controller = new AbortController();
  const incoming = {
    meta: { callId: "call-1", caller: "plugin:other", conversation: "c1" },
    get signal() {
      signals++;
      return controller.signal;
    },
    progress: (value: unknown) => {
      told.push(value);
      return Promise.resolve();
    },
  } as unknown as Incoming;
  const channel = {
    request: (method: string, params: Record<string, unknown>) => {
      sent.push([method, params]);
      return Promise.resolve({ eventId: "e1" });
    },
  } as unknown as Channel;
  return { call: new ArrivedCall(channel, incoming), channel, sent, told, signals: () => signals };
}

describe("a call that has arrived", () => {
  it("says who calls, and makes no signal and no verbs for a handler that asks for none", () => {
    const { call, signals } = arrive();
    assert.deepEqual(
      [call.caller, call.callId, call.conversation, call.turn],
      ["plugin:other", "call-1", "c1", undefined],
    );
    assert.equal(signals(), 0);
    assert.equal(call.signal.aborted, false);
    assert.equal(signals(), 1);
  });

  it("lends its verbs out: taken by themselves they still belong to the call", async () => {
    const { call, sent, told } = arrive();
    const { publish, progress, partial } = call;
    assert.equal(await publish("topic", 1), "e1");
    const [method, params] = sent[0] ?? [];
    assert.equal(method, "publish");
    assert.equal((params?._meta as { callId?: string } | undefined)?.callId, "call-1");
    progress({ message: "Half.", percentage: 50 });
    await partial("piece");
    assert.deepEqual(told, [{ message: "Half.", percentage: 50 }, { partial: "piece" }]);
    assert.equal(call.publish, publish, "they are made once");
  });

  it("has every verb that a plugin has", () => {
    const { call, channel } = arrive();
    const missing = Object.keys(createVerbs(channel)).filter(
      (name) => (call as unknown as Record<string, unknown>)[name] === undefined,
    );
    assert.deepEqual(missing, []);
  });
});
