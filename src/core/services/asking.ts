import { Failure } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import { pluginToHost } from "../../protocol/plugin/methods.ts";
import type { ApprovalAnswer, ApprovalRequest, Verdict } from "../calls/types.ts";
import type { CallRecord } from "../journal/records.ts";
import type { Deed } from "../rules/targets.ts";

/** What a service does, as the card of its question is headed; others are headed by their method's name. */
const titles: Record<string, string> = {
  "ui/notify": "Show a notification",
  "ui/ask": "Ask you a question",
  "editor/open": "Open a file",
  "editor/showDiff": "Show a change",
  "editor/executeCommand": "Run a VS Code command",
  "terminal/run": "Run in a terminal",
  "agent/run": "Have the agent work",
  "agent/stop": "Stop the agent",
  "model/complete": "Use your model",
  "model/embed": "Use your model for embeddings",
};

export interface Question {
  readonly id: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly plugin: string;
  readonly deed: Deed;
  readonly verdict: Verdict;
  readonly principals: readonly string[];
  readonly inside: CallRecord | undefined;
  readonly conversation: string | undefined;
  readonly now: number;
  /** What the params would need the right for. */
  readonly deedsOf: (params: Record<string, unknown>) => readonly Deed[];
}

/** A service that a plugin asks for, as it is put before the person: like a call, with the params as the arguments. */
export function approvalOf(question: Question): ApprovalRequest {
  const { id, method, plugin, deed, verdict, principals, inside, conversation, now, deedsOf } = question;
  const { _meta, ...args } = question.params;
  const wanted = targetsOf(deedsOf(question.params));
  return {
    record: {
      id,
      parent: inside?.id,
      conversation,
      turn: inside?.turn,
      caller: `plugin:${plugin}`,
      plugin,
      name: method,
      title: titles[method] ?? method,
      action: "write",
      detached: false,
      args,
      status: "asking",
      startedAt: now,
    },
    deed,
    principals,
    rule: verdict.rule,
    reason: verdict.why,
    validate(edited) {
      const parsed = parsedParams(method, edited);
      if (typeof parsed === "string") return parsed;
      return targetsOf(deedsOf(parsed)) === wanted ? undefined : "they would need another right; deny this instead.";
    },
  };
}

/** The params with the arguments as the person left them. */
export function answeredParams(
  method: string,
  params: Record<string, unknown>,
  { choice, feedback, args }: ApprovalAnswer,
): Record<string, unknown> {
  if (choice === "deny") {
    throw new Failure("denied", `The person refused ${method}${feedback ? `: ${feedback}` : "."}`, {
      details: { rule: "person:refused" },
      todo: "Do not try the same again; go on without it.",
    });
  }
  if (!args) return params;
  const parsed = parsedParams(method, { ...args, _meta: params._meta });
  if (typeof parsed === "string") throw new Failure("invalidParams", `The edited arguments do not fit: ${parsed}`);
  return parsed;
}

function targetsOf(deeds: readonly Deed[]): string {
  return JSON.stringify(deeds.map(({ verb, target }) => [verb, target]));
}

/** The params with the defaults filled in, or what is wrong with them. */
function parsedParams(method: string, params: Record<string, unknown>): Record<string, unknown> | string {
  const spec = pluginToHost[method as keyof typeof pluginToHost];
  const parsed = spec.params.safeParse(params);
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  return isJsonObject(parsed.data) ? parsed.data : {};
}
