import assert from "node:assert/strict";
import fc from "fast-check";
import type { ScriptedPlugin } from "../../../support/scriptedHost.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Params = Record<string, unknown>;
const why = "For the test.";
const path = fc.constantFrom("a.ts", "b.ts", 7, null);
const args = fc.oneof(
  fc.record({ path }),
  fc.record({ path, more: fc.string({ maxLength: 3 }) }),
  fc.constantFrom("none", 3, [1], null),
);

/** Whatever an intercept may say, and a few things that it may not. */
const answer = fc.record(
  {
    decision: fc.constantFrom(...Array(9).fill("allow"), "deny", "answer", "ask", "force"),
    updated: fc.oneof(
      { weight: 6, arbitrary: fc.record({ args }) },
      fc.record(
        { name: fc.constant("other"), action: fc.constant("write"), plugin: fc.constant("gate0") },
        { requiredKeys: [] },
      ),
      fc.record({ result: fc.anything({ maxDepth: 1 }) }),
      fc.record({ caller: fc.constant("person") }),
    ),
    answer: fc.oneof(fc.record({ path }), fc.constant(null)),
    fails: fc.constantFrom(false, false, false, true),
    /** While it is asked, the person forbids the call. */
    forbids: fc.constantFrom(false, false, false, false, false, true),
  },
  { requiredKeys: ["decision"] },
);
type Answer = Params & { fails?: boolean; forbids?: boolean };

const scenario = fc.record({
  caller: fc.constantFrom("agent", "plugin:peer"),
  rule: fc.constantFrom("allow", "allow", "allow", "ask", "deny", undefined),
  points: fc.constantFrom(["tool"], ["call"], ["offer:tools/*"], ["tool", "call", "offer:*"]),
  answers: fc.array(fc.record({ before: answer, after: answer }), { minLength: 1, maxLength: 3 }),
  choice: fc.constantFrom("once" as const, "deny" as const),
  edited: fc.constantFrom(undefined, '{"path":"person.ts"}'),
});

const input = {
  type: "object",
  properties: { path: { type: "string" } },
  required: ["path"],
  additionalProperties: false,
};

describe("what intercepts make of a call", () => {
  it("is never more than the rules allow: only the call that was asked for, with arguments that fit, decided on as they are sent", async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ caller, rule, points, answers, choice, edited }) => {
        const carried: { args: Params; name: unknown; effect: string }[] = [];
        const approved: string[] = [];
        let asked = 0;
        let wanted = false;
        const decide = () =>
          host.rules.decide({
            principals: [caller],
            verb: "call",
            target: "tools/look",
            action: "read",
            scope: { conversation: id },
          });
        const tools: ScriptedPlugin = {
          manifest: {
            offers: [
              { name: "look", description: "Looks.", action: "read", input, facets: { agent: true } },
              { name: "other", description: "Another.", action: "write", facets: { agent: true } },
            ],
          },
          onRequest(method, params) {
            if (method === "call")
              carried.push({ args: params.args as Params, name: params.name, effect: decide().effect });
            return { path: "of the tool" };
          },
        };
        const gates = answers.map((own, index): [string, ScriptedPlugin] => [
          `gate${index}`,
          {
            manifest: { wants: [{ verb: "intercept", target: "*", why }], activation: ["onStartup"] },
            initialize: {
              intercepts: points.flatMap((point) => [
                { point, phase: "before" as const },
                { point, phase: "after" as const },
              ]),
            },
            async onRequest(method, params) {
              if (method !== "intercept") return {};
              asked += 1;
              const { fails, forbids, ...result } = own[params.phase as "before" | "after"] as Answer;
              const deny = { who: caller, verb: "call", target: "tools/look", effect: "deny" } as const;
              if (forbids && params.phase === "before") await host.rules.addPersonRule(deny);
              if (fails) throw new Error("broken");
              if (result.decision === "ask" && params.phase === "before") wanted = true;
              return result;
            },
          },
        ]);
        const { host } = await scriptedHost({ plugins: { tools, ...Object.fromEntries(gates) } });
        const { id } = await host.conversations.create();
        for (const [name] of gates) await until("it runs", () => host.supervisor.running(name) !== undefined);
        if (rule) await host.rules.addPersonRule({ who: caller, verb: "call", target: "tools/look", effect: rule });
        const first = decide().effect;
        host.bus.on("permission.request", ({ data }) => {
          const card = data as { requestId: string; arguments: Params };
          if (choice === "once") approved.push(edited ?? JSON.stringify(card.arguments));
          setImmediate(
            () => void host.approvals.answer(card.requestId, choice, undefined, choice === "once" ? edited : undefined),
          );
        });
        const call = { caller, to: { plugin: "tools" }, name: "look", args: { path: "asked.ts" }, conversation: id };
        await host.calls.call(call).catch(() => {});

        if (first === "deny") assert.equal(asked, 0, "a denial by a rule comes before every intercept");
        assert.ok(carried.length <= 1);
        for (const one of carried) {
          sent += 1;
          assert.equal(one.name, "look");
          assert.deepEqual(Object.keys(one.args), ["path"]);
          assert.equal(typeof one.args.path, "string");
          assert.notEqual(one.effect, "deny");
          if (one.effect === "ask" || wanted)
            assert.ok(approved.includes(JSON.stringify(one.args)), "a person let just this go on");
        }
        await host.stop();
      }),
      { numRuns: 150 },
    );
    assert.ok(sent > 10, `${sent} calls were carried out, so that something was seen`);
  }).timeout(60_000);
});
