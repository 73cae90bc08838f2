import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { registerParams } from "../../../src/protocol/plugin/registration.ts";
import { setStateParams } from "../../../src/protocol/plugin/state.ts";
import { FieldWatch, type UnknownField } from "../../../src/rpc/fields.ts";
import { check } from "../../../src/rpc/schema.ts";
import { kindOf } from "../../support/failures.ts";
import { connected, turns, withRawPeer } from "./support.ts";

describe("unknown fields", () => {
  it("are left out, told once each with their path, and `_meta` is open", async () => {
    const told: UnknownField[] = [];
    const { peer, calls } = withRawPeer({ onUnknownField: (field) => told.push(field) });
    const params = { value: { any: { thing: 1 } }, newer: 1, nested: { a: 1, b: 2 }, _meta: { custom: 1 } };
    for (const id of [1, 2, 3]) peer.send({ jsonrpc: "2.0", id, method: "echo", params });
    await peer.answer(3);
    assert.deepEqual(calls[0], { value: { any: { thing: 1 } }, nested: { a: 1 }, _meta: {} });
    assert.deepEqual(told, [
      { method: "echo", part: "params", direction: "in", field: "newer" },
      { method: "echo", part: "params", direction: "in", field: "nested.b" },
    ]);
  });

  it("of a result are told too", async () => {
    const told: UnknownField[] = [];
    const { a } = connected(
      { onUnknownField: (field) => told.push(field) },
      { handlers: { work: () => ({ done: true, extra: 1 }) }, onUnknownField: (field) => told.push(field) },
    );
    assert.deepEqual(await a.request("work", {}), { done: true });
    assert.deepEqual(told, [{ method: "work", part: "result", direction: "out", field: "extra" }]);
    const raw = withRawPeer({ onUnknownField: (field) => told.push(field) });
    const answer = raw.connection.request("work", {});
    const { id } = await raw.peer.next("it came", ({ method }) => method === "work");
    raw.peer.send({ jsonrpc: "2.0", id, result: { done: true, extra: 1 } });
    assert.deepEqual(await answer, { done: true });
    assert.equal(told.at(-1)?.direction, "in");
  });

  it("are refused in development mode, in both directions", async () => {
    const { peer, connection, calls } = withRawPeer({ development: true });
    peer.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { value: 1, newer: 1 } });
    const { error } = await peer.answer(1);
    assert.equal(error?.code, errorCodes.invalidParams);
    assert.match(error?.message ?? "", /unknown field newer/);
    assert.deepEqual(calls, []);
    assert.equal(await kindOf(connection.request("echo", { value: 1, newer: 1 } as never)), "invalidParams");
    await turns();
    assert.equal(peer.received.length, 1);
  });

  it("of a list are one field, however long the list is", () => {
    const told: string[] = [];
    const offer = { name: "a", description: "b", action: "read" };
    const examples = [1, 2, 3].map((n) => ({ prompt: "p", args: {}, n }));
    const checked = check(registerParams, { offer: { ...offer, examples } });
    assert.ok(checked.ok);
    const watch = new FieldWatch(false, ({ field }) => told.push(field));
    assert.equal(watch.see("register", "params", "in", checked.unknown), undefined);
    assert.deepEqual(told, ["offer.examples[].n"]);
  });
});

describe("flaws", () => {
  it("of a union name the field of the branch that was meant", () => {
    const checked = check(registerParams, { offer: { name: "a", description: "b", action: "fly" } });
    assert.ok(!checked.ok);
    assert.match(checked.flaws, /^offer\.action: /);
  });

  it("say of what is not there that it is missing", () => {
    const flaws = (schema: Parameters<typeof check>[0], value: unknown) => {
      const checked = check(schema, value);
      return checked.ok ? undefined : checked.flaws;
    };
    assert.equal(flaws(setStateParams, { key: "k" }), "value: is missing");
    assert.equal(flaws(registerParams, { offer: { name: "a", action: "read" } }), "offer.description: is missing");
    assert.equal(flaws(setStateParams, { key: 5, value: null })?.includes("missing"), false);
  });
});
