import assert from "node:assert/strict";
import { type Deferred, deferred } from "../../../src/base/deferred.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { Inside } from "../../../src/sdk/inside.ts";
import { Registrar } from "../../../src/sdk/registrar.ts";
import { LocalSubscriptions, type PluginEvent, type SubscribeOptions } from "../../../src/sdk/subscriptions.ts";

const event = (seq: number, more: Partial<PluginEvent> = {}): PluginEvent => ({
  seq,
  type: "t",
  source: "other",
  timestamp: 5,
  data: null,
  ...more,
});
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A subscription of a plugin that the host has accepted, and what its faults were. */
function subscribed(handler: (event: PluginEvent) => unknown, options?: SubscribeOptions) {
  const faults: string[] = [];
  const onFault = (what: string, error: unknown) => void faults.push(`${what}: ${(error as Error).message}`);
  const channel = { request: () => Promise.resolve({ handle: "late" }) as never };
  const registrar = new Registrar(channel, onFault);
  const inside = new Inside();
  const subscriptions = new LocalSubscriptions(registrar, onFault, inside);
  const own = subscriptions.add("t", handler as never, options);
  registrar.initial();
  const deliver = (all: PluginEvent[], lost?: { from: number; to: number; count: number }) =>
    subscriptions.deliver({ subscription: "initial-1", events: all, ...(lost && { lost }) });
  return { deliver, faults, inside, own };
}

describe("what a plugin subscribed to", () => {
  it("is handled before the delivery is answered, without waiting where the handler does not", () => {
    const heard: number[] = [];
    const { deliver } = subscribed(({ seq }) => heard.push(seq));
    assert.equal(deliver(events(1, 100)), null);
    assert.equal(deliver(events(101, 102)), null);
    assert.equal(heard.length, 102);
  });

  it("is handled one after another, over several deliveries, and each is answered when its own events were", async () => {
    const begun: number[] = [];
    const ends: Deferred<void>[] = [];
    const { deliver } = subscribed(({ seq }) => {
      begun.push(seq);
      if (seq % 2 === 1) return;
      const end = deferred<void>();
      ends.push(end);
      return end.promise;
    });
    const answered: string[] = [];
    void Promise.resolve(deliver(events(1, 3))).then(() => answered.push("first"));
    void Promise.resolve(deliver(events(4, 5))).then(() => answered.push("second"));
    await turn();
    assert.deepEqual([begun, answered], [[1, 2], []]);
    ends[0]?.resolve();
    await turn();
    assert.deepEqual([begun, answered], [[1, 2, 3, 4], ["first"]]);
    ends[1]?.resolve();
    await turn();
    assert.deepEqual(
      [begun, answered],
      [
        [1, 2, 3, 4, 5],
        ["first", "second"],
      ],
    );
    assert.equal(deliver(events(7, 7)), null, "nothing is waited for any more");
  });

  it("is handled in order where it comes before the answer to its registration, whatever other answers are still to come", async () => {
    const answers: Deferred<{ handle: string }>[] = [];
    const request = () => {
      answers.push(deferred());
      return answers.at(-1)?.promise as never;
    };
    const registrar = new Registrar({ request }, () => {});
    const subscriptions = new LocalSubscriptions(registrar, () => {});
    registrar.initial();
    const heard: number[] = [];
    subscriptions.add("slow", () => {});
    subscriptions.add("t", ({ seq }: PluginEvent) => heard.push(seq));
    const deliver = (...all: PluginEvent[]) => subscriptions.deliver({ subscription: "late", events: all });
    const early = [deliver(event(1)), deliver(event(2))];
    answers[1]?.resolve({ handle: "late" });
    early.push(deliver(event(3)));
    await turn();
    assert.equal(deliver(event(4)), null);
    assert.deepEqual(heard, [1, 2, 3, 4]);
    assert.deepEqual(await Promise.all(early), [null, null, null]);
    const unknown = subscriptions.deliver({ subscription: "other", events: [event(5)] });
    answers[0]?.resolve({ handle: "slow" });
    await assert.rejects(Promise.resolve(unknown), { kind: "notFound" });
  });

  it("is heard on when a handler fails at once or later, and each failure is told", async () => {
    const heard: number[] = [];
    const { deliver, faults } = subscribed(({ seq }) => {
      heard.push(seq);
      if (seq === 1) throw new Error("at once");
      return seq === 2 ? Promise.reject(new Error("later")) : undefined;
    });
    await deliver(events(1, 3));
    assert.deepEqual(heard, [1, 2, 3]);
    assert.deepEqual(faults, ['The handler of "t" failed: at once', 'The handler of "t" failed: later']);
  });

  it("is heard no more once it is off, also what came in the same delivery and what waits", async () => {
    const heard: number[] = [];
    const end = deferred<void>();
    const { deliver, own } = subscribed(({ seq }) => {
      heard.push(seq);
      if (seq === 2) own.off();
      return seq === 2 ? end.promise : undefined;
    });
    const first = deliver(events(1, 4));
    const second = deliver(events(5, 6));
    end.resolve();
    await Promise.all([first, second]);
    assert.deepEqual(heard, [1, 2]);
  });

  it("is dropped over the limit, and what is dropped is told exactly, once", async () => {
    const lost: unknown[] = [];
    const heard: number[] = [];
    const end = deferred<void>();
    const handler = ({ seq }: PluginEvent) => {
      heard.push(seq);
      return seq === 1 ? end.promise : undefined;
    };
    const { deliver } = subscribed(handler, { onLost: (told) => lost.push(told) });
    const answers = [deliver([event(1)])];
    const most = limits.eventQueueCount;
    answers.push(deliver(events(2, most - 2)));
    assert.deepEqual(lost, []);
    answers.push(deliver(events(most - 1, most + 6), { from: 1, to: 9, count: 4 }));
    answers.push(deliver(events(most + 7, most + 8)));
    assert.deepEqual(lost, [
      { from: 1, to: 9, count: 4 },
      { from: most + 2, to: most + 6, count: 5 },
      { from: most + 7, to: most + 8, count: 2 },
    ]);
    end.resolve();
    await Promise.all(answers);
    assert.deepEqual(
      heard,
      Array.from({ length: most + 1 }, (_, index) => index + 1),
    );
  });

  it("says in the trace of each handler, and of what it waits for, how many events led there", async () => {
    const hops: unknown[] = [];
    const { deliver, inside } = subscribed(({ seq }) => {
      const look = () => void hops.push([seq, inside.meta?.hops, inside.meta?.traceparent]);
      return seq === 2 ? turn().then(look) : look();
    });
    const traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
    const all = [event(1), event(2), event(3, { hops: 4 }), event(4, { hops: 4 }), event(5)];
    await inside.run({ traceparent }, () => deliver(all));
    assert.deepEqual(hops, [
      [1, 1, traceparent],
      [2, 1, traceparent],
      [3, 5, traceparent],
      [4, 5, traceparent],
      [5, 1, traceparent],
    ]);
    assert.equal(inside.meta, undefined);
  });
});
