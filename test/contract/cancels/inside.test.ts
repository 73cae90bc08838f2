/** What a plugin asks for inside a call that is cancelled: by a plugin on raw frames, which cancels nothing itself. */
import assert from "node:assert/strict";
import type { WindowPort } from "../../../src/core/ports.ts";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { Puppet, unanswered } from "../../support/puppet.ts";
import { metaOf } from "../../support/rawEnd.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const wants = [
  { verb: "call", target: "asker/*", why: "for the test" },
  { verb: "act", target: "*", why: "for the test" },
  { verb: "spend", target: "*", why: "for the test" },
];
const offers = [{ name: "held", description: "Waits.", action: "read" }];

describe("inside a call that is cancelled", () => {
  let caller: Puppet;
  let asker: Puppet;
  let real: RealHost;
  let asked: AbortSignal[];
  let streamed: AbortSignal[];

  beforeEach(async () => {
    asked = [];
    streamed = [];
    const window = {
      ask: (_plugin: string, _question: unknown, signal: AbortSignal) => {
        asked.push(signal);
        return new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
      },
    } as unknown as WindowPort;
    [caller, asker] = [await Puppet.make("caller"), await Puppet.make("asker")];
    real = await realHost({
      packages: (folder) => {
        caller.pack(folder, { wants });
        asker.pack(folder, { wants, offers });
      },
      window,
      async *model(_request, _step, signal) {
        streamed.push(signal);
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        yield { type: "end", finish: "stop" };
      },
    });
    asker.answers.call = () => unanswered;
    await Promise.all([caller.start(real), asker.start(real)]);
  });
  afterEach(async () => {
    await real.stop();
    caller.close();
    asker.close();
  });

  async function calledAs(id: string): Promise<string> {
    const before = asker.came("call").length;
    caller.send({ jsonrpc: "2.0", id, method: "call", params: { to: { plugin: "asker" }, name: "held" } });
    return metaOf(await until("the call came", () => asker.came("call")[before])).callId as string;
  }

  const requests = {
    "ui/ask": { question: "Well?", choices: [{ title: "Yes" }] },
    "model/complete": { messages: [{ role: "user", content: "Hello." }] },
  };
  for (const [method, params] of Object.entries(requests)) {
    it(`${method} ends with it, and only inside it`, async () => {
      const callId = await calledAs("wanted");
      const begun = () => [...asked, ...streamed];
      asker.send({ jsonrpc: "2.0", id: "inside", method, params: { ...params, _meta: { callId } } });
      await until("the first began", () => begun().length === 1);
      asker.send({ jsonrpc: "2.0", id: "outside", method, params });
      await until("the second began", () => begun().length === 2);
      caller.notify("$/cancelRequest", { id: "wanted" });
      assert.equal((await asker.answer("inside")).error?.code, errorCodes.cancelled);
      assert.deepEqual(
        begun().map(({ aborted }) => aborted),
        [true, false],
      );
      asker.notify("$/cancelRequest", { id: "outside" });
      assert.equal((await asker.answer("outside")).error?.code, errorCodes.cancelled);
    });
  }
});
