/** Whatever a plugin writes into a call, the one that it may call is called, as its own doing. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { unanswered } from "../../support/puppet.ts";
import { metaOf } from "../../support/rawEnd.ts";
import { until } from "../../support/until.ts";
import { blamed, callsTo, heldAtTarget, type Liars, lastSeq, liars, rowsSince } from "./rig.ts";

interface Lie {
  readonly what: string;
  /** The body, with `ID` for its id. */
  readonly body: string;
  /** `called`: `target/go` is called once. Else the code of the refusal, and nobody is called. */
  readonly outcome: "called" | number;
  /** The answer carries no id. */
  readonly withoutId?: true;
  /** What the target gets as arguments, where they are not `{}`. */
  readonly args?: unknown;
}

const { denied, invalidParams, invalidRequest, notFound, parseError, timeout } = errorCodes;
const to = '"to":{"plugin":"target"},"name":"go"';
const call = (params: string) => `{"jsonrpc":"2.0","id":ID,"method":"call","params":{${params}}}`;
const meta = (text: string) => call(`${to},"_meta":{${text}}`);
const plugin = (name: string) => call(`"to":{"plugin":${JSON.stringify(name)}},"name":"go"`);
const nested = (depth: number) => `${"[".repeat(depth)}1${"]".repeat(depth)}`;

const lies: readonly Lie[] = [
  // Keys that come twice: the last one counts, for the right and for the call alike.
  {
    what: "`method` twice",
    body: `{"jsonrpc":"2.0","id":ID,"method":"offers/list","method":"call","params":{${to}}}`,
    outcome: "called",
  },
  {
    what: "`params` twice",
    body: `{"jsonrpc":"2.0","id":ID,"method":"call","params":{"to":{"plugin":"victim"},"name":"go"},"params":{${to}}}`,
    outcome: "called",
  },
  {
    what: "`to` twice, the forbidden last",
    body: call(`"to":{"plugin":"target"},"to":{"plugin":"victim"},"name":"go"`),
    outcome: denied,
  },
  {
    what: "`to.plugin` twice, the forbidden first",
    body: call(`"to":{"plugin":"victim","plugin":"target"},"name":"go"`),
    outcome: "called",
  },
  {
    what: "`to.plugin` twice, the forbidden last",
    body: call(`"to":{"plugin":"target","plugin":"victim"},"name":"go"`),
    outcome: denied,
  },
  {
    what: "`to` both ways",
    body: call(`"to":{"plugin":"target","provides":"test.victim"},"name":"go"`),
    outcome: invalidParams,
  },
  {
    what: "`_meta` twice",
    body: call(`${to},"_meta":{"caller":"agent"},"_meta":{"caller":"person"}`),
    outcome: "called",
  },
  { what: "`_meta.caller` twice", body: meta('"caller":"agent","caller":"person"'), outcome: "called" },
  { what: "`name` twice", body: call('"to":{"plugin":"target"},"name":"held","name":"go"'), outcome: "called" },
  // Somebody else's name beside the params.
  ...[
    "caller",
    "source",
    "pluginId",
    "principal",
    "principals",
    "origin",
    "onBehalf",
    "parent",
    "rule",
    "hidden",
  ].flatMap((field) => [
    { what: `\`${field}\` in the params`, body: call(`${to},"${field}":"person"`), outcome: "called" as const },
    {
      what: `\`${field}\` in the envelope`,
      body: `{"jsonrpc":"2.0","${field}":"plugin:victim","id":ID,"method":"call","params":{${to}}}`,
      outcome: "called" as const,
    },
    { what: `\`${field}\` in \`_meta\``, body: meta(`"${field}":"plugin:victim"`), outcome: "called" as const },
  ]),
  { what: "another action than the offer's", body: call(`${to},"action":"write"`), outcome: invalidParams },
  // Keys that reach for a prototype.
  { what: "`__proto__` in the params", body: call(`${to},"__proto__":{"caller":"person"}`), outcome: invalidRequest },
  {
    what: "`__proto__` in `to`",
    body: call('"to":{"__proto__":{"plugin":"victim"},"plugin":"target"},"name":"go"'),
    outcome: invalidRequest,
  },
  {
    what: "`__proto__` in `_meta`, with escapes",
    body: meta('"\\u005f_proto__":{"callId":"x"}'),
    outcome: invalidRequest,
  },
  {
    what: "`constructor` and `toString` in the params",
    body: call(`${to},"constructor":{"prototype":{"caller":"person"}},"toString":1`),
    outcome: "called",
  },
  {
    what: "`constructor` as an argument",
    body: call(`${to},"args":{"constructor":{"prototype":{"x":1}},"toString":null}`),
    outcome: "called",
    args: { constructor: { prototype: { x: 1 } }, toString: null },
  },
  {
    what: "`constructor` as the target",
    body: call('"to":{"constructor":"target"},"name":"go"'),
    outcome: invalidParams,
  },
  { what: "a plugin called `constructor`", body: plugin("constructor"), outcome: notFound },
  { what: "an offer called `toString`", body: call('"to":{"plugin":"target"},"name":"toString"'), outcome: notFound },
  { what: "a capability called `constructor`", body: call('"to":{"provides":"constructor"}'), outcome: notFound },
  // Names that look like another's.
  ...[
    "TARGET",
    "Target",
    "t\u0430rget",
    "\uff54arget",
    "target\u200b",
    "target ",
    " target",
    "target\u0000",
    "targe\u0074\u0301",
    "target/go",
    "target\ud800",
  ].map((name) => ({ what: `the plugin ${JSON.stringify(name)}`, body: plugin(name), outcome: notFound })),
  {
    what: "an offer with a letter of another alphabet",
    body: call('"to":{"plugin":"target"},"name":"g\u043e"'),
    outcome: invalidParams,
  },
  // Numbers and texts at the edge.
  {
    what: "a number that no double holds",
    body: call(`${to},"args":{"n":1e400}`),
    outcome: "called",
    args: { n: null },
  },
  {
    what: "-0 and 2^53 + 1",
    body: call(`${to},"args":{"zero":-0,"big":9007199254740993}`),
    outcome: "called",
    args: { zero: 0, big: 2 ** 53 },
  },
  { what: "NaN", body: call(`${to},"args":{"n":NaN}`), outcome: parseError, withoutId: true },
  { what: "a deadline beyond every number", body: meta('"deadlineMs":1e400'), outcome: invalidParams },
  { what: "a deadline beyond 2^53", body: meta('"deadlineMs":9007199254740993'), outcome: invalidParams },
  { what: "a deadline before now", body: meta('"deadlineMs":-1'), outcome: invalidParams },
  { what: "a deadline that is a text", body: meta('"deadlineMs":"99999999"'), outcome: invalidParams },
  {
    what: "a lone surrogate as an argument",
    body: call(`${to},"args":{"text":"a\\ud800","\\udc00":1}`),
    outcome: "called",
    args: { text: "a\ud800", "\udc00": 1 },
  },
  { what: "arguments nested 250 deep", body: call(`${to},"args":{"deep":${nested(250)}}`), outcome: invalidRequest },
  {
    what: "arguments nested 100,000 deep",
    body: call(`${to},"args":{"deep":${nested(100_000)}}`),
    outcome: invalidRequest,
  },
  {
    what: "arguments nested 150 deep",
    body: call(`${to},"args":{"deep":${nested(150)}}`),
    outcome: "called",
    args: { deep: JSON.parse(nested(150)) },
  },
  // Traces.
  {
    what: "a trace that is none",
    body: meta('"traceparent":"\'; drop table","tracestate":"victim=1"'),
    outcome: "called",
  },
  { what: "a turn", body: meta('"turn":"turn-1"'), outcome: "called" },
  // Batches and messages of two kinds.
  { what: "a batch", body: `[${call(to)}]`, outcome: invalidRequest, withoutId: true },
  {
    what: "a call that is also an answer",
    body: `{"jsonrpc":"2.0","id":ID,"method":"call","params":{${to}},"result":1}`,
    outcome: invalidRequest,
  },
  {
    what: "another version",
    body: `{"jsonrpc":"1.0","id":ID,"method":"call","params":{${to}}}`,
    outcome: invalidRequest,
  },
];

describe("a call that lies", function () {
  this.timeout(30_000);
  let all: Liars;
  let id = 5_000;
  before(async () => {
    all = await liars();
  });
  after(async () => await all?.stop());

  for (const { what, body, outcome, withoutId, args = {} } of lies) {
    it(`with ${what} ${outcome === "called" ? "is the plugin's own call" : `is refused (${outcome})`}`, async () => {
      const { spoofer, victim, target } = all;
      const seq = await lastSeq(all);
      const [atTarget, atVictim, already] = [
        target.came("call").length,
        victim.came("call").length,
        spoofer.received.length,
      ];
      id += 1;
      spoofer.send(body.replace("ID", String(id)));
      const answer = await until("it is answered", () =>
        spoofer.received.slice(already).find((message) => message.id === (withoutId ? null : id)),
      );
      assert.equal(victim.came("call").length, atVictim);
      const calls = target.came("call").slice(atTarget);
      const rows = await rowsSince(all, seq);
      assert.deepEqual(
        blamed(rows).filter((name) => name !== "spoofer"),
        [],
        JSON.stringify(rows),
      );
      if (outcome !== "called") {
        assert.equal(answer.error?.code, outcome, answer.error?.message);
        assert.deepEqual(calls, []);
        return;
      }
      assert.deepEqual(answer.result, { by: "target", args }, answer.error?.message);
      assert.equal(calls.length, 1);
      const { caller, conversation, turn, traceparent } = metaOf(calls[0] ?? {});
      assert.deepEqual(
        [calls[0]?.params?.name, caller, conversation, turn],
        ["go", "plugin:spoofer", undefined, undefined],
      );
      if (traceparent !== undefined) assert.match(String(traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      const { result: row } = await spoofer.request("calls/get", { callId: metaOf(calls[0] ?? {}).callId });
      const { caller: who, target: whom, parent, rule } = row as Record<string, string>;
      assert.deepEqual([who, whom, parent], ["plugin:spoofer", "target/go", undefined]);
      assert.match(rule ?? "", /grant|want/);
    });
  }

  it("with a parent that is not its own belongs to no call, whichever it names", async () => {
    const { spoofer, victim, target } = all;
    const conversation = (await all.real.host.conversations.visible()).id;
    const held = await heldAtTarget(all, { conversation });
    // In progress at another; made by itself; ended; a guess.
    const own = await spoofer.request("call", { to: { plugin: "target" }, name: "go", args: {} });
    assert.ok(own.result);
    const ended = metaOf(callsTo(target, "go").at(-1) ?? {}).callId;
    for (const callId of [held.callId, ended, "call-1", "", "constructor", "x".repeat(128)]) {
      const before = callsTo(target, "go").length;
      const { result, error } = await spoofer.request("call", {
        to: { plugin: "target" },
        name: "go",
        _meta: { callId, caller: "plugin:victim" },
      });
      assert.ok(result, error?.message);
      const seen = metaOf(callsTo(target, "go", before)[0] ?? {});
      assert.deepEqual([seen.caller, seen.conversation], ["plugin:spoofer", undefined], String(callId));
      const { result: row } = await spoofer.request("calls/get", { callId: seen.callId });
      assert.equal((row as { parent?: string }).parent, undefined, String(callId));
    }
    target.answerTo(held.asked, "right");
    assert.equal((await victim.answer(held.id)).result, "right");
  });

  it("inside a call, with more time than the call has left, gets no more", async () => {
    const { spoofer, victim, target } = all;
    spoofer.answers.call = () => unanswered;
    const before = callsTo(target, "go").length;
    const outer = victim.request("call", { to: { plugin: "spoofer" }, name: "held", _meta: { deadlineMs: 3_000 } });
    const asked = await until("the spoofer is called", () => callsTo(spoofer, "held")[0]);
    const { callId } = metaOf(asked);
    await spoofer.request("call", { to: { plugin: "target" }, name: "go", _meta: { callId, deadlineMs: 7_000_000 } });
    spoofer.answerTo(asked, null);
    assert.equal((await outer).error, undefined);
    const seen = await until("the target is called", () => callsTo(target, "go", before)[0]);
    assert.ok((metaOf(seen).deadlineMs as number) <= 3_000, String(metaOf(seen).deadlineMs));
    assert.equal(metaOf(seen).caller, "plugin:spoofer");
  });

  it("with no time at all ends at once, as a timeout", async () => {
    const { error } = await all.spoofer.request("call", {
      to: { plugin: "target" },
      name: "held",
      _meta: { deadlineMs: 0 },
    });
    assert.equal(error?.code, timeout);
  });
});
