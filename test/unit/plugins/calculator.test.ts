import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import type { FakeHost } from "../../support/fakeHost.ts";
import { startPlugin } from "./packages.ts";

describe("hello", function () {
  this.timeout(15_000);

  it("greets by name, or the world", async () => {
    const host = await startPlugin("hello");
    try {
      assert.deepEqual(await host.call("hello", { name: "Ada" }), { message: "Hello, Ada!" });
      assert.deepEqual(await host.call("hello"), { message: "Hello, world!" });
      assert.deepEqual(await host.call("hello", { name: "  " }), { message: "Hello, world!" });
    } finally {
      host.kill();
    }
  });
});

describe("calculator", function () {
  this.timeout(15_000);
  let host: FakeHost;
  const greeted: unknown[] = [];

  before(async () => {
    host = await startPlugin("calculator");
  });
  after(() => host.kill());

  const hello = () => {
    host.others["hello/hello"] = (args) => {
      greeted.push(args);
      return { message: "Hello!" };
    };
  };
  const calculate = (operation: string, a: number, b: number) => host.call("calculate_via_hello", { operation, a, b });

  for (const [operation, a, b, result] of [
    ["add", 5, 3, 8],
    ["subtract", 5, 8, -3],
    ["multiply", 6, 7, 42],
    ["divide", 7, 2, 3.5],
  ] as const) {
    it(`can ${operation}, and calls hello first`, async () => {
      hello();
      greeted.length = 0;
      assert.deepEqual(await calculate(operation, a, b), { result, callee_plugin: "hello" });
      assert.deepEqual(greeted, [{ name: "calculator" }]);
      assert.equal(host.sent("call").at(-1)?.action, "read");
    });
  }

  it("works without hello and says so", async () => {
    delete host.others["hello/hello"];
    const answer = (await calculate("add", 1, 2)) as { warning: string };
    assert.match(answer.warning, /hello could not be called/);
    assert.deepEqual({ ...answer, warning: "" }, { result: 3, callee_plugin: null, warning: "" });
    assert.ok(host.published("self.log").some((line) => (line as { level: string }).level === "warn"));
  });

  it("refuses a division by zero and a result that is no number", async () => {
    hello();
    await assert.rejects(calculate("divide", 7, 0), (error: Failure) => {
      assert.equal(error.kind, "invalidParams");
      assert.match(error.message, /7 cannot be divided by zero/);
      return true;
    });
    await assert.rejects(calculate("multiply", 1e300, 1e300), /too large/);
    await assert.rejects(calculate("power", 2, 3), /no operation "power"/);
  });

  it("does not go on when it is cancelled while it greets", async () => {
    const abort = new AbortController();
    host.others["hello/hello"] = (_args, { signal }) => {
      abort.abort();
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Failure("cancelled", "Stopped."))),
      );
    };
    const args = { operation: "add", a: 1, b: 2 };
    const call = host.call("calculate_via_hello", args, {}, { signal: abort.signal });
    const warnings = () => JSON.stringify(host.published("self.log")).split("could not be called").length;
    const before = warnings();
    await assert.rejects(call, (error: Failure) => error.kind === "cancelled");
    hello();
    await calculate("add", 1, 2);
    assert.equal(warnings(), before, "a cancel is no reason to do without hello");
  });
});
