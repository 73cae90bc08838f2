import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure } from "../../../../src/base/failure.ts";
import type { JournalRow } from "../../../../src/core/journal/records.ts";
import type { WindowPort } from "../../../../src/core/ports.ts";
import { decide } from "../../../../src/core/rules/decide.ts";
import type { RuleDraft } from "../../../../src/core/rules/rulebook.ts";
import type { ActivityData } from "../../../../src/protocol/plugin/activity.ts";
import type { OfferAction } from "../../../../src/protocol/plugin/common.ts";
import { ruleVerb } from "../../../../src/protocol/rules.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const plugins = ["a", "b", "c"] as const;
const actions: readonly OfferAction[] = ["read", "write", "create", "delete"];
const workspace = "file:///w";
const services = [
  ...(["publish", "subscribe", "intercept", "state", "database", "notify", "open", "terminal"] as const),
  ...(["spend", "context", "wake"] as const),
];

/** A call as it is made: of one plugin's offer or of whoever provides it, waited for or in the background. */
interface Calling {
  readonly kind: "call";
  readonly plugin: string;
  readonly action: OfferAction;
  readonly provided: boolean;
  readonly detach: boolean;
  readonly steps: readonly Step[];
}

/** One thing that a plugin does inside a call of its own; `says` is which call it says that it is in. */
interface Step {
  readonly says: "own" | "none" | "forged";
  readonly does: Calling | { readonly kind: (typeof services)[number] };
}

interface Case {
  readonly rules: readonly RuleDraft[];
  readonly mode: "agent" | "ask";
  readonly root: "person" | "agent" | "extension";
  readonly inConversation: boolean;
  readonly steps: readonly Step[];
  readonly answers: readonly ("once" | "conversation" | "deny")[];
}

/** What was really carried out: by whom, inside which callers, and what it needed. */
interface Done {
  readonly name: string;
  readonly principals: readonly string[];
  readonly verb: (typeof ruleVerb.options)[number];
  readonly target: string;
  readonly action?: OfferAction;
  readonly conversation: string | undefined;
  readonly callId?: string;
  /** How it was called, where it is a call. */
  readonly how?: Pick<Calling, "provided" | "detach">;
}

/** What somebody did, as the case tells it: the callers above it and itself, from outside in. */
interface Line {
  readonly callers: readonly string[];
  readonly conversation: string | undefined;
  readonly how?: Done["how"];
}

const anyRule: fc.Arbitrary<RuleDraft> = fc.record(
  {
    who: fc.constantFrom("plugin:a", "plugin:b", "plugin:*", "agent", "extension", "*"),
    verb: fc.oneof(
      { weight: 3, arbitrary: fc.constant("*" as const) },
      { weight: 3, arbitrary: fc.constant("call" as const) },
      { weight: 4, arbitrary: fc.constantFrom(...ruleVerb.options) },
    ),
    target: fc.oneof(
      { weight: 4, arbitrary: fc.constant("*") },
      { weight: 3, arbitrary: fc.constantFrom("a/*", "b/*", "c/write", "a/delete", "topic.>", "shared:x", "model") },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          ...["ui/notify", "editor/open", "terminal/run", "conversation", "conversation/*"],
          ...["d/*", "d/write", "a/write", "database", "compaction"],
        ),
      },
    ),
    effect: fc.oneof(
      { weight: 6, arbitrary: fc.constant("allow" as const) },
      { weight: 1, arbitrary: fc.constant("ask" as const) },
      { weight: 1, arbitrary: fc.constant("deny" as const) },
    ),
    action: fc.constantFrom(undefined, undefined, undefined, ...actions),
    scope: fc.constantFrom(
      undefined,
      undefined,
      undefined,
      { conversation: "here" },
      { workspace },
      { workspace: "x" },
    ),
    expires: fc.constantFrom(undefined, undefined, undefined, 1, 9e15),
  },
  { requiredKeys: ["who", "verb", "target", "effect"] },
);

const everything: RuleDraft = { who: "*", verb: "*", target: "*", effect: "allow" };

const says = fc.oneof(
  { weight: 5, arbitrary: fc.constant("own" as const) },
  { weight: 1, arbitrary: fc.constantFrom("none" as const, "forged" as const) },
);

/** How a call is made, besides whom it is made to. */
const ways = {
  kind: fc.constant("call" as const),
  plugin: fc.constantFrom(...plugins),
  action: fc.constantFrom(...actions),
  provided: fc.constantFrom(false, false, true),
  detach: fc.constantFrom(false, false, true),
};

const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie("step"), { maxLength: 4, size: "max", depthIdentifier: "steps" }),
  step: fc.oneof(
    { maxDepth: 4, depthIdentifier: "steps", withCrossShrink: true },
    fc.record({
      says,
      does: fc.record({ kind: fc.constantFrom(...services) }),
    }),
    fc.record({ says, does: fc.record({ ...ways, steps: tie("steps") }) }),
  ),
}));

const anyCase: fc.Arbitrary<Case> = fc.record({
  rules: fc
    .tuple(fc.boolean(), fc.array(anyRule, { maxLength: 10 }))
    .map(([broad, rules]) => (broad ? [...rules, everything] : rules)),
  mode: fc.constantFrom("agent" as const, "agent" as const, "agent" as const, "ask" as const),
  root: fc.constantFrom("person" as const, "agent" as const, "extension" as const),
  inConversation: fc.boolean(),
  steps: fc.array(
    fc.record({
      says: fc.constant("own" as const),
      does: fc.record({ ...ways, steps }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  answers: fc.array(fc.constantFrom("once" as const, "conversation" as const, "deny" as const), {
    minLength: 1,
    maxLength: 4,
  }),
});

/** Plays a case on a whole host and answers what it really did, and what its journal says. */
async function play(one: Case) {
  const done: Done[] = [];
  /** By the number that each step carries. */
  const lines = new Map<number, Line>();
  const allowed = new Set<string>();
  const seen: string[] = [];
  const known = new Map<string, number>();
  let numbers = 0;
  let answered = 0;
  let failedStarts = 0;

  const did = (number: number, about: Pick<Done, "verb" | "target" | "action" | "callId">, alone: boolean) => {
    const line = lines.get(number);
    assert.ok(line, "nothing happens that nobody did");
    const { callers, conversation, how } = line;
    const own = callers.at(-1) ?? "";
    const principals = alone ? [own] : [...new Set(callers)];
    done.push({ name: `${number}`, principals, conversation, ...(how && { how }), ...about });
  };
  const window: WindowPort = {
    notify: (_plugin, _level, text) => did(Number(text), { verb: "act", target: "ui/notify" }, false),
    ask: async () => undefined,
    consent: async () => false,
    open: async (path) => did(Number(path), { verb: "act", target: "editor/open" }, false),
    showDiff: async () => {},
    executeCommand: async () => undefined,
    runInTerminal: async (_plugin, { command }) => {
      did(Number(command), { verb: "act", target: "terminal/run" }, false);
      return { state: "started" };
    },
  };

  type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;
  const perform = async (plugin: string, callId: string, above: number, todo: readonly Step[], send: Send) => {
    for (const { says: where, does } of todo) {
      const number = ++numbers;
      const line = lines.get(above);
      const inside = where === "own" ? line : undefined;
      lines.set(number, {
        callers: [...(inside?.callers ?? []), `plugin:${plugin}`],
        conversation: inside?.conversation,
        ...(does.kind === "call" && { how: does }),
      });
      const forged = seen.find((id) => known.get(id) !== undefined && !id.startsWith(`${plugin}:`))?.split(":")[1];
      const claimed = where === "own" ? callId : where === "forged" ? forged : undefined;
      const _meta = claimed === undefined ? {} : { callId: claimed };
      const text = `${number}`;
      const attempt = async (method: string, params: Record<string, unknown>) => {
        try {
          return { result: await send(method, { ...params, _meta }) };
        } catch {
          return undefined;
        }
      };
      if (does.kind === "call") {
        const args = { number, steps: does.steps };
        await attempt("call", { ...targetOf(does), args, detach: does.detach });
      } else if (does.kind === "publish") {
        if (await attempt("publish", { topic: "topic.x", data: number }))
          did(number, { verb: "publish", target: "topic.x" }, true);
      } else if (does.kind === "subscribe") {
        if (await attempt("register", { subscription: { topic: "topic.x" } }))
          did(number, { verb: "subscribe", target: "topic.x" }, true);
      } else if (does.kind === "intercept") {
        if (await attempt("register", { intercept: { point: "compaction" } }))
          did(number, { verb: "intercept", target: "compaction" }, true);
      } else if (does.kind === "database") await attempt("database/query", { statements: [{ sql: text }] });
      else if (does.kind === "state") {
        if (await attempt("state/set", { scope: "shared:x", key: text, value: number }))
          did(number, { verb: "state", target: "shared:x", action: "write" }, true);
      } else if (does.kind === "notify") await attempt("ui/notify", { level: "info", text });
      else if (does.kind === "open") await attempt("editor/open", { path: text });
      else if (does.kind === "terminal") await attempt("terminal/run", { command: text, wait: false });
      else if (does.kind === "spend") {
        if (await attempt("model/complete", { messages: [{ role: "user", content: text }] }))
          did(number, { verb: "spend", target: "model" }, false);
      } else {
        const message = await attempt("conversation/addMessage", {
          content: text,
          intent: does.kind,
          role: "assistant",
        });
        if (!message) continue;
        did(number, { verb: "message", target: "conversation/context" }, true);
        if (does.kind === "wake") did(number, { verb: "wake", target: "conversation" }, false);
      }
    }
  };

  const script = (plugin: string, broken = false): ScriptedPlugin => ({
    manifest: {
      offers: actions.map((action) => ({
        ...{ name: action, action, description: "x", input: { type: "object" } },
        ...{ facets: { provides: `x.${action}` }, priority: broken ? 10 : 0 },
      })),
    },
    onInitialize() {
      if (!broken) return;
      failedStarts++;
      throw new Failure("versionMismatch", "It cannot start.");
    },
    async onRequest(method, params, { send }) {
      if (method !== "call") return {};
      const { args, _meta } = params as { args: { number: number; steps: Step[] }; _meta: { callId: string } };
      const action = params.name as OfferAction;
      did(
        args.number,
        { verb: "call", target: `${plugin}/${action}`, action, callId: _meta.callId },
        action === "read",
      );
      seen.push(`${plugin}:${_meta.callId}`);
      known.set(`${plugin}:${_meta.callId}`, args.number);
      await perform(plugin, _meta.callId, args.number, args.steps, send);
      return null;
    },
  });

  const { host, store } = await scriptedHost({
    plugins: { ...Object.fromEntries(plugins.map((name) => [name, script(name)])), d: script("d", true) },
    databases: {
      async query(_folder, statements) {
        did(Number(statements[0]?.sql), { verb: "state", target: "database" }, true);
        return { results: [], bytes: 0, quota: 1 };
      },
    },
    model: () => [{ type: "end", finish: "stop" }],
    settings: { mode: () => one.mode },
    window,
  });
  const here = (await host.conversations.visible()).id;
  for (const { scope, ...draft } of one.rules) {
    const place = scope?.conversation === "here" ? { conversation: here } : scope;
    await host.rules.addPersonRule({ ...draft, ...(place ? { scope: place } : {}) });
  }
  const before = [...host.rules.list()];
  host.bus.on("permission.request", ({ data }) => {
    const { requestId, plugin, toolName, arguments: args = {} } = data as ActivityData<"permission.request">;
    const choice = one.answers[answered++ % one.answers.length] ?? "deny";
    const service = args.text ?? args.path ?? args.command ?? messageOf(args);
    if (choice !== "deny")
      allowed.add(args.number === undefined ? `${service}` : `${args.number} ${plugin}/${toolName}`);
    // What is asked about each time can only be allowed once.
    const answer = () => host.approvals.answer(requestId, choice).catch(() => host.approvals.answer(requestId, "once"));
    setImmediate(() => void answer());
  });
  for (const { does } of one.steps) {
    if (does.kind !== "call") continue;
    const number = ++numbers;
    const conversation = one.inConversation ? here : undefined;
    lines.set(number, { callers: [one.root], conversation, how: does });
    await host.calls
      .call({
        caller: one.root,
        ...targetOf(does),
        args: { number, steps: does.steps },
        detach: does.detach,
        conversation,
      })
      .catch(() => {});
  }
  await until("all in the background have ended", () => host.calls.active().length === 0, { everyMs: 1 });
  const rules = host.rules.list();
  const texts = new Map([...before, ...rules].map((rule) => [rule.id, rule]));
  await host.stop();
  const after = rules.filter(({ id }) => !before.some((rule) => rule.id === id));
  const journal: readonly JournalRow[] = store.journal;
  return { done, allowed, before, after, texts, journal, store, host, failedStarts };
}

function targetOf({ plugin, action, provided }: Calling) {
  return provided ? { to: { provides: `x.${action}` }, name: `x.${action}` } : { to: { plugin }, name: action };
}

function messageOf({ messages }: Record<string, unknown>): unknown {
  return Array.isArray(messages) ? (messages[0] as { content: string }).content : undefined;
}

type Played = Awaited<ReturnType<typeof play>>;

/** The rules by which each principal may have done it: as the list was, or as the person's answers made it. */
function rulesFor({ before, after, allowed }: Played, one: Done): Map<string, Set<string>> {
  const { principals, name, conversation, verb, target, action } = one;
  const asked = verb === "call" ? `${name} ${target}` : name;
  const found = new Map<string, Set<string>>();
  for (const principal of principals) {
    const ids = new Set<string>();
    // In the background it may have been when some of the answers were rules, and others were not yet.
    for (let count = 0; count <= after.length; count++) {
      const list = [...before, ...after.slice(0, count)];
      const scope = { conversation, workspace };
      const own = decide(list, { principals: [principal], verb, target, action, scope }, Date.now());
      if (own.effect === "allow") ids.add(own.rule);
      if (own.effect === "ask" && allowed.has(asked)) {
        for (const rule of [...after.map(({ id }) => id), "person:once", "person:conversation"]) ids.add(rule);
      }
    }
    found.set(principal, ids);
  }
  return found;
}

/** The row of what was done; rows that count are found by what they count. */
function rowOf({ journal }: Played, one: Done, rules: Map<string, Set<string>>): JournalRow | undefined {
  const { callId, verb, principals, target, name } = one;
  const fits = ({ rule }: JournalRow) => rule !== undefined && [...rules.values()].some((ids) => ids.has(rule));
  const data = (row: JournalRow) => row.data as Record<string, unknown>;
  if (verb === "call") {
    const caller = principals.includes("person") && principals.length === 1 ? "person" : undefined;
    return (
      journal.find((row) => row.type === "call.ended" && row.callId === callId) ??
      journal.find(
        (row) =>
          row.type === "call.counted" &&
          data(row).target === target &&
          (caller ?? principals.at(-1)) === data(row).caller &&
          fits(row),
      )
    );
  }
  if (verb === "publish") return journal.find((row) => row.type === "topic.x" && row.data === Number(name));
  return journal.find(
    (row) =>
      row.type === "permission.decided" &&
      data(row).verb === verb &&
      data(row).target === target &&
      data(row).effect === "allow" &&
      JSON.stringify([...(data(row).principals as string[])].sort()) === JSON.stringify([...principals].sort()) &&
      fits(row),
  );
}

describe("whatever the rules and the chain", () => {
  it("nothing is carried out that is not allowed to each who must be asked, and each row names the rule", async () => {
    const kinds = new Map<string, number>();
    const count = (kind: string, more = 1) => kinds.set(kind, (kinds.get(kind) ?? 0) + more);
    await fc.assert(
      fc.asyncProperty(anyCase, async (one) => {
        const played = await play(one);
        count("a provider that does not start", played.failedStarts);
        for (const deed of played.done) {
          count(deed.verb);
          if (deed.target === "database") count("database");
          if (deed.how?.detach) count(`a detached ${deed.action}`);
          if (deed.how?.provided) count(`a provided ${deed.action}`);
          const rules = rulesFor(played, deed);
          for (const [principal, ids] of rules)
            assert.ok(ids.size > 0, `${principal} was not allowed to ${deed.verb} ${deed.target}`);
          const row = rowOf(played, deed, rules);
          assert.ok(row, `${deed.verb} ${deed.target} by ${deed.principals} has a row with the rule that allowed it`);
          const named = row.rules ?? { [deed.principals[0] ?? ""]: row.rule };
          for (const [principal, id] of Object.entries(named))
            assert.ok(rules.get(principal)?.has(String(id)), `${principal} ${deed.verb} ${deed.target} by ${id}`);
          assert.deepEqual(Object.keys(named).sort(), [...deed.principals].sort());
          const { text } = await played.host.journal.explain(row);
          assert.ok(!text.includes("unknown") && !text.includes("No right was needed"), text);
        }
        const counted = played.journal.flatMap(({ type, data }) =>
          type === "call.counted" && (data as { status: string }).status === "succeeded"
            ? [(data as { times: number }).times]
            : [],
        );
        const passing = played.done.filter(
          ({ verb, action, conversation, principals, callId }) =>
            verb === "call" &&
            action === "read" &&
            conversation === undefined &&
            principals[0]?.startsWith("plugin:") &&
            !played.journal.some((row) => row.type === "call.ended" && row.callId === callId),
        );
        assert.equal(
          counted.reduce((sum, times) => sum + times, 0),
          passing.length,
          "the counts are exact",
        );
      }),
      { numRuns: 200 },
    );
    const wanted = [
      ...["call", "publish", "subscribe", "intercept", "state", "database", "act", "spend", "message", "wake"],
      ...[
        "a detached read",
        "a detached write",
        "a provided read",
        "a provided write",
        "a provider that does not start",
      ],
    ];
    for (const kind of wanted) assert.ok((kinds.get(kind) ?? 0) > 0, `the cases came to ${kind}`);
  }).timeout(120_000);
});
