import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { acceptedCallers, acceptedLines, checkAccepted, isAccepted } from "../../../../src/core/offers/accepts.ts";
import type { KnownOffer } from "../../../../src/core/offers/registry.ts";
import { type Acceptance, parleyManifest } from "../../../../src/protocol/manifest.ts";

const known = (name: string, entries?: Acceptance[]): KnownOffer => ({
  plugin: "vault",
  offer: { name, description: "An offer.", action: "read" },
  validateInput: () => undefined,
  validateOutput: () => undefined,
  accepts: acceptedCallers(entries, name),
});

describe("what a manifest accepts", () => {
  const entries = [
    { who: "plugin:team-*", offers: ["get*"] },
    { who: "agent", offers: ["get_all"] },
  ];

  it("closes the offers that it names to whom it does not name, and leaves the others open", () => {
    const may = (offer: string, caller: string) => isAccepted(known(offer, entries), caller);
    assert.deepEqual(
      ["plugin:team-a", "plugin:other", "agent", "extension"].map((caller) => may("get", caller)),
      [true, false, false, false],
    );
    assert.deepEqual([may("get_all", "agent"), may("get_all", "plugin:team-b")], [true, true]);
    assert.deepEqual([may("put", "plugin:other"), may("put", "agent")], [true, true]);
    assert.equal(isAccepted(known("put", [{ who: "plugin:a" }]), "plugin:b"), false, "without names: all offers");
    assert.equal(isAccepted(known("put", []), "plugin:b"), true);
  });

  it("never closes them to the person, nor to the plugin itself", () => {
    const offer = known("get", entries);
    assert.deepEqual([isAccepted(offer, "person"), isAccepted(offer, "plugin:vault")], [true, true]);
  });

  it("is asked of each who has the call made, and the refusal says whose word it is", () => {
    checkAccepted(known("get", entries), ["person", undefined]);
    assert.throws(
      () => checkAccepted(known("get", entries), ["person", "plugin:other"]),
      (error: unknown) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.kind, "denied");
        assert.match(error.message, /^vault\/get does not accept calls of plugin:other: .*accepts plugin:team-\*\.$/);
        assert.match(error.todo ?? "", /the author of vault/);
        assert.deepEqual(error.details, { reason: "notAccepted", rule: "accepts:vault", accepts: ["plugin:team-*"] });
        return true;
      },
    );
  });

  it("is one line for each entry on the sheet that the person reads", () => {
    assert.deepEqual(acceptedLines([...entries, { who: "extension" }]), [
      "get*: plugin:team-*",
      "get_all: agent",
      "all its offers: extension",
    ]);
    assert.deepEqual(acceptedLines(undefined), []);
  });

  it("is checked when the manifest is read", () => {
    const read = (accepts: unknown) =>
      parleyManifest.safeParse({ parley: "^1", run: { runtime: "node", entry: "./main.js" }, accepts }).success;
    assert.equal(read(entries), true);
    for (const wrong of [{}, [{}], [{ who: "person" }], [{ who: "hello" }], [{ who: "agent", offers: [] }]])
      assert.equal(read(wrong), false, JSON.stringify(wrong));
    assert.equal(read([{ who: "agent", why: "unknown field" }]), false);
  });
});
