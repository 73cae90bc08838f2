import assert from "node:assert/strict";
import { type ProviderFacts, providerOrder, rankProviders } from "../../../../src/core/offers/providers.ts";
import type { KnownOffer } from "../../../../src/core/offers/registry.ts";

const provider = (plugin: string, priority?: number, name = "do"): KnownOffer => ({
  plugin,
  offer: { name, description: "Does.", action: "read", priority, facets: { provides: "x.do" } },
  validateInput: () => undefined,
  validateOutput: () => undefined,
  accepts: undefined,
});

const ranked = (providers: KnownOffer[], facts: Partial<ProviderFacts> = {}): string[] =>
  rankProviders("x.do", providers, {
    order: () => undefined,
    down: () => false,
    bundled: () => false,
    load: () => 0,
    ...facts,
  }).map(({ plugin, offer }) => (offer.name === "do" ? plugin : `${plugin}/${offer.name}`));

describe("the providers of a capability", () => {
  it("are tried by priority, those of Parley last among equals, then by load, then by name", () => {
    const all = [provider("d"), provider("c", -1), provider("b"), provider("a", 5), provider("b", 0, "again")];
    assert.deepEqual(ranked(all), ["a", "b/again", "b", "d", "c"]);
    const load = (plugin: string) => (plugin === "b" ? 3 : 1);
    assert.deepEqual(ranked(all, { load }), ["a", "d", "b/again", "b", "c"]);
    const bundled = (plugin: string) => plugin === "d";
    assert.deepEqual(ranked(all, { load, bundled }), ["a", "b/again", "b", "d", "c"], "whatever the load");
  });

  it("come last where they cannot be used now, whatever else speaks for them", () => {
    const all = [provider("a", 100), provider("b")];
    assert.deepEqual(ranked(all, { down: (plugin) => plugin === "a" }), ["b", "a"]);
  });

  it("follow the person's order, which leaves out whom it does not name, unless it says *", () => {
    const all = [provider("a", 9), provider("b"), provider("c")];
    const by = (said: unknown) => ranked(all, { order: (capability) => providerOrder({ "x.do": said }, capability) });
    assert.deepEqual(by("b"), ["b"]);
    assert.deepEqual(by(["c", "b"]), ["c", "b"]);
    assert.deepEqual(by(["c", "*"]), ["c", "a", "b"]);
    assert.deepEqual(by(["*", "a"]), ["b", "c", "a"]);
    assert.deepEqual(by("gone"), []);
  });

  it("are not ordered by a setting that says nothing of use", () => {
    for (const said of [undefined, "", [], 7, [7], {}])
      assert.equal(providerOrder({ "x.do": said }, "x.do"), undefined);
    for (const setting of [undefined, null, "x", []]) assert.equal(providerOrder(setting, "x.do"), undefined);
    assert.equal(providerOrder({}, "constructor"), undefined);
  });
});
