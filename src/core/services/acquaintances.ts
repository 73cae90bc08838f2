import { asFailure, Failure } from "../../base/failure.ts";
import { sandboxOf, withPeer } from "../config/negotiated.ts";
import type { LauncherPort, LaunchSpec, Peer, PluginMessageHandler } from "../ports.ts";
import type { Session } from "./session.ts";

export interface AcquaintanceParts {
  /** The conversation that the panel shows, and those in which a plugin has spoken, looked up where nothing else helps. */
  readonly conversations: {
    readonly visibleId: string | undefined;
    visible(): Promise<{ readonly id: string }>;
    open(id: string): Promise<{
      readonly record: { readonly workspace: string };
      entries(): readonly { kind: string; origin?: { owner?: string } }[];
    }>;
  };
  readonly workspace: () => string | undefined;
}

/** What refuses it; it stands in no list, and no rule goes before it. */
export const strangeRule = "builtin:strange-conversation";

/** So many conversations are kept in mind for each plugin, the latest. */
const mostKept = 1_000;

/**
 * The conversations that each plugin has to do with: those that the host named to it in a message or an answer, and, when it names
 * one, the visible one and those of the workspace in which a message of its own stands. In any other it may do and read nothing,
 * whatever it says; a plugin's rights are decided for the conversation and the workspace, so a name must not be enough to be in one.
 */
export class Acquaintances {
  readonly #parts: AcquaintanceParts;
  /** By name, what the package was told that has it now: another one starts anew. */
  readonly #told = new Map<string, { readonly whose: string; readonly conversations: Set<string> }>();

  constructor(parts: AcquaintanceParts) {
    this.#parts = parts;
  }

  /** A launcher whose plugins are remembered to have been told what they are told. */
  launcher(inner: LauncherPort): LauncherPort {
    return {
      ...sandboxOf(inner),
      launch: (spec, onMessage) => {
        const told = this.#toldTo(spec);
        const process = inner.launch(spec, answering(onMessage, told));
        return withPeer(process, noting(process.peer, told));
      },
    };
  }

  /** Undefined where a plugin may be in a conversation that it names; else its refusal, or a promise of either. */
  refusal(
    { plugin, home }: Pick<Session, "plugin" | "home">,
    conversation: string,
  ): undefined | Promise<Failure | undefined> {
    if (conversation === this.#parts.conversations.visibleId) return undefined;
    const told = this.#told.get(plugin);
    if (told?.whose === home.dataDir && told.conversations.has(conversation)) return undefined;
    return this.#lookUp(plugin, home.owner, conversation);
  }

  /** Packages are told apart by their data folders, which no two share. */
  #toldTo({ plugin, dataDir }: LaunchSpec): Set<string> {
    const known = this.#told.get(plugin);
    if (known?.whose === dataDir) return known.conversations;
    const conversations = new Set<string>();
    this.#told.set(plugin, { whose: dataDir, conversations });
    return conversations;
  }

  async #lookUp(plugin: string, owner: string, conversation: string): Promise<Failure | undefined> {
    const { conversations } = this.#parts;
    if ((await conversations.visible()).id === conversation) return undefined;
    const found = await conversations.open(conversation).catch((error: unknown) => asFailure(error, "Opening it"));
    if (found instanceof Failure) return found;
    const here = found.record.workspace === (this.#parts.workspace() ?? "");
    const spoke = here && found.entries().some(({ kind, origin }) => kind === "message" && origin?.owner === owner);
    if (spoke) return undefined;
    return new Failure("denied", `${plugin} has nothing to do with the conversation "${conversation}".`, {
      details: { rule: strangeRule, conversation },
      todo: "Name the visible conversation, one that the host named in a call, event or answer, or none.",
    });
  }
}

function noting(inner: Peer, told: Set<string>): Peer {
  return {
    closed: inner.closed,
    request: (method, params, options) => {
      noteMessage(told, params);
      return inner.request(method, params, options);
    },
    notify: (method, params) => {
      noteMessage(told, params);
      inner.notify(method, params);
    },
    ...(inner.notifyShared && {
      notifyShared: (method, own, shared) => {
        noteEvents(told, shared.value);
        inner.notifyShared?.(method, own, shared);
      },
    }),
    ...(inner.roomForEvents && { roomForEvents: () => inner.roomForEvents?.() }),
  };
}

/** Answers that name a conversation are told as messages are. */
function answering(inner: PluginMessageHandler, told: Set<string>): PluginMessageHandler {
  return (method, params, cancellation, progress) => {
    const answer = inner(method, params, cancellation, progress);
    if (method !== "conversation/context") return answer;
    return Promise.resolve(answer).then((result: unknown) => {
      note(told, conversationIn(result));
      return result;
    });
  };
}

function noteMessage(told: Set<string>, params: Record<string, unknown>): void {
  note(told, conversationIn(params._meta));
  if (params.events !== undefined) noteEvents(told, params.events);
}

function noteEvents(told: Set<string>, events: unknown): void {
  if (Array.isArray(events)) for (const event of events) note(told, conversationIn(event));
}

function conversationIn(value: unknown): unknown {
  return typeof value === "object" && value !== null && "conversation" in value ? value.conversation : undefined;
}

function note(told: Set<string>, conversation: unknown): void {
  if (typeof conversation !== "string" || told.has(conversation)) return;
  told.add(conversation);
  if (told.size <= mostKept) return;
  for (const oldest of told) {
    told.delete(oldest);
    return;
  }
}
