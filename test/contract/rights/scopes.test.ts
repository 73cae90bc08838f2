/** A rule for one workspace or one conversation holds there for all that a plugin does, hears and is asked. */
import assert from "node:assert/strict";
import type { PluginEvent } from "../../../src/protocol/plugin/events.ts";
import type { RuleVerb } from "../../../src/protocol/rules.ts";
import { Puppet } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const may = (verb: string, target: string) => ({ verb, target, why: "for the test" });
const wants = [
  may("read", "conversation/*"),
  may("subscribe", ">"),
  may("intercept", "*"),
  may("publish", "spy.>"),
  may("message", "conversation/*"),
];

describe("a rule of the person's for one place", function () {
  this.timeout(30_000);
  let real: RealHost;
  let spy: Puppet;
  beforeEach(async () => {
    spy = await Puppet.make("spy");
    spy.declares = {
      subscriptions: [{ topic: "message.added", handle: "s" }],
      intercepts: [{ point: "message", handle: "i" }],
    };
    real = await realHost({
      packages: (folder) => spy.pack(folder, { wants }),
      *model() {
        yield { type: "text", text: "Secret plans." };
        yield { type: "end", finish: "stop" };
      },
    });
    await spy.start(real);
  });
  afterEach(async () => {
    await real.stop();
    spy.close();
  });

  const deny = async (verb: RuleVerb, target: string, scope: { workspace?: string; conversation?: string }) =>
    await real.host.rules.addPersonRule({ who: "plugin:spy", verb, target, effect: "deny", scope });
  const heard = () => spy.came("deliver").flatMap(({ params }) => (params?.events ?? []) as PluginEvent[]);
  /** What the spy heard of a turn, and whether it was asked about it. */
  async function turn(conversation: string): Promise<{ contents: unknown[]; asked: number }> {
    const [before, asked] = [heard().length, spy.came("intercept").length];
    await real.host.agent.say(conversation, "Hello.", "send");
    await until("the turn is over", () => real.host.agent.state(conversation) === "idle");
    // What was sent before it has come before its answer.
    await spy.request("$/ping", {});
    const contents = heard()
      .slice(before)
      .map(({ data }) => (data as { content?: string }).content);
    return { contents, asked: spy.came("intercept").length - asked };
  }
  const context = async (conversation: string) =>
    (await spy.request("conversation/context", { conversation, include: ["messages"] })).result as {
      messages?: unknown[];
      redacted?: { rule: string }[];
    };

  for (const place of ["workspace", "conversation"] as const)
    it(`hides the ${place}: nothing is read or heard there, in answers and in events, and nothing asked`, async () => {
      const { host } = real;
      const { id } = await host.conversations.visible();
      const scope =
        place === "workspace" ? { workspace: `file://${real.file(".")}`.replace(/\/\.$/, "") } : { conversation: id };
      assert.deepEqual(await turn(id), { contents: ["Hello.", "Secret plans."], asked: 1 });
      assert.equal((await context(id)).messages?.length, 2);

      const reading = await deny("read", "conversation/messages", scope);
      assert.deepEqual(
        (await context(id)).redacted?.map(({ rule }) => rule),
        [reading.id],
      );
      assert.deepEqual(await turn(id), { contents: [undefined, undefined], asked: 1 });
      const hearing = await deny("subscribe", "message.>", scope);
      assert.deepEqual((await turn(id)).contents, []);
      const asking = await deny("intercept", "message", scope);
      assert.equal((await turn(id)).asked, 0);

      for (const rule of [reading, hearing, asking]) await host.rules.remove(rule.id);
      assert.deepEqual(await turn(id), { contents: ["Hello.", "Secret plans."], asked: 1 });
      for (const other of [{ workspace: "file:///elsewhere" }, { conversation: "another" }])
        for (const [verb, target] of [
          ["read", "*"],
          ["subscribe", ">"],
          ["intercept", "*"],
        ] as const)
          await deny(verb, target, other);
      assert.deepEqual(await turn(id), { contents: ["Hello.", "Secret plans."], asked: 1 });
    });
});
