/** Entries of a conversation and of the activity as the host would tell them. */
import type { ActivityEntry, ApprovalItem, MessageItem, NoticeItem, ToolItem } from "../../../src/protocol/webview.ts";

const start = Date.UTC(2026, 4, 12, 9, 30);
let at = 0;
/** The moment after the one before: what is made later is shown later. */
export const nextMoment = () => start + at++ * 1_000;

export function user(id: string, content: string, more: Partial<MessageItem> = {}): MessageItem {
  return { kind: "message", id, role: "user", content, timestamp: nextMoment(), ...more };
}

export function assistant(id: string, content: string, more: Partial<MessageItem> = {}): MessageItem {
  return {
    kind: "message",
    id,
    role: "assistant",
    content,
    timestamp: nextMoment(),
    model: "Qwen 3 Coder",
    by: "model",
    ...more,
  };
}

export function fromPlugin(id: string, plugin: string, content: string, more: Partial<MessageItem> = {}): MessageItem {
  const origin = { plugin, intent: "notify", rule: `bundled: ${plugin} may notify you` } as const;
  return { kind: "message", id, role: "assistant", content, timestamp: nextMoment(), origin, ...more };
}

export function tool(id: string, title: string, more: Partial<ToolItem> = {}): ToolItem {
  const timestamp = nextMoment();
  return {
    kind: "tool",
    id,
    caller: "agent",
    plugin: "repoagent",
    name: "search",
    title,
    action: "read",
    status: "succeeded",
    timestamp,
    endedAt: timestamp + 412,
    input: '{"query":"comment","glob":"src/**"}',
    output: "src/parser.ts:41:  // a comment runs to the end of the line\nsrc/parser.ts:88: skipComment()",
    rule: "allowed by the rule: repoagent may read this folder",
    ...more,
  };
}

export function notice(
  id: string,
  level: NoticeItem["level"],
  text: string,
  more: Partial<NoticeItem> = {},
): NoticeItem {
  return { kind: "notice", id, level, text, timestamp: nextMoment(), ...more };
}

export const diff = `--- a/src/parser.ts
+++ b/src/parser.ts
@@ -38,7 +38,8 @@ export function parse(text: string): Node[] {
   const nodes: Node[] = [];
   for (const line of text.split("\\n")) {
-    const trimmed = line.trim();
-    if (trimmed.startsWith("#")) continue;
+    const trimmed = withoutComment(line).trim();
+    if (trimmed === "") continue;
+    count += 1;
     nodes.push(parseLine(trimmed));
   }
   return nodes;
`;

export function approval(id: string, title: string, more: Partial<ApprovalItem> = {}): ApprovalItem {
  return {
    kind: "approval",
    id,
    callId: `${id}-call`,
    caller: "agent",
    plugin: "repoagent",
    name: "patch",
    title,
    action: "write",
    folder: "/home/ada/sample",
    input: JSON.stringify({
      path: "src/parser.ts",
      edits: [{ find: "line.trim()", replace: "withoutComment(line).trim()" }],
    }),
    rule: "tools that write are asked about",
    timestamp: nextMoment(),
    ...more,
  };
}

export function activity(count: number): ActivityEntry[] {
  const kinds = [
    ["tool.started", "agent", "repoagent · search"],
    ["tool.finished", "repoagent", "search succeeded in 0.4 s"],
    ["call.started", "calculator", "calculator → hello · greet"],
    ["plugin.message", "sentinel", "2 new errors since your edit"],
    ["plugin.crashed", "goose", "ended with code 1; starts again in 2 s"],
    ["plugin.slow", "llmserver", "answered after 8.2 s"],
  ] as const;
  return Array.from({ length: count }, (_, index) => {
    const [type, source, text] = kinds[index % kinds.length] ?? kinds[0];
    const level = type === "plugin.crashed" ? "error" : type === "plugin.slow" ? "warning" : "info";
    const why =
      index % 3 === 2
        ? `plugin:${source} may call hello/*: a right that the plugin was granted. To greet. [grant:${source}]`
        : undefined;
    return { seq: index, timestamp: start + index * 700, type, source, text, level, ...(why && { why }) };
  });
}
