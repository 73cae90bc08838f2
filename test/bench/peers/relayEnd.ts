/** An end of the byte relay: the target sends back what comes; the caller counts bytes and knows how many messages they are. */
import { figuresOf, type TwoHopCell, type TwoHopFigures } from "../loop.ts";
import { payloadOf } from "../payload.ts";
import { serve } from "../rig.ts";

const { stdin, stdout } = process;
let onBytes: (count: number) => void = () => {};
const isTarget = process.argv[2] === "target";
stdin.on("data", (chunk: Buffer) => {
  if (isTarget) stdout.write(chunk);
  else onBytes(chunk.length);
});

/** Messages of one size come back in order, so the oldest one under way is the one that is answered. */
function twoHop({ bytes, inFlight, ms }: TwoHopCell): Promise<TwoHopFigures> {
  const message = Buffer.from(JSON.stringify(payloadOf(bytes)));
  const batch = Buffer.concat(Array.from({ length: inFlight }, () => message));
  const started: number[] = [];
  const taken: number[] = [];
  const begin = performance.now();
  let received = 0;
  const send = (count: number) => {
    const now = performance.now();
    for (let index = 0; index < count; index++) started.push(now);
    stdout.write(count === inFlight ? batch : batch.subarray(0, count * message.length));
  };
  return new Promise((resolve) => {
    onBytes = (count) => {
      received += count;
      const now = performance.now();
      const done = Math.floor(received / message.length) - taken.length;
      for (let index = 0; index < done; index++) taken.push(now - (started[taken.length] as number));
      if (now - begin < ms) {
        if (done > 0) send(done);
      } else if (taken.length === started.length) {
        resolve(figuresOf(taken, now - begin));
      }
    };
    send(inFlight);
  });
}

serve({ twoHop });
