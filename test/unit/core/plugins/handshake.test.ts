import assert from "node:assert/strict";
import { Failure, type FailureKind } from "../../../../src/base/failure.ts";
import { handshake } from "../../../../src/core/plugins/handshake.ts";

const answer = { protocolVersion: 1, plugin: { name: "p" }, capabilities: {} };

describe("the handshake", () => {
  const shake = async (reply: () => unknown) => {
    const asked: unknown[] = [];
    const peer = {
      closed: new Promise<never>(() => {}),
      notify: () => {},
      request: async (method: string, params: Record<string, unknown>, options?: { timeoutMs?: number }) => {
        asked.push([method, params.protocolVersion, options?.timeoutMs]);
        return reply();
      },
    };
    const result = await handshake(peer, { limits: {} } as never, new AbortController().signal).catch(
      (error: unknown) => error,
    );
    return { asked, result };
  };
  const refused = async (reply: () => unknown): Promise<Failure> => {
    const { result } = await shake(reply);
    assert.ok(result instanceof Failure, String(result));
    return result;
  };
  const thrower = (kind: FailureKind, message: string, details?: Record<string, unknown>) => () => {
    throw new Failure(kind, message, { details });
  };

  it("asks once, with our version and 30 s, and answers what the plugin stated", async () => {
    const { asked, result } = await shake(() => answer);
    assert.deepEqual(asked, [["initialize", 1, 30_000]]);
    assert.equal((result as typeof answer).plugin.name, "p");
  });

  it("names both versions before it looks at anything else", async () => {
    const failure = await refused(() => ({ protocolVersion: 2, something: "new" }));
    assert.equal(failure.kind, "versionMismatch");
    assert.match(failure.message, /speaks protocol version 2; this Parley speaks version 1/);
    assert.deepEqual(failure.details, { asked: 1, answered: 2 });
  });

  for (const [what, value, expected] of [
    ["nothing", null, /the answer must be an object/],
    ["a text", "hello", /the answer must be an object/],
    ["no version", { plugin: { name: "p" }, capabilities: {} }, /"protocolVersion"/],
    ["a version that is no number", { ...answer, protocolVersion: "1" }, /"protocolVersion"/],
    ["no name", { ...answer, plugin: {} }, /"plugin\.name" is missing/],
    ["offers that are none", { ...answer, offers: [{ name: "x" }] }, /"offers\[0\]\.description" is missing/],
  ] as const) {
    it(`refuses an answer with ${what}, and names the place`, async () => {
      const failure = await refused(() => value);
      assert.equal(failure.kind, "invalidParams");
      assert.match(failure.message, /does not fit the protocol/);
      assert.match(failure.message, expected);
      assert.match(failure.todo ?? "", /author/);
    });
  }

  it("says in its own words that no answer came", async () => {
    const failure = await refused(thrower("timeout", "No answer."));
    assert.equal(failure.kind, "timeout");
    assert.match(failure.message, /did not answer initialize within 30 s/);
  });

  it("passes on that the channel closed or the start was given up", async () => {
    assert.equal((await refused(thrower("unavailable", "It is closed."))).message, "It is closed.");
    assert.equal((await refused(thrower("cancelled", "Never mind."))).kind, "cancelled");
  });

  it("tells a fault that our end of the channel found from one that the plugin reported", async () => {
    const ours = await refused(thrower("internal", "The answer has no name.", { method: "initialize" }));
    assert.deepEqual([ours.kind, ours.message], ["invalidParams", "The answer has no name."]);
    const theirs = await refused(thrower("denied", "No licence."));
    assert.deepEqual([theirs.kind, theirs.message], ["denied", "It refused to initialize: No licence."]);
  });

  it("lets what is no failure of the channel through as it is", async () => {
    const { result } = await shake(() => {
      throw new TypeError("a fault of ours");
    });
    assert.ok(result instanceof TypeError);
  });
});
