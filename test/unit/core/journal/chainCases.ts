/** Cases of calls inside calls, with the rules that they meet and the answers of the person. */
import fc from "fast-check";
import type { RuleDraft } from "../../../../src/core/rules/rulebook.ts";
import type { OfferAction } from "../../../../src/protocol/plugin/common.ts";
import { ruleVerb } from "../../../../src/protocol/rules.ts";

export const plugins = ["a", "b", "c"] as const;
export const actions: readonly OfferAction[] = ["read", "write", "create", "delete"];
export const workspace = "file:///w";
const services = [
  ...(["publish", "subscribe", "intercept", "state", "database", "notify", "open", "terminal"] as const),
  ...(["spend", "context", "wake"] as const),
];

/** A call as it is made: of one plugin's offer or of whoever provides it, waited for or in the background. */
export interface Calling {
  readonly kind: "call";
  readonly plugin: string;
  readonly action: OfferAction;
  readonly provided: boolean;
  readonly detach: boolean;
  readonly steps: readonly Step[];
}

/** One thing that a plugin does inside a call of its own; `says` is which call it says that it is in. */
export interface Step {
  readonly says: "own" | "none" | "forged";
  readonly does: Calling | { readonly kind: (typeof services)[number] };
}

export interface Case {
  readonly rules: readonly RuleDraft[];
  readonly mode: "agent" | "ask";
  readonly root: "person" | "agent" | "extension";
  readonly inConversation: boolean;
  readonly steps: readonly Step[];
  readonly answers: readonly ("once" | "conversation" | "deny")[];
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

export const anyCase: fc.Arbitrary<Case> = fc.record({
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
