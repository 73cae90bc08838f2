/** A broker on vscode-jsonrpc as it comes: two stock connections a hop, every message parsed and written anew. */
import { join } from "node:path";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { type FanOutCell, fanOut, type Received } from "../loop.ts";
import { Rig, serve } from "../rig.ts";

const end = join(import.meta.dirname, "stockEnd.ts");

function start(role: string) {
  const rig = new Rig(end, [role], { pipes: true });
  const connection = createMessageConnection(new StreamMessageReader(rig.output), new StreamMessageWriter(rig.input));
  connection.onError(() => {});
  return { rig, connection };
}

const all: ReturnType<typeof start>[] = [];
const started = (role: string) => {
  const one = start(role);
  all.push(one);
  return one;
};

let callers: { caller: ReturnType<typeof start> } | undefined;
function twoHopEnds() {
  if (callers) return callers;
  const [caller, target] = [started("caller"), started("target")];
  caller.connection.onRequest("call", (params) => target.connection.sendRequest("call", params));
  caller.connection.listen();
  target.connection.listen();
  callers = { caller };
  return callers;
}

let hub: { publisher: ReturnType<typeof start>; subscribers: ReturnType<typeof start>[] } | undefined;
let listening: ReturnType<typeof start>[] = [];
function fanOutEnds(count: number) {
  hub ??= { publisher: started("publisher"), subscribers: [] };
  const { publisher, subscribers } = hub;
  if (subscribers.length === 0) {
    publisher.connection.onNotification("event", (params) => {
      for (const { connection } of listening) void connection.sendNotification("event", params);
    });
    publisher.connection.listen();
  }
  while (subscribers.length < count) {
    const subscriber = started("subscriber");
    subscriber.connection.listen();
    subscribers.push(subscriber);
  }
  listening = subscribers.slice(0, count);
  return publisher;
}

serve(
  {
    twoHop: (cell: never) => twoHopEnds().caller.rig.ask("twoHop", cell),
    prepareFanOut: async ({ subscribers }: { subscribers: number }) => {
      fanOutEnds(subscribers);
      await Promise.all(listening.map(({ rig }) => rig.ask("arm")));
    },
    fanOut: async (cell: FanOutCell) => {
      const publisher = fanOutEnds(cell.subscribers);
      await Promise.all(listening.map(({ rig }) => rig.ask("arm")));
      return fanOut(
        () => publisher.rig.ask("publish", cell),
        () => Promise.all(listening.map(({ rig }) => rig.ask<Received>("wait"))),
      );
    },
  },
  () => Promise.all(all.map(({ rig }) => rig.stop())),
);
