import { replyOffer } from "../../protocol/plugin/events.ts";
import { configApplyOffer } from "../../protocol/plugin/lifecycle.ts";
import type { Rule } from "../../protocol/rules.ts";
import type { AgentMode } from "../../protocol/webview.ts";
import type { RightsHolder } from "./grants.ts";
import { principals } from "./targets.ts";

function builtin(id: string, rule: Omit<Rule, "id" | "source">): Rule {
  return { ...rule, id: `builtin:${id}`, source: "builtin" };
}

/** The rules that hold for everybody. A person cannot remove them, but can forbid more with rules of their own. */
export function builtinRules(): Rule[] {
  const plugins = { who: principals.plugin("*"), effect: "allow" } as const;
  return [
    builtin("person", {
      who: principals.person,
      verb: "*",
      target: "*",
      effect: "allow",
      why: "A person may do everything.",
    }),
    builtin("agent-model", {
      who: principals.agent,
      verb: "spend",
      target: "model",
      effect: "allow",
      why: "The agent works with the model that the person chose.",
    }),
    builtin("agent-read", {
      who: principals.agent,
      verb: "read",
      target: "*",
      effect: "allow",
      why: "The agent knows its own conversation.",
    }),
    builtin("agent-wake", {
      who: principals.agent,
      verb: "wake",
      target: "conversation",
      effect: "allow",
      why: "The agent is the one who is woken; the plugin needs the right itself.",
    }),
    builtin("agent-acts", {
      who: principals.agent,
      verb: "act",
      target: "*",
      effect: "allow",
      why: "The agent acts through plugins only; the plugin needs the right itself.",
    }),
    builtin("extension-reads", {
      who: principals.extension,
      verb: "call",
      target: "*",
      action: "read",
      effect: "allow",
      why: "Another extension may call offers that only read.",
    }),
    builtin("extension-asks", {
      who: principals.extension,
      verb: "*",
      target: "*",
      effect: "ask",
      firstUse: true,
      why: "What another extension wants done is asked about; it is not the person.",
    }),
    ...[principals.plugin("*"), principals.agent, principals.extension].map((who) =>
      builtin(`settings:${who}`, {
        who,
        verb: "call",
        target: `*/${configApplyOffer}`,
        effect: "deny",
        why: "Only Parley hands a plugin its settings.",
      }),
    ),
    builtin("own-words", {
      ...plugins,
      verb: "publish",
      target: "self.*",
      why: "A plugin may say how it is: log, health, telemetry.",
    }),
    builtin("own-inbox", {
      ...plugins,
      verb: "subscribe",
      target: "inbox",
      why: "Only what is addressed to the plugin arrives there.",
    }),
    builtin("replies", {
      ...plugins,
      verb: "call",
      target: `*/${replyOffer}`,
      action: "read",
      why: "Whoever gets a direct message may answer it; the sender takes an answer only from whom it asked.",
    }),
    ...["plugin", "workspace", "conversation"].flatMap((scope) => [
      builtin(`own-state-${scope}`, {
        ...plugins,
        verb: "state",
        target: scope,
        why: "A plugin may keep state of its own.",
      }),
      builtin(`own-state-${scope}-changes`, {
        ...plugins,
        verb: "subscribe",
        target: `state.${scope}.>`,
        why: "A plugin hears of changes of its own state only.",
      }),
    ]),
    builtin("list-offers", { ...plugins, verb: "read", target: "offers", why: "A plugin may see what others offer." }),
  ];
}

/**
 * The rules that come with one plugin. The agent calls those of its offers without asking whose word that they only read is
 * accepted.
 */
export function pluginRules({ name: plugin, readOffers }: Pick<RightsHolder, "name" | "readOffers">): Rule[] {
  const own = builtin(`offers:${plugin}`, {
    who: principals.plugin(plugin),
    verb: "offer",
    target: `${plugin}/*`,
    effect: "allow",
    why: "A plugin may make offers under its own name.",
  });
  const itself = builtin(`calls-own:${plugin}`, {
    who: principals.plugin(plugin),
    verb: "call",
    target: `${plugin}/*`,
    effect: "allow",
    why: "A plugin may call its own offers.",
  });
  const agentReads = (target: string, id: string, why: string) =>
    builtin(`agent-reads:${id}`, { who: principals.agent, verb: "call", target, action: "read", effect: "allow", why });
  const reads =
    readOffers === "all"
      ? [agentReads(`${plugin}/*`, plugin, `${plugin} says that these offers only read, and its word is accepted.`)]
      : readOffers.map((name) =>
          agentReads(
            `${plugin}/${name}`,
            `${plugin}/${name}`.slice(0, 100),
            "It stood on the sheet of the plugin as one that only reads.",
          ),
        );
  return [own, itself, ...reads];
}

/** What the mode adds: in `ask` the agent changes nothing, whatever else was allowed. */
export function modeRules(mode: AgentMode): Rule[] {
  if (mode === "agent") return [];
  const why = "In ask mode the agent only reads. Switch to agent mode to let it change things.";
  const denied = { who: principals.agent, effect: "deny", why } as const;
  return [
    ...(["create", "write", "delete"] as const).map((action) =>
      builtin(`mode-ask:${action}`, { ...denied, verb: "call", target: "*", action }),
    ),
    ...["terminal/run", "editor/executeCommand:*"].map((target) =>
      builtin(`mode-ask:${target}`, { ...denied, verb: "act", target }),
    ),
  ];
}
