/**
 * A host whose plugin publishes what is to be kept, for a plugin that acknowledges nothing: `node keptHost.ts FOLDER HOW`. `kill` prints what
 * the publisher was answered, once all was delivered, and waits to be killed; `close` prints the same and closes like a window that is
 * reloaded; `count` lets the publisher use a right until that is counted on disk and not yet in the journal, prints how often, and waits
 * to be killed; `fill` publishes until the disk is full, prints that answer, and what was heard.
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { unanswered } from "../../support/puppet.ts";
import { startPuppets } from "../../support/puppets.ts";
import { until } from "../../support/until.ts";

const [folder = "", how = "kill"] = process.argv.slice(2);
const { real, puppets } = await startPuppets({ talker: {}, hearer: {} }, { folder, guardian: true });
const { talker, hearer } = puppets;
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const publish = (data: unknown, more = {}) => talker.request("publish", { topic: "bell.rings", data, ...more });
const heard = () => hearer.came("deliver").flatMap(({ params }) => params?.events as { data: unknown }[]);

if (how === "fill") {
  await hearer.request("register", { subscription: { topic: "bell.>", whenSlow: "ack" } });
  let count = 0;
  let refused: unknown;
  while (refused === undefined && count < 200) {
    count++;
    refused = (await publish({ count, pad: "x".repeat(60_000) }, { keep: true })).error;
  }
  const after = await publish("not kept");
  await until("it heard the last", () => heard().at(-1)?.data === "not kept");
  print({ count, refused, after, heard: heard().length });
  process.exit(0);
}
if (how === "count") {
  const database = new DatabaseSync(join(folder, "parley.db"), { readOnly: true });
  const sum = (column: string, rest: string) =>
    Number(
      database.prepare(`SELECT sum(json_extract(${column})) AS times FROM ${rest} LIKE ?`).get('%"verb":"state"%')
        ?.times ?? 0,
    );
  const drafted = () => sum("body, '$.counted.data.times'", "retained WHERE body");
  const told = () => sum("data, '$.times'", "journal WHERE type = 'permission.decided' AND data");
  let uses = 0;
  let found = "journal";
  while (found === "journal" && uses < 1_000) {
    uses += 50;
    const get = { method: "state/get", params: { scope: "plugin", key: "k" } };
    await talker.exchange(Array.from({ length: 50 }, () => get));
    await until("they are on disk", () => drafted() + told() === uses);
    if (drafted() > 0) found = "draft";
  }
  print({ found, uses });
  await new Promise(() => setInterval(() => {}, 1_000));
}
hearer.answers.deliver = () => unanswered;
await hearer.request("register", { subscription: { topic: "bell.>", whenSlow: "ack" } });
const answers = await talker.exchange(
  [1, 2, 3].map((data) => ({ method: "publish", params: { topic: "bell.rings", data, keep: true } })),
);
await publish("the last", { topic: "clock.state", latest: true });
await publish("for hearer", { topic: "inbox", to: "hearer", keep: true });
await until("all were delivered", () => heard().length === 3);
if (how === "close") {
  await real.host.stop();
  real.launcher.dispose();
  await real.store.close();
}
print({ ids: answers.map(({ result }) => (result as { eventId?: string } | undefined)?.eventId) });
if (how === "close") process.exit(0);
