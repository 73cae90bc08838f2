import assert from "node:assert/strict";
import { SharedField } from "../../../src/base/sharedField.ts";
import { hostToPlugin, pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import { sharedFrame } from "../../../src/rpc/frame.ts";
import { memoryPair } from "../../../src/rpc/memory.ts";
import { until } from "../../support/until.ts";

const event = (seq: number, data: unknown) => ({ seq, type: "news.ü", source: "a", timestamp: 1, data });

describe("a frame of which a part is shared", () => {
  it("has its own beginning, in bytes, and the others' ending", () => {
    const shared = new SharedField("events", [event(1, "é")]);
    const one = sharedFrame("deliver", { subscription: "s-ü" }, shared, 1_000);
    const other = sharedFrame("deliver", { subscription: "t", lost: { from: 1, to: 2, count: 2 } }, shared, 1_000);
    assert.equal(one.body, other.body, "the same bytes");
    for (const { header, body, size } of [one, other]) {
      const text = header + new TextDecoder().decode(body);
      const [line, message] = text.split("\r\n\r\n");
      assert.equal(line, `Content-Length: ${Buffer.byteLength(message ?? "")}`);
      assert.equal(size, Buffer.byteLength(text));
      assert.deepEqual(JSON.parse(message ?? "").params.events, [event(1, "é")]);
    }
    assert.throws(() => sharedFrame("deliver", { subscription: "s" }, shared, 100), { kind: "tooLarge" });
  });

  it("is written once for fifty receivers, who all get it, each under its own handle", async () => {
    let written = 0;
    const counted = {
      toJSON() {
        written++;
        return { text: "news" };
      },
    };
    const shared = new SharedField("events", [event(1, counted), event(2, null)]);
    const got: unknown[] = [];
    const pairs = Array.from({ length: 50 }, (_, index) => {
      const { left, right } = memoryPair();
      const host = createConnection({ ...left, local: pluginToHost, remote: hostToPlugin, handlers: {} });
      const plugin = createConnection({
        ...right,
        local: hostToPlugin,
        remote: pluginToHost,
        handlers: { deliver: (params) => void got.push(params) },
      });
      host.notifyShared("deliver", { subscription: `s${index}` }, shared);
      return { host, plugin };
    });
    await until("all have it", () => got.length === 50);
    const events = [event(1, { text: "news" }), event(2, null)];
    assert.deepEqual(
      got,
      pairs.map((_, index) => ({ subscription: `s${index}`, events })),
    );
    assert.equal(written, 1);
    for (const { host, plugin } of pairs) {
      host.close("The test is over.");
      host.notifyShared("deliver", { subscription: "late" }, shared);
      plugin.close("The test is over.");
    }
  });
});
