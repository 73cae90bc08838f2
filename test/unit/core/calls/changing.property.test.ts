import assert from "node:assert/strict";
import fc from "fast-check";
import type { CallRequest } from "../../../../src/core/calls/types.ts";
import type { RuleDraft } from "../../../../src/core/rules/rulebook.ts";
import type { ActivityData } from "../../../../src/protocol/plugin/activity.ts";
import type { OfferAction } from "../../../../src/protocol/plugin/common.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const names = ["a", "b", "c"] as const;
type Name = (typeof names)[number];

/** A call, what it waits for before its target answers, and the calls that its target makes inside it. */
interface Step {
  readonly to: Name;
  readonly action: OfferAction;
  readonly provided: boolean;
  readonly detach: boolean;
  readonly waits: number;
  readonly inside: readonly Step[];
}

/** Something that changes while calls are in flight, so many turns of the event loop after what changed before. */
interface Change {
  readonly after: number;
  readonly rule: RuleDraft;
  /** Removes it again after so many turns. */
  readonly lasts: number;
}

const actions = ["read", "write"] as const;
const turns = fc.integer({ min: 0, max: 4 });

const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie("step"), { maxLength: 2, depthIdentifier: "s" }),
  step: fc.record({
    to: fc.constantFrom(...names),
    action: fc.constantFrom(...actions),
    provided: fc.constantFrom(false, false, true),
    detach: fc.constantFrom(false, false, false, true),
    waits: turns,
    inside: fc.oneof({ maxDepth: 3, depthIdentifier: "s" }, fc.constant([]), tie("steps")),
  }),
}));

const change: fc.Arbitrary<Change> = fc.record({
  after: turns,
  lasts: fc.integer({ min: 1, max: 6 }),
  rule: fc.record({
    who: fc.constantFrom("plugin:a", "plugin:b", "plugin:*", "extension", "agent"),
    verb: fc.constant("call" as const),
    target: fc.constantFrom("a/*", "b/*", "c/write", "*"),
    effect: fc.constantFrom("deny" as const, "ask" as const),
  }),
});

const anyCase = fc.record({
  calls: fc.array(fc.tuple(fc.constantFrom("plugin:a", "plugin:b", "extension"), steps), {
    minLength: 1,
    maxLength: 4,
  }),
  changes: fc.array(change, { minLength: 1, maxLength: 8 }),
  gateWaits: fc.array(turns, { minLength: 1, maxLength: 4 }),
  answers: fc.array(fc.tuple(turns, fc.constantFrom("once" as const, "deny" as const)), { minLength: 1, maxLength: 4 }),
});

async function pass(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** `number` tells the call apart from all others. */
function request(caller: string, { to, action, provided, detach, waits, inside }: Step, number: number): CallRequest {
  const target = provided ? { to: { provides: `x.${action}` }, name: "" } : { to: { plugin: to }, name: action };
  return { caller, ...target, detach, args: { number, waits, inside } };
}

describe("whatever changes while calls are in flight", () => {
  it("each is sent only where the rules of that moment allow it to each who must be asked, and names them", async function () {
    this.timeout(120_000);
    const seen = { sent: 0, asked: 0, refused: 0, changed: 0 };
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ calls, changes, gateWaits, answers }) => {
        const faults: string[] = [];
        const granted = new Set<unknown>();
        let passed = 0;
        let numbers = 0;
        const check = (plugin: Name, action: OfferAction, callId: string) => {
          const chain = host.calls.chainOf(callId);
          const record = chain.at(-1);
          const callers = chain.map(({ caller }) => caller);
          const principals = action === "read" ? callers.slice(-1) : [...new Set([...callers.slice(-1), ...callers])];
          const scope = { conversation: undefined, workspace: "file:///w" };
          const { effect, rules } = host.rules.decide({
            principals,
            verb: "call",
            target: `${plugin}/${action}`,
            action,
            scope,
          });
          const asked = granted.has(record?.args.number);
          const how = `${principals} → ${plugin}/${action}: ${effect}, rule ${record?.rule}${asked ? ", asked" : ""}`;
          if (effect === "deny" || (effect === "ask" && !asked)) faults.push(how);
          if (!asked && JSON.stringify(record?.rules) !== JSON.stringify(rules))
            faults.push(`${how}: another rule is named`);
          seen.sent++;
        };
        const player = (plugin: Name): ScriptedPlugin => ({
          manifest: {
            wants: [{ verb: "call", target: "*", why: "for the test" }],
            offers: actions.map((action) => ({
              ...{ name: action, action, description: "x", concurrency: plugin === "c" ? 1 : 2 },
              facets: { provides: `x.${action}` },
            })),
          },
          async onRequest(method, params, { send }) {
            if (method !== "call") return {};
            const { name, args, _meta } = params as { name: OfferAction; args: Step; _meta: { callId: string } };
            check(plugin, name, _meta.callId);
            await pass(args.waits);
            for (const step of args.inside) {
              const { caller: _own, ...made } = request("", step, ++numbers);
              await send("call", { ...made, _meta: { callId: _meta.callId } }).catch(() => {});
            }
            return null;
          },
        });
        const gate: ScriptedPlugin = {
          manifest: {
            wants: [{ verb: "intercept", target: "*", why: "for the test" }],
            intercepts: [{ point: "offer:*" }],
          },
          initialize: { intercepts: [{ point: "offer:*", phase: "before", handle: "g" }] },
          async onRequest(method, params) {
            if (method !== "intercept") return {};
            await pass(gateWaits[passed++ % gateWaits.length] ?? 0);
            const { args } = params.subject as { args: Step };
            return { decision: "allow", updated: { args: { ...args, passed } } };
          },
        };
        const { host } = await scriptedHost({ plugins: { a: player("a"), b: player("b"), c: player("c"), gate } });
        await host.rules.addPersonRule({ who: "*", verb: "call", target: "*", effect: "allow" });
        let answered = 0;
        host.bus.on("permission.request", ({ data }) => {
          const { requestId, arguments: args } = data as ActivityData<"permission.request">;
          const [after, choice] = answers[answered++ % answers.length] ?? [0, "deny"];
          seen.asked++;
          if (choice !== "deny") granted.add(args?.number);
          void pass(after).then(() => host.approvals.answer(requestId, choice));
        });
        const made = calls.flatMap(([caller, todo]) =>
          todo.map((step) =>
            host.calls.call(request(caller, step, ++numbers)).catch(() => {
              seen.refused++;
            }),
          ),
        );
        for (const { after, rule, lasts } of changes) {
          await pass(after);
          const { id } = await host.rules.addPersonRule(rule);
          seen.changed++;
          void pass(lasts).then(() => host.rules.remove(id));
        }
        await Promise.all(made);
        await until("all in the background have ended", () => host.calls.active().length === 0, { everyMs: 1 });
        await pass(8);
        await host.stop();
        assert.deepEqual(faults, []);
      }),
      { numRuns: 250 },
    );
    for (const [what, times] of Object.entries(seen)) assert.ok(times > 20, `${what}: ${times}`);
  });
});
