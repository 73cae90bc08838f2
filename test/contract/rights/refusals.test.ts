/** What no rule of the list could allow is refused with a rule's name too, told and written down as any refusal. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { Puppet } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const may = (verb: string, target: string) => ({ verb, target, why: "for the test" });

describe("a refusal that stands in no list of rules", function () {
  this.timeout(30_000);
  let real: RealHost;
  let eager: Puppet;
  let release: (() => void) | undefined;
  beforeEach(async () => {
    eager = await Puppet.make("eager");
    real = await realHost({
      packages: (folder) =>
        eager.pack(folder, { wants: [may("publish", ">"), may("act", "*"), may("read", "conversation/*")] }),
      async *model() {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        yield { type: "end", finish: "stop" };
      },
    });
    await eager.start(real);
  });
  afterEach(async () => {
    release?.();
    await real.stop();
    eager.close();
  });

  /** The row that counts it, and what it says of why. */
  async function row(rule: string) {
    const rows = await real.host.journal.search({ types: ["permission.decided"], rule });
    const times = rows.reduce((sum, { data }) => sum + (data as { times: number }).times, 0);
    const [first] = rows;
    assert.ok(first, rule);
    const { verb, target, effect, pluginId } = first.data as Record<string, string>;
    assert.deepEqual([pluginId, effect], ["eager", "deny"]);
    const told = await real.host.journal.search({ types: ["permission.refused"], rule });
    assert.ok(told.length > 0, "people are told");
    return {
      what: `${verb} ${target}`,
      times,
      conversation: first.conversation,
      rows: rows.length,
      why: (await real.host.journal.explain(first)).text,
    };
  }

  it("names what is the host's: its topics, however often they are tried", async () => {
    const tries = Array.from({ length: 300 }, (_, n) => ({
      method: "publish",
      params: { topic: "tool.callEnd", data: n, keep: n === 0 },
    }));
    for (const { error } of await eager.exchange(tries)) {
      assert.equal(error?.code, errorCodes.denied);
      assert.equal(error?.data?.rule, "builtin:host-topics");
    }
    const { what, times, rows, why } = await row("builtin:host-topics");
    assert.deepEqual([what, times], ["publish tool.callEnd", 300]);
    assert.ok(rows < 10, `${rows} rows`);
    assert.match(why, /Topics of the host are published by Parley alone/);
  });

  it("names the conversation of others, and leaves no trace in it", async () => {
    const { host } = real;
    const secret = host.conversations.create().id;
    const own = host.conversations.create();
    await host.conversations.show(own.id);
    const { error } = await eager.request("conversation/context", { conversation: secret });
    assert.deepEqual([error?.code, error?.data?.rule], [errorCodes.denied, "builtin:strange-conversation"]);
    const { what, times, conversation, why } = await row("builtin:strange-conversation");
    assert.deepEqual([what, times, conversation], ["read conversation/messages", 1, undefined]);
    assert.match(why, /only that the host named to it/);
  });

  it("names the turn of others", async () => {
    const { host } = real;
    const { id } = await host.conversations.visible();
    void host.agent.say(id, "Go.", "send");
    await until("the model is asked", () => release);
    const { error } = await eager.request("agent/stop", {});
    assert.deepEqual([error?.code, error?.data?.rule], [errorCodes.denied, "builtin:turn-of-others"]);
    const { what, times } = await row("builtin:turn-of-others");
    assert.deepEqual([what, times], ["act agent/stop", 1]);
    assert.equal(host.agent.state(id), "running");
  });
});
