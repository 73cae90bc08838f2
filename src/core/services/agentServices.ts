import { Failure } from "../../base/failure.ts";
import type { Agent } from "../agent/agent.ts";
import type { Conversations } from "../agent/conversations.ts";
import type { Rates } from "../rules/rates.ts";
import { deeds } from "../rules/targets.ts";
import type { ServiceTable } from "./service.ts";

export interface AgentServiceParts {
  readonly agent: Agent;
  readonly conversations: Conversations;
  readonly rates: Rates;
}

/** What refuses it to end a turn of others without saying so; it stands in no list. */
const turnOfOthers = "builtin:turn-of-others";

/** Having the agent work, and ending what one had it do. */
export function agentServices({
  agent,
  conversations,
  rates,
}: AgentServiceParts): Pick<ServiceTable, "agent/run" | "agent/stop"> {
  const idOf = async (id: string | undefined) => id ?? (await conversations.visible()).id;
  return {
    "agent/run": {
      rights: () => [deeds.act("agent/run")],
      async handle({ text }, { session, conversation, rule, hold }) {
        rates.check(session.plugin, "wakes", "turns");
        const { messageId, state } = await agent.pluginSays(await idOf(conversation), {
          plugin: session.plugin,
          owner: session.home.owner,
          rule,
          role: "user",
          content: text,
          intent: "wake",
          hold,
          ownTurn: true,
        });
        return { messageId, state: state === "queued" ? "queued" : "started" };
      },
    },
    "agent/stop": {
      rights: ({ any }) => [deeds.act(any ? "agent/stop:any" : "agent/stop")],
      async handle({ any }, { session, conversation, refuse }) {
        const id = await idOf(conversation);
        const by = agent.startedBy(id);
        if (by === undefined) return { stopped: false };
        if (!any && by !== session.principal) {
          refuse(deeds.act("agent/stop"), turnOfOthers);
          throw new Failure("denied", `${session.plugin} did not start the turn that runs: ${by} did.`, {
            details: { rule: turnOfOthers, startedBy: by },
            todo: "Stop it with `any`, which needs the right to act on agent/stop:any.",
          });
        }
        await agent.stopTurn(id, `${session.plugin} stopped it.`);
        return { stopped: true };
      },
    },
  };
}
