import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { OfferRegistry } from "../../../../src/core/offers/registry.ts";
import { createValidator } from "../../../../src/node/validator.ts";
import type { Offer } from "../../../../src/protocol/plugin/offers.ts";

const offer = (name: string, more: Partial<Offer> = {}): Offer =>
  ({ name, description: "An offer.", action: "read", ...more }) as Offer;

describe("the offers of a window", () => {
  const made = async (plugin: (name: string) => Failure | undefined = () => undefined, absent: string[] = []) => {
    const failure = new Failure("unavailable", "It has not been let in.", { todo: "Review it." });
    const providers = () => absent.map((name) => ({ plugin: name, failure }));
    const registry = new OfferRegistry(await createValidator(), { plugin, providers });
    let changes = 0;
    registry.onDidChange(() => changes++);
    return { registry, changes: () => changes };
  };

  it("are those of the manifest, and in front of them those of the run, while it lasts", async () => {
    const { registry, changes } = await made();
    registry.setStatic("p", [offer("a", { description: "static" }), offer("b")]);
    const running = registry.add("p", offer("a", { description: "running" }));
    registry.add("q", offer("c"));
    assert.equal(registry.find("p", "a")?.offer.description, "running");
    assert.deepEqual(
      registry.all().map(({ plugin, offer: { name } }) => `${plugin}/${name}`),
      ["p/a", "p/b", "q/c"],
    );
    const newer = registry.add("p", offer("a", { description: "newer" }));
    running.dispose();
    assert.equal(registry.find("p", "a")?.offer.description, "newer", "the older registration takes nothing with it");
    newer.dispose();
    assert.equal(registry.find("p", "a")?.offer.description, "static");
    registry.removeStatic("p");
    assert.deepEqual(registry.plugins(), ["q"], "nothing of the run is left either");
    assert.equal(changes(), 6);
  });

  it("are found by capability, and where there is none, who would provide it or what is near", async () => {
    const { registry } = await made();
    registry.setStatic("b", [offer("x", { facets: { provides: "llm.chat" } })]);
    registry.setStatic("a", [offer("y", { facets: { provides: "llm.chat" } })]);
    assert.deepEqual(
      registry.providersOf("llm.chat").map(({ plugin }) => plugin),
      ["a", "b"],
    );
    assert.throws(() => registry.providersOf("llm.chta"), /No plugin provides "llm\.chta"\. Did you mean llm\.chat\?/);
    const { registry: empty } = await made(undefined, ["waiting"]);
    assert.throws(
      () => empty.providersOf("llm.chat"),
      (error: unknown) => {
        assert.ok(error instanceof Failure);
        assert.match(error.message, /No plugin provides "llm\.chat"\. It has not been let in\./);
        assert.equal(error.todo, "Review it.");
        assert.deepEqual(error.details, { reason: "noSuchCapability", near: [], absent: ["waiting"] });
        return true;
      },
    );
  });

  it("that are not there are told apart: no such plugin, one that cannot be called, no such offer", async () => {
    const { registry } = await made((plugin) =>
      plugin === "broken" ? new Failure("unavailable", "It is broken.") : undefined,
    );
    registry.setStatic("hello", [offer("greet")]);
    assert.equal(registry.resolve("hello", "greet").offer.name, "greet");
    assert.throws(() => registry.resolve("helo", "greet"), /no plugin "helo"\. Did you mean hello\?/);
    assert.throws(() => registry.resolve("broken", "greet"), /It is broken\./);
    assert.throws(() => registry.resolve("hello", "great"), /has no offer "great"\. Did you mean greet\?/);
  });

  const kindOf = (run: () => unknown): string | undefined => {
    try {
      run();
      return undefined;
    } catch (error) {
      return error instanceof Failure ? error.kind : String(error);
    }
  };

  it("have one action under one name, in the manifest and in the run", async () => {
    const { registry } = await made();
    registry.setStatic("p", [offer("a", { action: "read" })]);
    assert.equal(
      kindOf(() => registry.add("p", offer("a", { action: "write" }))),
      "conflict",
    );
    const first = registry.add("p", offer("b", { action: "read" }));
    assert.equal(
      kindOf(() => registry.add("p", offer("b", { action: "delete" }))),
      "conflict",
    );
    assert.equal(registry.find("p", "b")?.offer.action, "read");
    first.dispose();
    assert.equal(
      kindOf(() => registry.add("p", offer("b", { action: "delete" }))),
      undefined,
    );
  });

  it("are refused at once with a schema that is none, but for what the manifest says too", async () => {
    const { registry } = await made();
    const none = { type: "nonsense" };
    for (const [side, schema, kind] of [
      ["input", none, "invalidParams"],
      ["output", { properties: { a: 7 } }, "invalidParams"],
      ["input", { required: "a" }, "invalidParams"],
      ["input", { description: "x".repeat(300_000) }, "tooLarge"],
      ["input", { type: "object", properties: { a: { type: ["string", "null"] } } }, undefined],
      ["input", { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "string" }] }, undefined],
    ] as const)
      assert.equal(
        kindOf(() => registry.add("p", offer("a", { [side]: schema }))),
        kind,
      );
    assert.throws(
      () => registry.add("p", offer("b", { input: none })),
      /The input schema of p\/b is refused\..*"type"/,
    );
    registry.setStatic("p", [offer("b", { input: none })]);
    assert.equal(
      kindOf(() => registry.add("p", offer("b", { input: { ...none } }))),
      undefined,
    );
  });

  it("check their input and output, each schema compiled once and only when it is needed", async () => {
    const validator = await createValidator();
    let compiled = 0;
    const registry = new OfferRegistry({
      ...validator,
      compile: (schema) => {
        compiled++;
        return validator.compile(schema);
      },
    });
    const input = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    registry.setStatic("p", [
      offer("a", { input, output: { type: "string" } }),
      offer("b"),
      offer("c", { input: { type: "nonsense" } }),
    ]);
    assert.equal(compiled, 0);
    const known = registry.resolve("p", "a");
    assert.equal(known.validateInput({ n: 1 }), undefined);
    assert.match(known.validateInput({ n: "1" }) ?? "", /"n" must be/);
    assert.equal(compiled, 1);
    assert.match(known.validateOutput(1) ?? "", /string/);
    assert.equal(registry.resolve("p", "b").validateOutput("anything"), undefined);
    assert.throws(
      () => registry.resolve("p", "c").validateInput({}),
      (error: unknown) => error instanceof Failure && /input schema of p\/c is not a JSON Schema/.test(error.message),
    );
  });
});
