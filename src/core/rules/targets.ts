import type { OfferAction } from "../../protocol/plugin/common.ts";
import type { ContextResult, MessageIntent } from "../../protocol/plugin/conversation.ts";
import type { RuleVerb } from "../../protocol/rules.ts";

/** What somebody wants to do: the part of a request that a rule's verb, target and action are compared with. */
export interface Deed {
  readonly verb: RuleVerb;
  readonly target: string;
  readonly action?: OfferAction;
}

type ContextPart = NonNullable<ContextResult["redacted"]>[number]["part"];

/**
 * The targets of every verb, so that nobody composes them by hand:
 *
 * | verb | target | action |
 * |---|---|---|
 * | offer | `<plugin>/<offer>`, the plugin's own | – |
 * | call | `<plugin>/<offer>` of the target | the offer's own |
 * | publish | the topic | – |
 * | subscribe | the topic pattern that is asked for; a rule that allows must cover it, one that denies or asks only overlap it | – |
 * | intercept | the point, for example `tool` or `offer:<plugin>/<offer>` | – |
 * | state | `plugin`, `workspace`, `conversation` or `shared:<namespace>` | read, write or delete |
 * | state | `database`, the plugin's own SQLite file | – |
 * | message | `conversation/notify`, `conversation/context`, or `conversation/system` for a message with that role | – |
 * | wake | `conversation` | – |
 * | read | `conversation/messages`, `conversation/focus`, `conversation/usage`, `conversation/agent`, or `offers` | – |
 * | act | the host service, for example `editor/open`; for a VS Code command `editor/executeCommand:<its id>`, for turns of others `agent/stop:any` | – |
 * | spend | `model` | – |
 */
export const deeds = {
  offer: (plugin: string, name: string): Deed => ({ verb: "offer", target: `${plugin}/${name}` }),
  call: (plugin: string, name: string, action: OfferAction): Deed => ({
    verb: "call",
    target: `${plugin}/${name}`,
    action,
  }),
  publish: (topic: string): Deed => ({ verb: "publish", target: topic }),
  subscribe: (pattern: string): Deed => ({ verb: "subscribe", target: pattern }),
  intercept: (point: string): Deed => ({ verb: "intercept", target: point }),
  state: (scope: string, action: "read" | "write" | "delete"): Deed => ({ verb: "state", target: scope, action }),
  database: (): Deed => ({ verb: "state", target: "database" }),
  /**
   * What a message needs: one deed each for what the person sees, what the model sees, and a turn that starts. All must
   * be allowed.
   */
  message(intent: MessageIntent, role: "user" | "assistant" | "system"): Deed[] {
    const wanted: Deed[] = [
      { verb: "message", target: intent === "notify" ? "conversation/notify" : "conversation/context" },
    ];
    if (role === "system") wanted.push({ verb: "message", target: "conversation/system" });
    if (intent === "wake") wanted.push({ verb: "wake", target: "conversation" });
    return wanted;
  },
  read: (part: ContextPart): Deed => ({ verb: "read", target: `conversation/${part}` }),
  listOffers: (): Deed => ({ verb: "read", target: "offers" }),
  act: (service: string): Deed => ({ verb: "act", target: service }),
  executeCommand: (command: string): Deed => ({ verb: "act", target: `editor/executeCommand:${command}` }),
  spend: (): Deed => ({ verb: "spend", target: "model" }),
} as const;

/** The name that stands for a plugin's intercept where a rule is named. */
export const interceptRule = (plugin: string): string => `intercept:${plugin}`;

/** Who does it. The host stamps these; a plugin never states its own. */
export const principals = {
  person: "person",
  agent: "agent",
  /** Another extension of VS Code, through what this one exports; which one is not known. */
  extension: "extension",
  plugin: (name: string): string => `plugin:${name}`,
  /** A run of a package that has lost its name to another: a plugin like any other, and not the one of that name. */
  former: (name: string): string => `plugin:${name}~former`,
} as const;

/** The name of the plugin that a principal is; undefined where it is none. */
export function pluginOf(principal: string): string | undefined {
  return principal.startsWith("plugin:") ? principal.slice("plugin:".length) : undefined;
}
