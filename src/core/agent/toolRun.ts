import type { Clock } from "../../base/clock.ts";
import { asFailure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import { isJsonObject, parseJson } from "../../base/json.ts";
import type { Calls } from "../calls/calls.ts";
import type { CallRecord } from "../journal/records.ts";
import { didYouMean, nearNames } from "../offers/near.ts";
import type { StorePort } from "../ports.ts";
import type { Conversation } from "./conversation.ts";
import type { AgentTool } from "./tools.ts";

export interface ToolRunParts {
  readonly calls: Calls;
  readonly store: Pick<StorePort, "saveCall">;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export interface WantedCall {
  /** Ours, unique in the conversation. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/**
 * Carries out what a model asked for in one step, all at once, and answers what intercepts want it to see. A call that cannot
 * be made (no such tool, arguments that are no JSON object) becomes a failed row, so that the model reads why.
 */
export async function runTools(
  parts: ToolRunParts,
  conversation: Conversation,
  turn: string,
  wanted: readonly WantedCall[],
  tools: ReadonlyMap<string, AgentTool>,
  signal: AbortSignal,
): Promise<{ plugin: string; text: string }[]> {
  const contexts = await Promise.all(
    wanted.map(async (want) => {
      const tool = tools.get(want.name);
      const args = want.arguments.trim() === "" ? {} : parseJson(want.arguments);
      if (!tool || !isJsonObject(args)) {
        await failedRow(parts, conversation, turn, want, tool, whyNot(want, tool, tools));
        return [];
      }
      const { plugin, offer } = tool.known;
      try {
        const outcome = await parts.calls.call({
          caller: "agent",
          to: { plugin },
          name: offer.name,
          args,
          conversation: conversation.id,
          turn,
          toolCallId: want.id,
          signal,
        });
        return [...outcome.contexts];
      } catch (error) {
        const known = conversation.calls().some((call) => call.toolCallId === want.id);
        if (!known) await failedRow(parts, conversation, turn, want, tool, asFailure(error, "The call").message);
        return [];
      }
    }),
  );
  return contexts.flat();
}

function whyNot(want: WantedCall, tool: AgentTool | undefined, tools: ReadonlyMap<string, AgentTool>): string {
  if (tool)
    return `The arguments of ${want.name} were not a JSON object: ${want.arguments.slice(0, 200)}. Send them again as one JSON object.`;
  return `There is no tool "${want.name}". ${didYouMean(nearNames(want.name, tools.keys())) || "Use one of the tools that you were given."}`;
}

async function failedRow(
  parts: ToolRunParts,
  conversation: Conversation,
  turn: string,
  want: WantedCall,
  tool: AgentTool | undefined,
  error: string,
): Promise<void> {
  const now = parts.clock.now();
  const record: CallRecord = {
    id: parts.ids.next("call"),
    conversation: conversation.id,
    position: conversation.nextPosition(),
    turn,
    toolCallId: want.id,
    caller: "agent",
    plugin: tool?.known.plugin ?? "?",
    name: tool?.known.offer.name ?? want.name,
    title: tool?.known.offer.title ?? want.name,
    action: tool?.known.offer.action ?? "read",
    detached: false,
    args: {},
    status: "failed",
    startedAt: now,
    endedAt: now,
    error,
  };
  conversation.showCall(record);
  await parts.store.saveCall(record).catch(() => {});
}
