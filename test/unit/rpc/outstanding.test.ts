import assert from "node:assert/strict";
import { isCounted } from "../../../src/rpc/framing/writer.ts";
import { until } from "../../support/until.ts";
import { withRawPeer } from "./support.ts";

describe("the bounds of outstanding requests", () => {
  it("leave out what keeps the channel going, and deliveries, which have a credit of their own", () => {
    assert.deepEqual(
      ["call", "intercept", "publish", "deliver", "$/ping", "shutdown"].filter((method) => isCounted(method)),
      ["call", "intercept", "publish"],
    );
  });

  it("hold for their bytes, too: what is over them is refused as overloaded, a large one alone is not, and answers make room", async () => {
    const answers: ((value: unknown) => void)[] = [];
    const handlers = { echo: () => new Promise((resolve) => answers.push(resolve)) };
    const { peer, connection } = withRawPeer({ handlers, limits: { outboundBytes: 10_000 } });
    const ask = (id: string, bytes: number) =>
      peer.send({ jsonrpc: "2.0", id, method: "echo", params: { value: "x".repeat(bytes) } });
    ask("large", 20_000);
    ask("small", 10);
    const { error } = await peer.answer("small");
    assert.equal(error?.code, -33001);
    assert.equal(error?.data?.limit, 10_000);
    assert.equal(answers.length, 1);
    answers[0]?.("done");
    await peer.answer("large");
    for (const id of ["a", "b", "c"]) ask(id, 4_000);
    assert.equal((await peer.answer("c")).error?.code, -33001);
    assert.equal(answers.length, 3);
    for (const answer of answers) answer("done");
    for (const id of ["a", "b"]) assert.equal((await peer.answer(id)).result, "done");
    ask("d", 9_000);
    await until("there is room again", () => answers.length === 4);
    connection.close("end of test");
  });
});
