/** What a subscription promises a plugin that stops reading for a while, over its real pipe. */
import assert from "node:assert/strict";
import type { PluginEvent } from "../../../src/protocol/plugin/events.ts";
import { Puppet } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

type Delivered = { events: PluginEvent[]; lost?: { from: number; to: number; count: number } };

/** 60 MB in all: more than a pipe, the lanes and the queue hold together. */
const sent = 3_000;
const pad = "x".repeat(20_000);

describe("a plugin that does not read for a while", () => {
  let puppet: Puppet;
  let real: RealHost;

  before(async () => {
    puppet = await Puppet.make("slow");
    const wants = [{ verb: "subscribe", target: "self.>", why: "to hear" }];
    real = await realHost({ packages: (folder) => puppet.pack(folder, { wants }) });
    await puppet.start(real);
  });
  after(async () => {
    await real.stop();
    puppet.close();
  });

  for (const whenSlow of ["dropOldest", "latest"] as const) {
    it(`has the newest and the exact number of what it lost as soon as it reads again: ${whenSlow}`, async () => {
      const { host } = real;
      const registered = await puppet.request("register", { subscription: { topic: `self.${whenSlow}`, whenSlow } });
      const { handle } = registered.result as {
        handle: string;
      };
      puppet.reads(false);
      for (let at = 0; at < sent; at++) {
        host.bus.publish({ type: `self.${whenSlow}`, source: "other", data: { at, pad } });
        if (at % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok(host.bus.backlogBytes("slow") <= 8 * 1024 * 1024);
      puppet.reads(true);
      const delivered = () =>
        puppet.came("deliver").flatMap(({ params }) => (params?.subscription === handle ? [params as Delivered] : []));
      const newest = () => delivered().at(-1)?.events.at(-1)?.data as { at: number } | undefined;
      await until("the newest came", () => newest()?.at === sent - 1);
      const events = delivered().flatMap((batch) => batch.events);
      const lost = delivered().reduce((sum, batch) => sum + (batch.lost?.count ?? 0), 0);
      assert.ok(lost > 0, "it must have lost some, or this shows nothing");
      assert.equal(events.length + lost, sent);
      const order = events.map(({ seq }) => seq);
      assert.deepEqual(
        order,
        [...order].sort((one, other) => one - other),
      );
    });
  }
});
