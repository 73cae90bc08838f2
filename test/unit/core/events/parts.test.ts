import assert from "node:assert/strict";
import fc from "fast-check";
import { Deque } from "../../../../src/core/events/deque.ts";
import { RecentKeys } from "../../../../src/core/events/recent.ts";
import { Retained } from "../../../../src/core/events/retained.ts";
import { shrink } from "../../../../src/core/events/shrink.ts";
import { jsonBytes, utf8Bytes } from "../../../../src/core/events/size.ts";

describe("sizes", () => {
  it("of texts are those of UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\u0000", "é", "€", "가", "😀") }), (text) => {
        assert.equal(utf8Bytes(text), Buffer.byteLength(text, "utf8"));
      }),
    );
  });

  it("of values are near their JSON, and never far below it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const escaped = JSON.stringify(value).match(/\\/g)?.length ?? 0;
        const text = Buffer.byteLength(JSON.stringify(value), "utf8");
        assert.ok(jsonBytes(value) >= (text - escaped * 6) / 4);
      }),
    );
  });

  it("stop counting where it is enough, and take any depth", () => {
    let deep: unknown = "x";
    for (let level = 0; level < 200_000; level++) deep = [deep];
    assert.ok(jsonBytes(deep) > 1_000_000);
    assert.ok(jsonBytes(deep, 1_000) < 2_000);
  });
});

describe("shrinking an event", () => {
  const put = () => {
    const taken: unknown[] = [];
    return { taken, put: (value: unknown) => `content-${taken.push(value)}` };
  };

  it("leaves small data alone", () => {
    const data = { a: 1 };
    assert.equal(shrink(data, 1_000, put().put), data);
  });

  it("replaces the largest fields only, and changes nothing that it was given", () => {
    const data = { toolName: "read", result: "r".repeat(5_000), log: "l".repeat(800) };
    const { taken, put: take } = put();
    const small = shrink(data, 2_000, take) as Record<string, unknown>;
    assert.deepEqual(taken, [data.result]);
    assert.deepEqual(small, {
      toolName: "read",
      log: data.log,
      result: { $reference: "content-1", type: "string", bytes: 5_008 },
    });
    assert.equal(data.result.length, 5_000);
  });

  it("replaces all of it where there is no large field", () => {
    const { taken, put: take } = put();
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, "small"]));
    assert.equal((shrink(many, 2_000, take) as { $reference: string }).$reference, "content-1");
    assert.equal((shrink("x".repeat(3_000), 2_000, take) as { type: string }).type, "string");
    assert.equal((shrink(["x".repeat(3_000)], 2_000, take) as { type: string }).type, "array");
    assert.equal(taken.length, 3);
  });

  it("always ends below the limit, and puts every byte that it takes away", () => {
    const field = fc.string({ maxLength: 2_000 });
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 10 }), field, { maxKeys: 20 }), (data) => {
        const { taken, put: take } = put();
        const small = shrink(data, 1_500, take);
        assert.ok(jsonBytes(small) <= 1_500);
        assert.equal(taken.length === 0, jsonBytes(data) <= 1_500);
      }),
    );
  });
});

describe("a deque", () => {
  it("behaves as a list", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(), fc.constant("shift"), fc.constant("drain")), { maxLength: 400 }),
        (steps) => {
          const deque = new Deque<number>();
          let list: number[] = [];
          for (const step of steps) {
            if (typeof step === "number") deque.push(list[list.push(step) - 1] as number);
            else if (step === "shift") assert.equal(deque.shift(), list.shift());
            else {
              assert.deepEqual(deque.drain(), list);
              list = [];
            }
            assert.equal(deque.length, list.length);
            assert.equal(deque.first(), list[0]);
          }
        },
      ),
    );
  });

  it("gives back its memory as it moves on", () => {
    const deque = new Deque<number>();
    for (let value = 0; value < 100_000; value++) {
      deque.push(value);
      if (value >= 10) assert.equal(deque.shift(), value - 10);
    }
    assert.equal(deque.length, 10);
  });
});

describe("what is retained", () => {
  const event = (seq: number, bytes: number, owner = "a") => ({
    id: `e${seq}`,
    owner,
    event: { seq, type: "t", source: owner, timestamp: 0, data: seq },
    bytes,
  });

  it("is limited in number and bytes for each owner alone, and the oldest goes first", () => {
    const retained = new Retained(() => ({ count: 3, bytes: 100 }));
    const put = (key: string, one: ReturnType<typeof event>) => retained.put(key, one).map((gone) => gone.key);
    assert.deepEqual(put("other", event(99, 90, "b")), []);
    assert.deepEqual(
      [1, 2, 3, 4].flatMap((seq) => put(String(seq), event(seq, 10))),
      ["1"],
    );
    assert.deepEqual(put("5", event(5, 85)), ["2", "3"]);
    assert.deepEqual(
      [...retained.all()].map(({ event: { seq } }) => seq),
      [99, 4, 5],
    );
  });

  it("replaces by key, and the newer counts as younger", () => {
    const retained = new Retained(() => ({ count: 2, bytes: 100 }));
    retained.put("x", event(1, 1));
    retained.put("y", event(2, 1));
    retained.put("x", event(3, 1));
    retained.put("z", event(4, 1));
    assert.deepEqual(
      [...retained.all()].map(({ event: { seq } }) => seq),
      [3, 4],
    );
    retained.delete("a", "x");
    retained.delete("nobody", "x");
    assert.deepEqual(
      [...retained.all()].map(({ event: { seq } }) => seq),
      [4],
    );
  });
});

describe("recent keys", () => {
  it("are remembered for each source, the last ones", () => {
    const recent = new RecentKeys(2);
    recent.put("a", "k1", "e1");
    recent.put("b", "k1", "e2");
    recent.put("a", "k2", "e3");
    recent.put("a", "k3", "e4");
    assert.deepEqual(
      ["k1", "k2", "k3"].map((key) => recent.get("a", key)),
      [undefined, "e3", "e4"],
    );
    assert.equal(recent.get("b", "k1"), "e2");
  });
});
