/** An end of the NATS stack. Arguments: the client's module, the server's port, the role, and of a subscriber its number. */
import { pathToFileURL } from "node:url";
import { Counter, closedLoop, eventData, type FanOutCell, type TwoHopCell } from "../loop.ts";
import { payloadOf } from "../payload.ts";
import { serve } from "../rig.ts";

/** The part of the client that is used; the package is there only where the bench has installed it. */
interface Message {
  readonly data: Uint8Array;
  json(): unknown;
  respond(data: Uint8Array): boolean;
}
interface NatsConnection {
  request(subject: string, data: string, options: { timeout: number }): Promise<Message>;
  publish(subject: string, data: string): void;
  subscribe(subject: string, options: { callback: (error: unknown, message: Message) => void }): unknown;
  flush(): Promise<void>;
}

const [client, port, role, number = "0"] = process.argv.slice(2) as [string, string, string, string?];
const { connect } = (await import(pathToFileURL(client).href)) as {
  connect(options: { servers: string }): Promise<NatsConnection>;
};
const connection = await connect({ servers: `127.0.0.1:${port}` });
const counter = new Counter();
const encoder = new TextEncoder();

if (role === "target") {
  connection.subscribe("bench.call", {
    callback: (_error, message) => void message.respond(encoder.encode(JSON.stringify(message.json()))),
  });
}
if (role === "subscriber") {
  for (const count of [1, 10, 50]) {
    if (Number(number) < count)
      connection.subscribe(`bench.s${count}`, { callback: (_error, message) => counter.heard(message.json()) });
  }
}
await connection.flush();

serve({
  ready: () => {},
  arm: () => counter.arm(),
  wait: () => counter.wait(),
  twoHop: (cell: TwoHopCell) =>
    closedLoop(
      async (payload) => (await connection.request("bench.call", JSON.stringify(payload), { timeout: 30_000 })).json(),
      cell,
    ),
  async publish({ subscribers, events, bytes }: FanOutCell) {
    const payload = payloadOf(bytes);
    for (let index = 1; index <= events; index++) {
      connection.publish(`bench.s${subscribers}`, JSON.stringify(eventData(payload, index === events)));
      // The client keeps what is not sent in memory; this lets it leave, and the others run.
      if (index % 64 === 0) await connection.flush();
    }
    await connection.flush();
  },
});
