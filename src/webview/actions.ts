import { createContext, useContext } from "react";
import type { AgentMode, ApprovalChoice, FromWebview } from "../protocol/webview.ts";
import type { Channel } from "./channel.ts";

/** How a message is sent: at once when idle; while the agent works one of the other three. */
export type SendHow = Extract<FromWebview, { type: "send" }>["how"];

/** The person's answer to a question: an edit of the arguments or a word with a refusal may go with it. */
export interface Answer {
  readonly choice: ApprovalChoice;
  readonly feedback?: string;
  readonly input?: string;
}

/** Everything that the person can do; each is one message to the host, about the conversation on screen. */
export interface Actions {
  send(text: string, how: SendHow): void;
  stop(): void;
  newConversation(): void;
  openConversation(id: string): void;
  renameConversation(id: string, title: string): void;
  deleteConversation(id: string): void;
  searchHistory(query: string): void;
  answer(id: string, answer: Answer): void;
  messageAction(id: string, index: number): void;
  openFile(path: string, line?: number): void;
  openDiff(id: string, index: number): void;
  insert(text: string): void;
  pickModel(): void;
  setMode(mode: AgentMode): void;
  command(id: string): void;
  toolDetail(id: string): void;
  unqueue(id: string): void;
  /** Stops a call that runs in the background. */
  cancelCall(id: string): void;
}

/** `conversation` answers the id of the conversation on screen; without one, what belongs to one is not sent. */
export function createActions(post: Channel["post"], conversation: () => string | undefined): Actions {
  const here = (message: (conversation: string) => FromWebview) => {
    const id = conversation();
    if (id !== undefined) post(message(id));
  };
  return {
    send: (text, how) => here((conversation) => ({ type: "send", conversation, text, how })),
    stop: () => here((conversation) => ({ type: "stop", conversation })),
    newConversation: () => post({ type: "newConversation" }),
    openConversation: (id) => post({ type: "openConversation", id }),
    renameConversation: (id, title) => post({ type: "renameConversation", id, title: title.slice(0, 200) }),
    deleteConversation: (id) => post({ type: "deleteConversation", id }),
    searchHistory: (query) => post({ type: "history", query: query.slice(0, 500) }),
    answer: (id, { choice, feedback, input }) =>
      here((conversation) => ({
        type: "approve",
        conversation,
        id,
        choice,
        ...(feedback ? { feedback: feedback.slice(0, 10_000) } : {}),
        ...(input === undefined ? {} : { input }),
      })),
    messageAction: (id, index) => here((conversation) => ({ type: "messageAction", conversation, id, index })),
    openFile: (path, line) => post(line === undefined ? { type: "openFile", path } : { type: "openFile", path, line }),
    openDiff: (id, index) => here((conversation) => ({ type: "openDiff", conversation, id, index })),
    insert: (text) => post({ type: "insert", text }),
    pickModel: () => post({ type: "pickModel" }),
    setMode: (mode) => post({ type: "setMode", mode }),
    command: (id) => post({ type: "command", id }),
    toolDetail: (id) => here((conversation) => ({ type: "toolDetail", conversation, id })),
    cancelCall: (id) => here((conversation) => ({ type: "cancelCall", conversation, id })),
    unqueue: (id) => here((conversation) => ({ type: "unqueue", conversation, id })),
  };
}

export const ActionsContext = createContext<Actions | undefined>(undefined);

export function useActions(): Actions {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error("The view's actions are missing: wrap the component in ActionsContext.");
  return actions;
}
