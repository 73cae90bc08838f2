import assert from "node:assert/strict";
import { Puppet } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const why = "The suite needs it.";
const subscription = { topic: "work.>", group: "workers" };

describe("members of a group that an event starts", function () {
  this.timeout(60_000);
  let real: RealHost;
  let puppets: readonly Puppet[];

  afterEach(async () => {
    await real.stop();
    for (const puppet of puppets) puppet.close();
  });

  for (const first of [[], ["one"]])
    it(`have each event once between them where ${first.length === 0 ? "none" : "one"} of them runs`, async () => {
      puppets = await Promise.all(["teller", "one", "two"].map((name) => Puppet.make(name)));
      const [teller, ...members] = puppets as [Puppet, ...Puppet[]];
      real = await realHost({
        packages(folder) {
          teller.pack(folder, { wants: [{ verb: "publish", target: "work.>", why }] });
          for (const member of members) {
            member.declares = { subscriptions: [{ handle: "s", ...subscription }] };
            member.pack(folder, {
              wants: [{ verb: "subscribe", target: "work.>", why }],
              subscriptions: [subscription],
            });
          }
        },
      });
      await teller.start(real);
      for (const member of members) if (first.includes(member.name)) await member.start(real);
      const publish = (data: number) => teller.request("publish", { topic: "work.item", data });
      for (const data of [0, 1, 2, 3, 4, 5]) await publish(data);
      await until("all run", () => members.every(({ name }) => real.host.supervisor.running(name)));
      for (const data of [6, 7, 8, 9]) await publish(data);
      const heard = () =>
        members
          .flatMap((member) => member.came("deliver"))
          .flatMap(({ params }) => ((params?.events ?? []) as { data: number }[]).map(({ data }) => data));
      await until("the last has come", () => heard().length >= 10 && heard().includes(9));
      assert.deepEqual(
        heard().sort((one, other) => one - other),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
    });
});
