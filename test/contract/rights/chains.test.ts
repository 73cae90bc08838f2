/** Where the right of one in a chain is missing, each refusal names whose it is: the one that acts may have it. */
import assert from "node:assert/strict";
import { Puppet } from "../../support/puppet.ts";
import { metaOf, type RawMessage } from "../../support/rawEnd.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";

const all = [
  ["call", "*"],
  ["act", "*"],
  ["spend", "model"],
  ["message", "conversation/*"],
  ["wake", "conversation"],
] as const;
const offers = (["read", "write"] as const).map((action) => ({
  ...{ name: action, description: "A test's.", action, timeout: 20_000 },
}));

/** What the last of a chain does there, and the verb of the right that each member needs. */
const deeds: readonly [verb: string, method: string, params: Record<string, unknown>][] = [
  ["act", "editor/executeCommand", { command: "some.command", args: [] }],
  ["spend", "model/complete", { messages: [{ role: "user", content: "Hello." }] }],
  ["wake", "conversation/addMessage", { content: "Wake.", role: "user", intent: "wake" }],
  ["call", "call", { to: { plugin: "target" }, name: "write", args: {} }],
];

describe("a chain of three plugins", function () {
  this.timeout(40_000);
  let real: RealHost;
  let puppets: Puppet[];

  /** Plugins one, two and three, of which one lacks the right to a verb. */
  async function chain(lacks: string, verb: string): Promise<void> {
    puppets = await Promise.all(["one", "two", "three", "target"].map((name) => Puppet.make(name)));
    real = await realHost({
      window: { executeCommand: async () => null } as never,
      packages(folder) {
        for (const puppet of puppets) {
          const own = all.filter(([one]) => one !== verb || puppet.name !== lacks || one === "call");
          const wants = own.map(([one, target]) => ({
            ...{ verb: one, target, why: "for the test" },
            ...(one === "call" && verb === "call" && puppet.name === lacks ? { action: "read" } : {}),
          }));
          puppet.pack(folder, { offers, wants });
        }
      },
      *model() {
        yield { type: "text", text: "Yes." };
        yield { type: "end", finish: "stop" };
      },
    });
    for (const puppet of puppets) await puppet.start(real);
  }
  afterEach(async () => {
    await real.stop();
    for (const puppet of puppets) puppet.close();
  });

  /** What became of a deed of the last, done inside a call of the second inside one of the first. */
  async function does(method: string, params: Record<string, unknown>): Promise<RawMessage> {
    const [one, two, three] = puppets as [Puppet, Puppet, Puppet];
    let deed: Promise<RawMessage> | undefined;
    const inside = (message: RawMessage) => ({ _meta: { callId: metaOf(message).callId } });
    one.answers.call = (_, message) => {
      void one.request("call", { to: { plugin: "two" }, name: "read", args: {}, ...inside(message) });
    };
    two.answers.call = (_, message) => {
      void two.request("call", { to: { plugin: "three" }, name: "read", args: {}, ...inside(message) });
      // It waits for the end of what it asked for: the chain is there as long.
      return new Promise(() => {});
    };
    three.answers.call = (_, message) => {
      deed = three.request(method, { ...params, ...inside(message) });
    };
    return await new Promise((resolve) => {
      three.answers.call = (_, message) => {
        void three.request(method, { ...params, ...inside(message) }).then(resolve);
        return new Promise(() => {});
      };
      one.answers.call = (_, message) => {
        void one.request("call", { to: { plugin: "two" }, name: "read", args: {}, ...inside(message) });
        return new Promise(() => {});
      };
      void real.host.calls.call({ caller: "person", to: { plugin: "one" }, name: "read", args: {} }).catch(() => {});
      void deed;
    });
  }

  for (const [verb, method, params] of deeds) {
    for (const lacks of ["two", "three"])
      it(`in which ${lacks} lacks the right to ${verb} is refused it, and told whose right is missing`, async () => {
        await chain(lacks, verb);
        const { error } = await does(method, params);
        assert.equal(error?.data?.kind, "denied");
        assert.equal(error?.data?.rule, "default:plugin");
        const last = lacks === "three";
        assert.equal(error?.data?.principal, last ? undefined : "plugin:two");
        assert.match(
          error?.message ?? "",
          last ? /^(plugin:)?three (has no right|may not)/ : /^(plugin:)?two, on whose behalf/,
        );
        assert.match(String(error?.data?.todo), last ? /wants/ : /wants.*two|two.*wants/);
        const rows = await real.host.journal.search({ rule: "default:plugin" });
        assert.ok(rows.some(({ data }) => JSON.stringify(data).includes(last ? "three" : "two")));
      });

    it(`all of which have the right to ${verb} does it`, async () => {
      await chain("nobody", verb);
      const { error } = await does(method, params);
      assert.equal(error, undefined);
    });
  }
});
