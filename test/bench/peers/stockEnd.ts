/** An end of the stock broker: caller, target, publisher or subscriber. */
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { Counter, closedLoop, eventData, type FanOutCell, type TwoHopCell } from "../loop.ts";
import { payloadOf } from "../payload.ts";
import { serve } from "../rig.ts";

const connection = createMessageConnection(
  new StreamMessageReader(process.stdin),
  new StreamMessageWriter(process.stdout),
);
const counter = new Counter();
connection.onError(() => {});
connection.onRequest("call", (params) => params);
connection.onNotification("event", (params) => counter.heard(params));
connection.listen();

serve({
  twoHop: (cell: TwoHopCell) => closedLoop((payload) => connection.sendRequest("call", payload), cell),
  arm: () => counter.arm(),
  wait: () => counter.wait(),
  async publish({ events, bytes }: FanOutCell) {
    const payload = payloadOf(bytes);
    for (let index = 1; index <= events; index++)
      await connection.sendNotification("event", eventData(payload, index === events));
  },
});
