import { Emitter, type Event } from "../../base/emitter.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import { isJsonObject, parseJson } from "../../base/json.ts";
import type { Rule } from "../../protocol/rules.ts";
import type { ApprovalChoice, FileDiff } from "../../protocol/webview.ts";
import type { ApprovalAnswer, ApprovalRequest, RightRequest } from "../calls/types.ts";
import type { ApprovalEntry } from "../journal/records.ts";
import type { EditorPort, PreviewPort } from "../ports.ts";
import type { Publish } from "./agent.ts";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";

export interface ApprovalsParts {
  readonly conversations: Conversations;
  readonly preview: PreviewPort;
  readonly editor: Pick<EditorPort, "windowFocused" | "notify">;
  readonly remember: (choice: ApprovalChoice, request: RightRequest) => Promise<Rule[]>;
  readonly workspace: () => string | undefined;
  readonly folder: () => string | undefined;
  readonly publish: Publish;
  /** Whether a lasting answer could make rules after which the same is not asked about again. */
  readonly lasts: (request: RightRequest) => boolean;
  /** Fires when the rules have changed. */
  readonly onRulesChanged: Event<void>;
}

interface Pending {
  readonly conversation: Conversation;
  readonly entry: ApprovalEntry;
  readonly request: ApprovalRequest;
  readonly settle: (answer: ApprovalAnswer) => void;
  /** Takes the card away and fails the request. */
  readonly withdraw: (reason: unknown) => void;
}

/**
 * Puts a call before the person as a card in its conversation and waits, as long as it takes, until the call is
 * cancelled, or until the rules have come to refuse it: then nobody's answer could allow it, and the card goes, with a
 * word that says why.
 */
export class Approvals {
  readonly #parts: ApprovalsParts;
  readonly #pending = new Map<string, Pending>();
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(parts: ApprovalsParts) {
    this.#parts = parts;
    parts.onRulesChanged(() => this.#withdrawRefused());
  }

  /** How many cards wait for an answer, in all conversations. */
  waiting(): number {
    return this.#pending.size;
  }

  waitsIn(conversation: string): boolean {
    return [...this.#pending.values()].some((pending) => pending.conversation.id === conversation);
  }

  async ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    const { record } = request;
    const { conversations } = this.#parts;
    const conversation =
      record.conversation === undefined ? await conversations.visible() : await conversations.open(record.conversation);
    const { diffs, flaw } = await this.#previewOf(request);
    signal.throwIfAborted();
    const onlyOnce = request.onlyOnce === true || !this.#parts.lasts(this.#questionOf(request, conversation));
    const entry = await conversation.addApproval({
      turn: record.turn,
      callId: record.id,
      caller: record.caller,
      plugin: record.plugin,
      name: record.name,
      title: record.title,
      action: record.action,
      args: record.args,
      folder: this.#parts.folder(),
      reason: [request.reason, flaw].filter(Boolean).join(" ") || undefined,
      rule: request.rule,
      diffs,
      ...(onlyOnce && { onlyOnce }),
      ...(!request.validate && { fixed: true }),
    });
    this.#parts.publish(
      "permission.request",
      {
        requestId: entry.id,
        toolName: record.name,
        plugin: record.plugin,
        ...namedIn(record.args),
        arguments: record.args,
        options: onlyOnce ? ["once", "deny"] : ["once", "conversation", "workspace", "always", "deny"],
      },
      conversation.id,
      { rule: request.rule },
    );
    for (const { path, diff } of diffs ?? []) {
      const operationType = operationOf(request.capability, diff);
      this.#parts.publish("diff.preview", { filePath: path, operationType, diff }, conversation.id);
    }
    if (!this.#parts.editor.windowFocused())
      this.#parts.editor.notify(`Parley needs your approval: ${record.title} (${record.plugin}).`);
    return await this.#wait(conversation, entry, request, signal);
  }

  /** The person's answer. Fails with `invalidParams` when the edited arguments are no JSON object; the card stays open then. */
  async answer(id: string, choice: ApprovalChoice, feedback?: string, input?: string): Promise<void> {
    const pending = this.#pending.get(id);
    if (!pending)
      throw new Failure("notFound", "This request is over.", {
        todo: "It was answered already, or its call was stopped.",
      });
    const { entry, conversation, request } = pending;
    const args = input === undefined ? undefined : parseJson(input);
    if (args !== undefined && !isJsonObject(args))
      throw new Failure("invalidParams", "The arguments must be a JSON object.", {
        todo: "Mend them and answer again.",
      });
    if (input !== undefined && args === undefined)
      throw new Failure("invalidParams", "The arguments are not JSON.", { todo: "Mend them and answer again." });
    if (entry.onlyOnce && choice !== "once" && choice !== "deny")
      throw new Failure("invalidParams", "This is asked about each time; it can be allowed once, or denied.", {
        todo: "To be asked no more, change the rule that asks, or the rights of the plugin that wants it looked at.",
      });
    const wrong = choice === "deny" || !args ? undefined : flawOf(request, args);
    if (wrong)
      throw new Failure("invalidParams", `The arguments do not fit: ${wrong}`, { todo: "Mend them and answer again." });
    this.#pending.delete(id);
    entry.choice = choice;
    entry.feedback = feedback;
    if (args) entry.args = args;
    // The answer counts though it may not be on disk: a full disk must not leave the call waiting for ever.
    const rule = await this.#remember(choice, pending).catch(() => undefined);
    await conversation.update(entry);
    const given = rule ?? (choice === "deny" ? "person:refused" : `person:${choice}`);
    this.#parts.publish("permission.response", { requestId: id, choice }, conversation.id, { rule: given });
    this.#changed.fire();
    pending.settle({ choice, feedback, args, rule });
  }

  async #wait(
    conversation: Conversation,
    entry: ApprovalEntry,
    request: ApprovalRequest,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer> {
    return await new Promise<ApprovalAnswer>((resolve, reject) => {
      const onAbort = () => withdraw(signal.reason);
      const withdraw = (reason: unknown) => {
        signal.removeEventListener("abort", onAbort);
        this.#pending.delete(entry.id);
        void conversation.remove(entry.id);
        this.#changed.fire();
        reject(reason);
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      const settle = (answer: ApprovalAnswer) => {
        signal.removeEventListener("abort", onAbort);
        resolve(answer);
      };
      this.#pending.set(entry.id, { conversation, entry, request, settle, withdraw });
      this.#changed.fire();
      // They may have changed while it was prepared.
      this.#withdrawRefused();
    });
  }

  #withdrawRefused(): void {
    for (const [id, { conversation, entry, request, withdraw }] of [...this.#pending]) {
      const failure = this.#pending.has(id) ? request.refusedBy?.() : undefined;
      if (!failure) continue;
      withdraw(failure);
      const text = `The question about “${entry.title}” (${entry.plugin}) is withdrawn: ${failure.message}`;
      void conversation.addNotice({ turn: entry.turn, level: "info", text });
    }
  }

  /** Makes rules of an answer that is to last; answers the id of the first. */
  async #remember(choice: ApprovalChoice, { conversation, request }: Pending): Promise<string | undefined> {
    const rules = await this.#parts.remember(choice, this.#questionOf(request, conversation));
    return rules[0]?.id;
  }

  #questionOf({ principals, deed }: ApprovalRequest, { id }: Conversation): RightRequest {
    return { principals, ...deed, scope: { conversation: id, workspace: this.#parts.workspace() } };
  }

  /** What the call would change; where that cannot be told, why, so that nobody allows a change unseen without knowing. */
  async #previewOf({ capability, record }: ApprovalRequest): Promise<{ diffs?: FileDiff[]; flaw?: string }> {
    if (capability === undefined) return {};
    try {
      return { diffs: await this.#parts.preview.preview(capability, record.args) };
    } catch (error) {
      return { flaw: `There is no preview: ${asFailure(error, "The preview").message}` };
    }
  }
}

/** Why arguments as the person edited them are not taken. */
function flawOf({ validate }: ApprovalRequest, args: Record<string, unknown>): string | undefined {
  return validate ? validate(args) : "it can only be allowed as it is, or denied.";
}

/** The file or the command that arguments name, for those who hear of the question. */
function namedIn({ path, command }: Record<string, unknown>): { path?: string; command?: string } {
  return { ...(typeof path === "string" && { path }), ...(typeof command === "string" && { command }) };
}

/** What a previewed change does to its file: a unified diff from or to nothing makes or removes it. */
function operationOf(capability: string | undefined, diff: string): "create" | "write" | "delete" | "patch" {
  const [from, to] = diff.split("\n", 2);
  if (from?.startsWith("--- /dev/null")) return "create";
  if (to?.startsWith("+++ /dev/null")) return "delete";
  return capability === "repo.patch" ? "patch" : "write";
}
