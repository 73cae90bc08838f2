import { Failure } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import type { Intercepts } from "../intercepts/chain.ts";
import type { CallRecord } from "../journal/records.ts";

type Contexts = readonly { readonly plugin: string; readonly text: string }[];

export interface GateBefore {
  readonly args: Record<string, unknown>;
  readonly invocation: string | undefined;
  readonly contexts: Contexts;
  /** An intercept answered in the offer's place. */
  readonly answer?: { readonly value: unknown };
  /** An intercept wants the person to be asked. */
  readonly ask?: { readonly reason: string };
}

/** The intercept point `tool` around a call of the agent. Other callers pass without being intercepted. */
export class ToolGate {
  readonly #intercepts: Pick<Intercepts, "before" | "after">;

  constructor(intercepts: Pick<Intercepts, "before" | "after">) {
    this.#intercepts = intercepts;
  }

  /** Whether a call passes the point at all. */
  guards(record: CallRecord): boolean {
    return record.caller === "agent" && record.conversation !== undefined;
  }

  /** Fails with `blocked` where an intercept denies. `check` validates changed arguments. */
  async before(
    record: CallRecord,
    signal: AbortSignal,
    check: (args: Record<string, unknown>) => Failure | undefined,
  ): Promise<GateBefore> {
    if (!this.guards(record)) return { args: record.args, invocation: undefined, contexts: [] };
    const outcome = await this.#intercepts.before("tool", subjectOf(record), {
      conversation: record.conversation,
      turn: record.turn,
      signal,
      revalidate: (subject) => {
        if (subject.plugin !== record.plugin || subject.name !== record.name || subject.action !== record.action) {
          return new Failure("invalidParams", "An intercept may change a tool's arguments, not which tool is called.");
        }
        return isJsonObject(subject.args)
          ? check(subject.args)
          : new Failure("invalidParams", "The arguments must be an object.");
      },
    });
    if (outcome.decision === "deny") {
      throw new Failure(
        "blocked",
        `${record.plugin}/${record.name} was blocked by ${outcome.by ?? "a plugin"}: ${outcome.reason ?? "no reason given"}`,
        {
          details: { by: outcome.by },
          todo: "Do it another way, or change that plugin's rights.",
        },
      );
    }
    const args = isJsonObject(outcome.subject.args) ? outcome.subject.args : record.args;
    return {
      args,
      invocation: outcome.invocation,
      contexts: outcome.contexts,
      ...(outcome.decision === "answer" ? { answer: { value: outcome.answer ?? null } } : {}),
      ...(outcome.decision === "ask"
        ? { ask: { reason: outcome.reason ?? `${outcome.by ?? "A plugin"} wants you to look at this.` } }
        : {}),
    };
  }

  async after(
    record: CallRecord,
    result: unknown,
    invocation: string | undefined,
    signal: AbortSignal,
  ): Promise<{ result: unknown; contexts: Contexts }> {
    if (invocation === undefined) return { result, contexts: [] };
    const outcome = await this.#intercepts.after(
      "tool",
      { ...subjectOf(record), result },
      { conversation: record.conversation, turn: record.turn, signal, invocation },
    );
    if (outcome.decision === "deny") {
      throw new Failure(
        "blocked",
        `The result of ${record.plugin}/${record.name} was withheld by ${outcome.by ?? "a plugin"}: ${outcome.reason ?? "no reason given"}`,
        { details: { by: outcome.by }, todo: "What the call did is done; only its answer is withheld." },
      );
    }
    return { result: "result" in outcome.subject ? outcome.subject.result : result, contexts: outcome.contexts };
  }
}

function subjectOf(record: CallRecord): Record<string, unknown> {
  return { plugin: record.plugin, name: record.name, action: record.action, args: record.args };
}
