import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../../src/base/clock.ts";
import type { Span } from "../../../src/core/trace/span.ts";
import { TraceExport } from "../../../src/node/otlp/traceExport.ts";
import { until } from "../../support/until.ts";

const span: Span = {
  ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), kind: "call", name: "p/go", caller: "agent" },
  ...{ startedAt: 1_700_000_000_000, endedAt: 1_700_000_000_001, status: "ok" },
};

describe("where traces go", () => {
  function made(target: { endpoint: string }) {
    const said: string[] = [];
    const parts = { target: async () => ({ ...target, headers: {} }), version: "1", clock: systemClock };
    return { said, sending: new TraceExport({ ...parts, trouble: (text) => said.push(text) }) };
  }

  it("is nowhere until a setting names a place, there at once, and nowhere again without it", async () => {
    let requests = 0;
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        requests++;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const target = { endpoint: "" };
    const { said, sending } = made(target);
    await sending.apply();
    sending.add([span], 0);
    target.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await sending.apply();
    sending.add([span], 0);
    await until("one request came", () => requests === 1);
    target.endpoint = "";
    await sending.apply();
    sending.add([span], 0);
    await sending.close();
    assert.deepEqual([requests, said], [1, []]);
    await new Promise((resolve) => server.close(resolve));
  });

  it("is said where it is no place, and nothing is sent", async () => {
    const { said, sending } = made({ endpoint: "collector" });
    await sending.apply();
    sending.add([span], 0);
    assert.match(said.join(), /must be an address/);
    await sending.close();
  });
});
