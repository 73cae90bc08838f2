/** Headers and bodies that are not what they seem, from a real process to a real host. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { framed, metaOf } from "../../support/rawEnd.ts";
import { until } from "../../support/until.ts";
import { callsTo, type Liars, liars } from "./rig.ts";

const call = (id: number, name = "go", args: unknown = {}) =>
  JSON.stringify({ jsonrpc: "2.0", id, method: "call", params: { to: { plugin: "target" }, name, args } });
const length = (text: string) => Buffer.byteLength(text);

describe("bytes that lie", function () {
  this.timeout(30_000);
  let all: Liars;
  before(async () => {
    all = await liars();
  });
  after(async () => await all?.stop());

  interface Lie {
    readonly what: string;
    readonly bytes: string | Buffer;
    /** What the target is called with; `n` of each call's arguments. */
    readonly called: readonly unknown[];
    /** The codes of answers without an id. */
    readonly complaints: readonly number[];
  }

  const one = call(1, "go", { n: 1 });
  const two = call(2, "go", { n: 2 });
  /** One byte a character. */
  const foreign = one.replace('"n":1', '"n":"\u00e9"');
  const { parseError, invalidRequest } = errorCodes;
  const lies: readonly Lie[] = [
    {
      what: "two lengths, the last one wrong",
      bytes: `Content-Length: ${length(one)}\r\nContent-Length: ${length(one) - 1}\r\n\r\n${one}`,
      called: [],
      complaints: [parseError],
    },
    {
      what: "two lengths, the first one wrong",
      bytes: `Content-Length: ${length(one) - 1}\r\nContent-Length: ${length(one)}\r\n\r\n${one}`,
      called: [1],
      complaints: [],
    },
    {
      what: "the same length twice",
      bytes: `Content-Length: ${length(one)}\r\nContent-Length: ${length(one)}\r\n\r\n${one}`,
      called: [1],
      complaints: [],
    },
    {
      what: "a length with a sign",
      bytes: `Content-Length: +${length(one)}\r\n\r\n${one}`,
      called: [],
      complaints: [parseError],
    },
    {
      what: "a length in another notation",
      bytes: `Content-Length: 0x${length(one).toString(16)}\r\n\r\n${one}`,
      called: [],
      complaints: [parseError],
    },
    {
      what: "another charset, whose bytes are no UTF-8",
      bytes: Buffer.concat([
        Buffer.from(`Content-Length: ${foreign.length}\r\nContent-Type: application/json; charset=latin1\r\n\r\n`),
        Buffer.from(foreign, "latin1"),
      ]),
      called: [],
      complaints: [parseError],
    },
    {
      what: "a byte order mark before the body",
      bytes: framed(`\ufeff${one}`),
      called: [],
      complaints: [parseError],
    },
    {
      what: "a frame inside a text of another",
      bytes: framed(call(1, "go", { n: 1, text: `\r\n\r\n${framed(two)}` })),
      called: [1],
      complaints: [],
    },
    {
      what: "a second body behind the first, without a header",
      bytes: `${framed(one)}${two}\n`,
      called: [1],
      complaints: [],
    },
    {
      what: "a length that ends before the body does",
      bytes: `Content-Length: ${length(one) - 1}\r\n\r\n${one}\n`,
      called: [],
      complaints: [parseError],
    },
    {
      what: "a length that takes in the next header",
      bytes: `Content-Length: ${length(one) + 5}\r\n\r\n${one}${framed(two).slice(0, 5)}\n`,
      called: [],
      complaints: [parseError],
    },
    {
      what: "two bodies in one frame",
      bytes: framed(`${one}${two}`),
      called: [],
      complaints: [parseError],
    },
    {
      what: "a body of nothing but null",
      bytes: `${framed("null")}${framed("0")}${framed('"call"')}`,
      called: [],
      complaints: [invalidRequest, invalidRequest, invalidRequest],
    },
    {
      what: "a header by another name before the length",
      bytes: `X-Caller: person\r\nContent-Length: ${length(one)}\r\nX-Plugin: victim\r\n\r\n${one}`,
      called: [1],
      complaints: [],
    },
  ];

  for (const { what, bytes, called, complaints } of lies) {
    it(`${what}: ${called.length === 0 ? "nobody is called" : "the target is called once, by the one who wrote"}`, async () => {
      const { spoofer, target } = all;
      const [before, already] = [callsTo(target, "go").length, spoofer.received.length];
      spoofer.write(bytes);
      assert.equal((await spoofer.request("$/ping", {})).error, undefined);
      const calls = await until("they came", () => {
        const came = callsTo(target, "go", before);
        return came.length >= called.length && came;
      });
      assert.deepEqual(
        calls.map(({ params = {} }) => (params.args as { n: unknown }).n),
        called,
      );
      for (const message of calls) assert.equal(metaOf(message).caller, "plugin:spoofer");
      const told = spoofer.received.slice(already).filter(({ id, error }) => id === null && error);
      assert.deepEqual(
        told.map(({ error }) => error?.code),
        complaints,
      );
    });
  }
});
