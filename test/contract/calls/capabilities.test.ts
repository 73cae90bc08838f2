/** Well-known capabilities: what the bundled providers answer, and what is said of one that answers otherwise. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { wellKnownCapabilities } from "../../../src/protocol/plugin/capabilities.ts";
import { Puppet } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const search = { name: "find", description: "Finds.", action: "read", facets: { provides: "repo.search" } };
const match = { path: "a.ts", line: 1, column: 3, snippet: "the parser" };

describe("a well-known capability", function () {
  this.timeout(60_000);
  let real: RealHost;
  let puppet: Puppet | undefined;
  afterEach(async () => {
    await real.stop();
    puppet?.close();
    puppet = undefined;
  });

  const call = async (capability: string, args: Record<string, unknown>) =>
    (await real.host.calls.call({ caller: "person", to: { provides: capability }, name: "", args })).result;
  const said = (plugin: string) => real.host.activity.logOf(plugin).filter((line) => /provides/.test(line));

  it("is answered by the bundled providers as it says, whose action is its own", async () => {
    real = await realHost({ bundled: ["repoagent", "llmserver"] });
    writeFileSync(real.file("a.txt"), "one\ntwo\n");
    const asked: Record<string, Record<string, unknown>> = {
      "repo.tree": {},
      "repo.file.read": { path: "a.txt" },
      "repo.file.write": { path: "b.txt", content: "three\n" },
      "repo.patch": { changes: [{ path: "a.txt", content: "one\n" }] },
      "llm.embed": { texts: ["a", "b"] },
      "llm.chat": { messages: [{ role: "user", content: "hello" }] },
    };
    const provided = real.host.offers.all().flatMap(({ offer }) => offer.facets?.provides ?? []);
    assert.deepEqual(
      provided.filter((name) => name !== "repo.search" && !Object.hasOwn(asked, name)),
      [],
      "search needs ripgrep, and is played where that is",
    );
    for (const { offer } of real.host.offers.all()) {
      const contract = wellKnownCapabilities.get(offer.facets?.provides ?? "");
      if (contract) assert.equal(offer.action, contract.action, offer.name);
    }
    for (const [capability, args] of Object.entries(asked)) {
      const contract = wellKnownCapabilities.get(capability);
      assert.ok(contract?.input.safeParse(args).success, capability);
      const answer = contract.output.safeParse(await call(capability, args));
      assert.ok(answer.success, `${capability}: ${answer.error?.message}`);
    }
    for (const plugin of ["repoagent", "llmserver"]) assert.deepEqual(said(plugin), []);
  });

  async function provider(source: "bundled" | "development", offer: Record<string, unknown>, answer: unknown) {
    puppet = await Puppet.make("finder");
    const packed = puppet;
    packed.answers.call = () => answer;
    real = await realHost({ packages: (folder) => packed.pack(folder, { offers: [offer] }) });
    if (source === "development") {
      await real.host.setInstalled(real.found.map((plugin) => ({ ...plugin, source })));
      await real.host.letIn("finder");
    }
  }

  it("that is answered otherwise reaches the caller, and the author is told once", async () => {
    await provider("bundled", search, { hits: [match] });
    assert.deepEqual(await call("repo.search", { query: "parser" }), { hits: [match] });
    await call("repo.search", { query: "parser" });
    await until("it is told", () => said("finder").length > 0);
    const [line = "", ...more] = said("finder");
    assert.match(line, /"find" provides "repo\.search" and answers otherwise: "matches" is missing\./);
    assert.deepEqual(more, []);
  });

  it("that is answered otherwise by a plugin in development is refused", async () => {
    await provider("development", search, { matches: [{ ...match, line: 0 }], truncated: false });
    await assert.rejects(
      call("repo.search", { query: "parser" }),
      (error: Error & { details?: { reason?: string } }) => {
        assert.match(error.message, /"find" provides "repo\.search" and answers otherwise: "matches\[0\]\.line"/);
        assert.equal(error.details?.reason, "badAnswer");
        return true;
      },
    );
  });

  it("may be answered with more than it says, also in development", async () => {
    const answer = { matches: [match], truncated: false, took: 3 };
    await provider("development", search, answer);
    assert.deepEqual(await call("repo.search", { query: "parser" }), answer);
    assert.deepEqual(said("finder"), []);
  });

  it("whose arguments a provider refuses is told to its author, with the reason", async () => {
    const input = { type: "object", required: ["folder"], properties: { folder: { type: "string" } } };
    await provider("bundled", { ...search, input }, {});
    await assert.rejects(call("repo.search", { query: "parser" }), /folder/);
    await assert.rejects(call("repo.search", {}), /folder/);
    const [line = "", ...more] = said("finder");
    assert.match(line, /"find" refuses arguments that "repo\.search", which it provides, takes: .*folder/);
    assert.deepEqual(more, [], "what the capability does not take either is the caller's fault");
  });

  it("is free where its name means nothing to the host", async () => {
    await provider("development", { ...search, facets: { provides: "words.count" } }, 7);
    assert.equal(await call("words.count", {}), 7);
    assert.deepEqual(said("finder"), []);
  });
});
