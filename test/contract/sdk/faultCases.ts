import assert from "node:assert/strict";
import type { HostToPlugin, ParamsOf } from "../../../src/protocol/plugin/methods.ts";
import { refused } from "../../support/failures.ts";
import { initializeParams } from "../../support/initialize.ts";
import { framed } from "../../support/rawEnd.ts";
import type { RawPeer } from "../../support/rawPeer.ts";
import { until } from "../../support/until.ts";
import type { Case } from "./cases.ts";

type CallParams = ParamsOf<HostToPlugin, "call">;

/** Cases in which the host misbehaves; they speak to the process in bytes. */
export interface RawCase {
  readonly title: string;
  run(peer: RawPeer): Promise<void>;
}

const initialize = initializeParams("echo");

async function ready(peer: RawPeer): Promise<void> {
  assert.ok((await peer.request("initialize", initialize)).result);
  peer.send({ jsonrpc: "2.0", method: "initialized", params: {} });
}

export const raw: RawCase[] = [
  {
    title: "answers malformed params with -32602 and the field, and lives on",
    async run(peer) {
      const early = await peer.request("initialize", { ...initialize, plugin: { name: 5 } });
      assert.equal(early.error?.code, -32602);
      await ready(peer);
      const broken: [string, unknown, RegExp][] = [
        ["call", {}, /to/],
        ["call", { to: { plugin: "echo" }, name: "echo", args: [1] }, /args/],
        ["call", { to: { plugin: "echo" }, name: 5 }, /name/],
        ["call", { to: { plugin: "echo" }, name: "echo", action: "explode" }, /action/],
        ["call", [1, 2], /object/],
        ["deliver", { subscription: "x", events: [{}] }, /events/],
        ["deliver", { subscription: "x" }, /events/],
        ["intercept", { point: "tool", phase: "during", invocation: "i", subject: {} }, /phase/],
        ["intercept", { point: "tool", phase: "before", invocation: "i" }, /subject/],
      ];
      for (const [method, params, field] of broken) {
        const { error } = await peer.request(method, params);
        assert.equal(error?.code, -32602, `${method} ${JSON.stringify(params)}`);
        assert.match(error?.message ?? "", field);
      }
      assert.deepEqual((await peer.request("call", { to: { plugin: "echo" }, name: "echo", args: { a: 1 } })).result, {
        a: 1,
      });
    },
  },
  {
    title: "answers an unknown method with -32601 and ignores an unknown notification",
    async run(peer) {
      await ready(peer);
      peer.send({ jsonrpc: "2.0", method: "no/such", params: {} });
      assert.equal((await peer.request("no/such", {})).error?.code, -32601);
      assert.equal((await peer.request("$/ping", {})).error, undefined);
    },
  },
  {
    title: "finds the next message after garbage",
    async run(peer) {
      await ready(peer);
      peer.write("Starting up…\nContent-Length: -5\r\n\r\nContent-Length: 0x10\r\n\r\nwarning: no newline");
      assert.equal((await peer.request("$/ping", {})).error, undefined);
      const complaints = peer.received.flatMap(({ id, error }) => (error ? [{ id, ...error }] : []));
      assert.deepEqual(
        complaints.map(({ id, code }) => ({ id, code })),
        [
          { id: null, code: -32700 },
          { id: null, code: -32700 },
        ],
      );
      for (const { message } of complaints) assert.match(message, /Content-Length must be decimal digits/);
    },
  },
  {
    title: "answers what is no JSON-RPC with -32700 and -32600",
    async run(peer) {
      await ready(peer);
      const bodies: [string, number][] = [
        ["{nonsense", -32700],
        ['{"jsonrpc":"2.0","id":1,"method":"$/ping","params":{"x":NaN}}', -32700],
        [`[${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "$/ping" })}]`, -32600],
        ['"text"', -32600],
        ['{"jsonrpc":"1.0","id":1,"method":"$/ping"}', -32600],
        ['{"jsonrpc":"2.0","id":{},"method":"$/ping"}', -32600],
        ["[".repeat(100_000), -32700],
      ];
      for (const [body, code] of bodies) {
        const before = peer.received.length;
        peer.write(framed(body));
        const answer = await until(`an answer to ${body.slice(0, 60)}`, () =>
          peer.received.slice(before).find((message) => message.error !== undefined),
        );
        assert.equal(answer.error?.code, code, body.slice(0, 60));
      }
      const before = peer.received.length;
      peer.write("Content-Length: 2\r\n\r\n");
      peer.write(Buffer.from([0xff, 0xfe]));
      await until("bad UTF-8 is answered", () =>
        peer.received.slice(before).some(({ error }) => error?.code === -32700),
      );
      assert.equal((await peer.request("$/ping", {})).error, undefined);
    },
  },
  {
    title: "reads a message that comes byte by byte, and two that come at once",
    async run(peer) {
      await ready(peer);
      const body = JSON.stringify({ jsonrpc: "2.0", id: "slow", method: "$/ping", params: {} });
      for (const byte of `content-length: ${body.length}\r\nContent-Type: text\r\n\r\n${body}`) peer.write(byte);
      await until("it is answered", () => peer.received.some(({ id }) => id === "slow"));
      peer.write(framed(body.replace("slow", "one")) + framed(body.replace("slow", "two")));
      await until("both are answered", () =>
        ["one", "two"].every((id) => peer.received.some((message) => message.id === id)),
      );
    },
  },
  {
    title: "ends when a message of more than 16 MiB is announced",
    async run(peer) {
      await ready(peer);
      const limit = 16 * 1024 * 1024;
      peer.write(`Content-Length: ${limit + 1}\r\n\r\n`);
      assert.equal(await peer.exited, 1);
      const { error } = await peer.answer(null);
      assert.deepEqual([error?.code, error?.data?.kind, error?.data?.limit], [-33_006, "tooLarge", limit]);
    },
  },
  {
    title: "does not answer a second request under an id that is in use",
    async run(peer) {
      await ready(peer);
      const call = (name: string) => ({
        jsonrpc: "2.0",
        id: 77,
        method: "call",
        params: { to: { plugin: "echo" }, name },
      });
      peer.send(call("wait"));
      peer.send(call("echo"));
      const answer = await until("the second is refused", () =>
        peer.received.find(({ error }) => error?.code === -32600),
      );
      assert.equal(answer.id, null);
      peer.send({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 77 } });
      // The plugin tells of the cancel before it answers; nobody answers that here.
      const publish = await until("it publishes", () =>
        peer.received.find(({ params }) => params?.topic === "echo.cancelled"),
      );
      peer.send({ jsonrpc: "2.0", id: publish.id, result: { eventId: "e" } });
      const first = await until("the first is answered", () => peer.received.find(({ id }) => id === 77));
      assert.equal(first.error?.code, -32800);
    },
  },
  {
    title: "ends at the end of stdin within a second, also in mid-call, and before initialize",
    async run(peer) {
      await ready(peer);
      peer.send({ jsonrpc: "2.0", id: 1, method: "call", params: { to: { plugin: "echo" }, name: "wait" } });
      await until("it is running", async () => (await peer.request("$/ping", {})).error === undefined);
      const before = performance.now();
      peer.end();
      assert.equal(await peer.exited, 0);
      assert.ok(performance.now() - before < 1_000);
    },
  },
  {
    title: "ends when stdin ends before initialize",
    async run(peer) {
      peer.end();
      assert.equal(await peer.exited, 0);
    },
  },
];

export const lifecycle: Case[] = [
  {
    title: "answers a ping while it works",
    async run(host) {
      const abort = new AbortController();
      const working = host.call("wait", {}, {}, { signal: abort.signal });
      const before = performance.now();
      await host.connection.request("$/ping", {});
      assert.ok(performance.now() - before < 1_000);
      abort.abort();
      await refused(working, "cancelled");
    },
  },
  {
    title: "refuses to be initialized twice",
    async run(host) {
      await refused(host.connection.request("initialize", host.initializeParams()), "invalidRequest");
    },
  },
  {
    title: "runs its stop handlers before it answers shutdown, then exits with 0",
    own: {},
    async run(host) {
      const stopped = host.stop();
      await until("it says good-bye", () => host.published("echo.stopping").length === 1);
      assert.equal(await stopped, 0);
    },
  },
  {
    title: "exits at exit, also without shutdown",
    own: {},
    async run(host) {
      host.connection.notify("exit", {});
      assert.equal(await host.exited, 0);
    },
  },
  {
    title: "settles what it waits for when the host goes away in mid-call",
    own: {},
    async run(host) {
      let asked = false;
      host.others["other/never"] = () => {
        asked = true;
        return new Promise(() => {});
      };
      const params: CallParams = { to: { plugin: "echo" }, name: "relay", args: { to: "other/never" } };
      const call = host.connection.request("call", params).catch((error: unknown) => error);
      await until("it waits", () => asked);
      const before = performance.now();
      host.connection.close("The test is over.");
      assert.equal(await host.exited, 0);
      assert.ok(performance.now() - before < 1_000);
      await call;
    },
  },
];
