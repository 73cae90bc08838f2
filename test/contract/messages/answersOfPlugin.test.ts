/** A plugin that answers the host wrongly is told to be at fault, and whoever asked through the host is not. */
import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import { type HostToPlugin, hostToPlugin, type ResultOf } from "../../../src/protocol/plugin/methods.ts";
import { malformed, seed } from "../../support/malformed.ts";
import { type Answer, Puppet, unanswered } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const output = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
const offers = [{ name: "go", description: "Goes.", action: "read", output, facets: { agent: true } }];
const may = (verb: string, target: string, action?: string) => ({
  verb,
  target,
  ...(action ? { action } : {}),
  why: "Test.",
});

const initializeSample: ResultOf<HostToPlugin, "initialize"> = {
  protocolVersion: 1,
  plugin: { name: "wrong", version: "1.0.0" },
  capabilities: { progress: true },
  offers: [{ name: "more", description: "More.", action: "read", handle: "h1" }],
  subscriptions: [{ topic: "news.*", handle: "h2" }],
  intercepts: [{ point: "tool", phase: "before", handle: "h3" }],
  configSchema: { type: "object" },
  meta: { any: "thing" },
};

describe(`a plugin that answers wrongly (seed ${seed})`, function () {
  this.timeout(60_000);
  let real: RealHost;
  let wrong: Puppet;
  let caller: Puppet;
  const warned: string[] = [];
  beforeEach(async () => {
    warned.length = 0;
    [wrong, caller] = await Promise.all([Puppet.make("wrong"), Puppet.make("caller")]);
    real = await realHost({
      packages: (folder) => {
        wrong.pack(folder, {
          offers,
          wants: [may("subscribe", "news.>"), may("intercept", "tool"), may("publish", "news.>")],
        });
        caller.pack(folder, {
          wants: [may("call", "wrong/*", "read"), may("publish", "news.>"), may("subscribe", "news.>")],
        });
      },
      logger: {
        log: (level, message, fields) => void (level === "warn" && warned.push(`${message} ${JSON.stringify(fields)}`)),
      },
      *model({ messages }) {
        if (messages.at(-1)?.role === "user") yield { type: "toolCall", id: "1", name: "wrong_go", arguments: "{}" };
        else yield { type: "text", text: "Done." };
        yield { type: "end", finish: "stop" };
      },
    });
    await caller.start(real);
  });
  afterEach(async () => {
    await real.stop();
    wrong.close();
    caller.close();
  });

  it("to initialize does not run, for as many reasons as the answer has fields", async () => {
    const made = malformed(hostToPlugin.initialize.result, initializeSample, 40);
    const step = Math.ceil(made.length / 40);
    const usual = wrong.answers.initialize as Answer;
    for (const { path, fault, value } of made.filter((_, index) => index % step === 0)) {
      wrong.answers.initialize = () => value;
      const error = await real.host.supervisor.restart("wrong").then(
        () => assert.fail(`It runs, though ${path.join(".")} is ${fault}.`),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Failure, String(error));
      const what = `${path.join(".")} ${fault}: ${error.message}`;
      assert.match(error.message, /wrong/, what);
      assert.notEqual(error.kind, "invalidParams", what);
      assert.equal(real.host.supervisor.running("wrong"), undefined, what);
      const { error: refusal } = await caller.request("call", { to: { plugin: "wrong" }, name: "go" });
      assert.ok(refusal && refusal.code !== -32602, what);
    }
    wrong.answers.initialize = usual;
    await real.host.supervisor.restart("wrong");
    assert.ok(real.host.supervisor.running("wrong"), "a right answer is taken after all");
  });

  it("to a call makes the call fail as its own fault, whatever it answers", async () => {
    await wrong.start(real);
    const results: unknown[] = [null, 5, "text", [], {}, { n: "1" }, { n: 1.5 }, { n: 1, more: true }, { n: null }];
    for (const result of results) {
      wrong.answers.call = () => result;
      const { error } = await caller.request("call", { to: { plugin: "wrong" }, name: "go" });
      assert.equal(error?.code, -33005, JSON.stringify(result));
      assert.match(error?.message ?? "", /^wrong\/go answered with something that does not fit its own output schema/);
      assert.match(String(error?.data?.todo), /fault of the plugin/);
    }
    const bodies = [
      "{}",
      '{"result":{"n":1},"error":{"code":1,"message":"both"}}',
      '{"error":null}',
      '{"error":{"code":"x"}}',
      '{"error":{"code":-32603}}',
    ];
    for (const body of bodies) {
      wrong.answers.call = (_params, { id }) => {
        wrong.send({ jsonrpc: "2.0", id, ...(JSON.parse(body) as object) });
        return unanswered;
      };
      const { error } = await caller.request("call", { to: { plugin: "wrong" }, name: "go" });
      assert.equal(error?.code, -32603, `${body}: ${error?.message}`);
      assert.match(error?.message ?? "", /wrong/, body);
      assert.doesNotMatch(error?.message ?? "", /caller/, body);
    }
    wrong.answers.call = () => ({ n: 1 });
    assert.deepEqual((await caller.request("call", { to: { plugin: "wrong" }, name: "go" })).result, { n: 1 });
  });

  it("to an intercept lets the point's own rule decide, and is named", async () => {
    await wrong.start(real);
    await wrong.request("register", { intercept: { point: "tool", onFailure: "block" } });
    const sample = { decision: "deny", reason: "no", updated: { a: 1 }, answer: 1, context: "more" };
    const made = malformed(hostToPlugin.intercept.result, sample, 10);
    const step = Math.ceil(made.length / 12);
    for (const { path, fault, value } of made.filter((_, index) => index % step === 0)) {
      wrong.answers.intercept = () => value;
      const asked = wrong.came("call").length;
      const conversation = real.host.conversations.create();
      await real.host.agent.say(conversation.id, "go", "send");
      await until("the turn is over", () => real.host.agent.state(conversation.id) === "idle");
      const told = real.requests.at(-1)?.messages.filter(({ role }) => role === "tool") ?? [];
      const what = `${path.join(".")} ${fault}: ${JSON.stringify(told)}`;
      assert.match(JSON.stringify(told), /blocked by wrong/, what);
      assert.equal(wrong.came("call").length, asked, `the tool was called, though ${what}`);
    }
    wrong.answers.intercept = () => ({ decision: "allow" });
    wrong.answers.call = () => ({ n: 1 });
    const conversation = real.host.conversations.create();
    await real.host.agent.say(conversation.id, "go", "send");
    await until("the tool is called", () => wrong.came("call").length === 1);
  });

  it("to a delivery has not acknowledged it; others hear all the same, and the loss is told", async () => {
    await wrong.start(real);
    wrong.answers.deliver = () => 5;
    await wrong.request("register", { subscription: { topic: "news.>", whenSlow: "ack" } });
    await caller.request("register", { subscription: { topic: "news.>" } });
    await wrong.request("publish", { topic: "news.one", data: 1 });
    await until("the other hears", () => caller.came("deliver").length === 1);
    await until("it is told", () =>
      warned.some((line) => /A delivery of events failed/.test(line) && /"wrong"/.test(line)),
    );
    wrong.answers.deliver = () => null;
    await wrong.request("publish", { topic: "news.two", data: 2 });
    const next = await until("it hears again", () => wrong.came("deliver").find(({ params }) => params?.lost));
    assert.deepEqual((next.params?.lost as { count: number } | undefined)?.count, 1);
  });

  it("to shutdown is stopped all the same", async () => {
    await wrong.start(real);
    wrong.answers.shutdown = () => 5;
    await real.host.supervisor.stop("wrong");
    assert.equal(real.host.supervisor.view("wrong")?.process, "stopped");
  });
});
