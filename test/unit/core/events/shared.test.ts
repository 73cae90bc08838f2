import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { countingIds } from "../../../../src/base/ids.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { EventBus } from "../../../../src/core/events/bus.ts";
import type { Batch } from "../../../../src/core/events/mailbox.ts";
import { SharedBatches } from "../../../../src/core/events/sharedBatches.ts";
import { viewers } from "../../../../src/core/services/redaction.ts";

describe("what several subscribers get alike", () => {
  const setUp = (deaf: (plugin: string) => boolean = () => false) => {
    let decided = 0;
    const viewer = viewers(({ verb, principals: [who = ""] }) => {
      decided++;
      const denied = verb === "read" ? who !== "plugin:reader" : deaf(who);
      return { effect: denied ? "deny" : "allow", rule: "r" };
    });
    const bus = new EventBus({
      clock: new FakeClock(),
      ids: countingIds(),
      logger: silentLogger,
      onJournal: () => {},
      viewer,
    });
    const batches = new SharedBatches();
    const listen = (subscriber: string, topic = ">") => {
      const fields: { field: unknown; batch: Batch }[] = [];
      const deliver = (batch: Batch) => void fields.push({ batch, field: batches.of(batch.events) });
      bus.subscribe({ subscriber, spec: { topic }, deliver });
      return fields;
    };
    return { bus, listen, decided: () => decided };
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it("is one field, whatever else others get, and decided once for all events of a delivery", async () => {
    const { bus, listen, decided } = setUp();
    const [one, other, less] = [listen("one"), listen("other"), listen("less", "a.*")];
    for (const type of ["a.b", "c.d", "a.b"]) bus.publish({ type, source: "p", data: {} });
    await settle();
    assert.equal(one[0]?.field, other[0]?.field);
    assert.equal(one[0]?.batch.events.length, 3);
    assert.notEqual(less[0]?.field, one[0]?.field);
    assert.equal(less[0]?.batch.events.length, 2);
    assert.equal(decided(), 2 + 2 + 1, "once for each topic");
    bus.publish({ type: "a.b", source: "p", data: {} });
    await settle();
    assert.notEqual(one[1]?.field, one[0]?.field);
    assert.equal(one[1]?.field, less[1]?.field);
    assert.equal(decided(), 5 + 3, "a right that was revoked meanwhile would hold");
  });

  it("is one field for each view: who may not read the conversation never gets what others may", async () => {
    const { bus, listen } = setUp();
    const [reader, blind, blinder] = [listen("reader"), listen("blind"), listen("blinder")];
    bus.publish({ type: "message.added", source: "host", data: { content: "secret", words: 1 } });
    await settle();
    assert.deepEqual(reader[0]?.batch.events[0]?.data, { content: "secret", words: 1 });
    assert.deepEqual(blind[0]?.batch.events[0]?.data, { words: 1 });
    assert.equal(blind[0]?.field, blinder[0]?.field);
    assert.notEqual(blind[0]?.field, reader[0]?.field);
  });
});
