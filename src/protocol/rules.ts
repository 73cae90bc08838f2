import * as z from "zod";

/** What somebody does to something. `read` is reading the conversation, the focus or state; `act` is asking the host to act. */
export const ruleVerb = z.enum([
  "offer",
  "call",
  "publish",
  "subscribe",
  "intercept",
  "state",
  "message",
  "read",
  "wake",
  "act",
  "spend",
]);
export type RuleVerb = z.infer<typeof ruleVerb>;

export const ruleEffect = z.enum(["allow", "ask", "deny"]);
export type RuleEffect = z.infer<typeof ruleEffect>;

/** Where a rule holds. No `conversation` and no `workspace` means everywhere. */
export const ruleScope = z.object({ conversation: z.string().optional(), workspace: z.string().optional() });

/**
 * One rule of the single list that `decide()` reads. `who` is `person`, `agent`, `extension`, `plugin:<name>`, or a
 * pattern with `*`; `target` is `<plugin>/<offer>`, a topic pattern, an intercept point, a state scope,
 * `conversation/<intent>` … with `*`. Deny beats ask beats allow; inside one effect the more specific wins.
 */
export const rule = z.object({
  id: z.string().min(1).max(128),
  who: z.string().min(1).max(256),
  verb: z.union([ruleVerb, z.literal("*")]),
  target: z.string().min(1).max(256),
  action: z.union([z.enum(["create", "read", "write", "delete"]), z.literal("*")]).optional(),
  scope: ruleScope.optional(),
  effect: ruleEffect,
  /**
   * How often at most: so many times a minute, `burst` of them at once (a sixth of them where it is not said). Whatever
   * else allows the deed, more often it is refused with `overloaded`.
   */
  rate: z
    .object({
      perMinute: z.number().positive().max(1_000_000),
      burst: z.number().int().positive().max(1_000_000).optional(),
    })
    .optional(),
  why: z.string().max(500).optional(),
  expires: z.number().optional(),
  /** Only with `ask`: a question of the first use, which any rule that allows answers. */
  firstUse: z.boolean().optional(),
  /** Who made the rule: shipped with Parley, a plugin's granted want, or a person's decision. */
  source: z.enum(["builtin", "grant", "person"]),
  /** Whose grant it is: the key of the plugin (source/publisher/name). Also of what a person answered about that plugin on a card. */
  grant: z.string().max(256).optional(),
  /** A revoked grant stays in the list, so that it can be seen and given back. */
  revoked: z.boolean().optional(),
});
export type Rule = z.infer<typeof rule>;

/** What stands in a line that a person reads: nothing in it ends the line, or turns the direction of reading. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: to refuse them is the purpose.
const inOneLine = /^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+$/;

/** A right that a manifest states, with the reason that the person reads. */
export const want = z.strictObject({
  verb: ruleVerb,
  target: z.string().min(1).max(256).regex(inOneLine, "must be one line without control characters"),
  action: z.enum(["create", "read", "write", "delete"]).optional(),
  why: z.string().min(1).max(300),
});
export type Want = z.infer<typeof want>;
