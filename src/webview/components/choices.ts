import type { ApprovalChoice } from "../../protocol/webview.ts";

/** How an answer is told afterwards. */
export const choiceWords: Record<ApprovalChoice, string> = {
  once: "allowed once",
  conversation: "allowed in this conversation",
  workspace: "allowed in this workspace",
  always: "always allowed",
  deny: "denied",
};
