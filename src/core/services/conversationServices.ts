import { Failure } from "../../base/failure.ts";
import type { ContextResult } from "../../protocol/plugin/conversation.ts";
import type { Agent } from "../agent/agent.ts";
import type { Conversation } from "../agent/conversation.ts";
import type { Conversations } from "../agent/conversations.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import type { EditorPort, ModelsPort } from "../ports.ts";
import type { Rates } from "../rules/rates.ts";
import { deeds } from "../rules/targets.ts";
import type { ServiceTable } from "./service.ts";

export interface ConversationServiceParts {
  readonly agent: Agent;
  readonly conversations: Conversations;
  readonly editor: Pick<EditorPort, "focus">;
  readonly models: Pick<ModelsPort, "current">;
  readonly mode: () => string;
  readonly rates: Rates;
  readonly decide: (request: RightRequest) => Verdict;
}

type Part = NonNullable<ContextResult["redacted"]>[number]["part"];
const allParts: readonly Part[] = ["messages", "focus", "usage", "agent"];

/** Saying something in a conversation and reading it. */
export function conversationServices(
  parts: ConversationServiceParts,
): Pick<ServiceTable, "conversation/addMessage" | "conversation/context"> {
  const find = async (id: string | undefined): Promise<Conversation> =>
    id === undefined ? await parts.conversations.visible() : await parts.conversations.open(id);
  return {
    "conversation/addMessage": {
      rate: () => ({ kind: "messages", what: "messages" }),
      rights: ({ intent, role }) => deeds.message(intent, role),
      async handle(params, { session, conversation, rule, hold }) {
        const bytes = new TextEncoder().encode(params.content).length;
        const limit = session.limits().messageContentBytes;
        if (bytes > limit) {
          throw new Failure("tooLarge", `The message has ${bytes} bytes; ${limit} is the limit.`, {
            details: { limit },
            todo: "Say less, or put it into a file and name it.",
          });
        }
        if (params.intent === "wake") parts.rates.check(session.plugin, "wakes", "wakes");
        const target = await find(conversation);
        const { role, content, intent, actions, dedupeKey } = params;
        return await parts.agent.pluginSays(target.id, {
          plugin: session.plugin,
          owner: session.home.owner,
          rule,
          role,
          content,
          intent,
          actions,
          dedupeKey,
          hold,
        });
      },
    },
    "conversation/context": {
      async handle(params, { session, conversation }) {
        const target = await find(conversation);
        const result: ContextResult = { conversation: target.id };
        const redacted: NonNullable<ContextResult["redacted"]> = [];
        for (const part of params.include ?? allParts) {
          const verdict = parts.decide({
            principals: [session.principal],
            ...deeds.read(part),
            scope: { conversation: target.id },
          });
          if (verdict.effect === "allow") Object.assign(result, await readPart(parts, part, target, params));
          else redacted.push({ part, rule: verdict.rule });
        }
        if (redacted.length > 0) result.redacted = redacted;
        return result;
      },
    },
  };
}

async function readPart(
  parts: ConversationServiceParts,
  part: Part,
  conversation: Conversation,
  page: { limit: number; before?: string },
): Promise<Partial<ContextResult>> {
  switch (part) {
    case "focus":
      return { focus: parts.editor.focus() };
    case "usage":
      return { usage: conversation.record.usage };
    case "agent":
      return {
        agent: {
          state: parts.agent.state(conversation.id),
          model: (await parts.models.current()).label,
          mode: parts.mode(),
        },
      };
    case "messages":
      return messagesPage(conversation, page);
  }
}

/**
 * At most `limit` messages, newest last; those before the message `before` where one is named. A summary is none: what
 * it stands for is among them.
 */
function messagesPage(
  conversation: Conversation,
  { limit, before }: { limit: number; before?: string },
): Partial<ContextResult> {
  const all = conversation
    .entries()
    .flatMap((entry) => (entry.kind === "message" && !entry.queued && !entry.summary ? [entry] : []))
    .sort((a, b) => a.position - b.position);
  const end = before === undefined ? all.length : all.findIndex(({ id }) => id === before);
  if (end < 0) throw new Failure("notFound", `There is no message "${before}" in this conversation.`);
  const page = all.slice(Math.max(0, end - limit), end);
  return {
    messages: page.map(({ id, role, content, origin, timestamp }) => ({
      id,
      role,
      content,
      origin: origin?.plugin,
      timestamp,
    })),
    more: end > limit,
  };
}
