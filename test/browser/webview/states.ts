import type { ActivityEntry, ConversationSummary, Item, ViewState } from "../../../src/protocol/webview.ts";
import { approval, assistant, diff, fromPlugin, nextMoment, notice, tool, user } from "./entries.ts";
import type { Unnumbered } from "./harness.ts";

/** Conversations as the host would tell them, for pictures and tests. */
export const conversation = { id: "c1", title: "Comments in the parser" };

export const idle: ViewState = {
  agent: "idle",
  model: { id: "qwen3", label: "Qwen 3 Coder", kind: "model" },
  mode: "agent",
  usage: { input: 11_240, output: 1_093 },
  examples: [
    "Find where the parser handles comments",
    "Rename parseLine to readLine in src/parser.ts",
    "Add 5 and 3 with the calculator",
  ],
  workspace: "sample",
};
export const running: ViewState = { ...idle, agent: "running" };
export const waiting: ViewState = { ...idle, agent: "waiting" };
export const offline: ViewState = {
  ...idle,
  model: { id: "guide", label: "Offline guide", kind: "rules" },
  usage: undefined,
};

export function snapshot(items: Item[], state: ViewState = idle, activity: ActivityEntry[] = []): Unnumbered {
  return { type: "snapshot", conversation, items, activity, state };
}

export const reply = `The parser drops comments in \`parse\`, at src/parser.ts:41, before a line is read:

\`\`\`ts
// src/parser.ts
export function parse(text: string): Node[] {
  const nodes: Node[] = [];
  for (const line of text.split("\\n")) {
    const trimmed = line.trim();
    if (trimmed.startsWith("#")) continue; // a comment
    nodes.push(parseLine(trimmed, { strict: true, depth: 2 }));
  }
  return nodes;
}
\`\`\`

Two things follow from that:

1. A comment **behind** code is not seen: \`x = 1 # one\` keeps its tail.
2. \`src/lexer.ts:12\` has a second rule for the same thing, see [the lexer](src/lexer.ts#L12).

| file | line | what it does |
|---|---:|---|
| \`src/parser.ts\` | 41 | skips whole lines |
| \`src/lexer.ts\` | 12 | skips tails |

> Removing one of the two is safe: both tests in \`test/parser.test.ts\` cover it.

- [x] found the place
- [ ] removed the double
`;

export const answered: Item[] = [
  user("u1", "Find where the parser handles comments"),
  assistant("a0", "I'll search the folder first."),
  tool("t1", "Search", { summary: "“comment” in src/**", outcome: "2 matches in 1 file" }),
  tool("t2", "Read file", { name: "file.read", summary: "src/parser.ts, lines 30–60", outcome: "31 lines" }),
  assistant("a1", reply),
];

export const nested: Item[] = [
  user("u1", "Add 5 and 3 with the calculator"),
  tool("t1", "Add", {
    plugin: "calculator",
    name: "add",
    summary: "5 + 3",
    outcome: "8",
    input: '{"a":5,"b":3}',
    output: '{"sum":8}',
  }),
  tool("t2", "Greet", {
    plugin: "hello",
    name: "greet",
    parent: "t1",
    caller: "calculator",
    summary: "name: calculator",
    outcome: "Hello, calculator",
  }),
  tool("t3", "Log the greeting", { plugin: "hello", name: "log", parent: "t2", caller: "hello", summary: "1 line" }),
  assistant("a1", "5 and 3 make **8**. The calculator also greeted `hello` on the way.", {
    by: "rules",
    model: "Offline guide",
  }),
];

export const working: Item[] = [
  user("u1", "Run the tests and fix what fails"),
  assistant("a0", "First I run the tests."),
  tool("t1", "Read file", { summary: "src/parser.ts", outcome: "120 lines" }),
  tool("t2", "Run the tests", {
    status: "failed",
    name: "run",
    plugin: "goose",
    summary: "npm test",
    outcome: "The process ended with code 1: 2 of 48 tests failed.",
    output: "48 tests\n  46 passed\n  2 failed: parser keeps tails, lexer drops tails",
    input: '{"command":"npm test","timeoutMs":60000}',
  }),
  tool("t3", "Index the folder", { status: "cancelled", summary: "stopped by you" }),
  tool("t4", "Search for a very long title that says much more than fits into a narrow side bar", {
    status: "running",
    progress: "1,204 of 3,911 files",
    endedAt: undefined,
    output: undefined,
    timestamp: Date.now() - 7_000,
  }),
  tool("t5", "Look into node_modules", {
    status: "running",
    parent: "t4",
    caller: "repoagent",
    endedAt: undefined,
    timestamp: Date.now() - 3_000,
  }),
];

/** A streaming result while it comes. */
export const pieces: Item[] = [
  user("u1", "Which files have more than a thousand lines?"),
  tool("p1", "Count lines", {
    status: "running",
    summary: "src",
    endedAt: undefined,
    output: "src/lexer.ts 1,204\nsrc/parser.ts 1,377\nsrc/printer.ts 2,010\n",
    timestamp: Date.now() - 4_000,
  }),
];

const oneWord = "src/a/folder/with/many/parts/".repeat(6);
const longTitle = "Look for everything that has been left over in the whole folder";

/** Long names, long words and long titles, eight calls deep. */
export const wordy: Item[] = [
  fromPlugin("w1", "a-plugin-with-a-really-rather-long-name", `Look at ${oneWord}`, {
    actions: [{ title: longTitle }, { title: oneWord.slice(0, 60), target: "a/b" }],
  }),
  notice("w2", "warning", `12 events were lost under ${oneWord}`, {
    todo: `Look at ${oneWord}`,
    command: { title: `Open the log of ${oneWord.slice(0, 60)}`, id: "parley.showPluginLog" },
  }),
  ...Array.from({ length: 8 }, (_, level) =>
    tool(`d${level}`, longTitle, {
      ...(level > 0 && { parent: `d${level - 1}`, caller: "plugin:goose" }),
      plugin: "a-plugin-with-a-really-rather-long-name",
      ...(level === 7 && { status: "failed" as const, outcome: `It found ${oneWord}`, output: undefined }),
    }),
  ),
  approval("w3", longTitle, {
    ...{ plugin: "a-plugin-with-a-really-rather-long-name", name: "conversation/addMessage.and.more.of.it" },
    ...{ folder: `/home/ada/${oneWord}`, reason: `Because of ${oneWord}` },
  }),
];

/** A file that is not there yet. */
export const creating: Item[] = [
  user("u1", "Write a licence"),
  tool("n1-call", "Create LICENSE", {
    status: "asking",
    name: "create",
    action: "create",
    endedAt: undefined,
    output: undefined,
  }),
  approval("n1", "Create LICENSE", {
    diffs: [{ path: "LICENSE", added: 2, removed: 0, diff: "@@ -0,0 +1,2 @@\n+MIT License\n+Copyright\n" }],
  }),
];

export const asking: Item[] = [
  user("u1", "Let the parser drop comments behind code"),
  assistant("a0", "I change `parse` so that it cuts the comment first."),
  tool("q1-call", "Change src/parser.ts", {
    status: "asking",
    name: "patch",
    action: "write",
    endedAt: undefined,
    output: undefined,
  }),
  approval("q1", "Change src/parser.ts", {
    reason: "The fix for the failing test “parser keeps tails”.",
    diffs: [{ path: "src/parser.ts", added: 3, removed: 2, diff }],
  }),
];

export const askingTwice: Item[] = [
  ...asking,
  approval("q2", "Run npm test", {
    plugin: "goose",
    name: "run",
    input: JSON.stringify({ command: "npm test", cwd: ".", timeoutMs: 60_000 }),
  }),
];

export const spoken: Item[] = [
  user("u1", "What does parse do?"),
  assistant("a1", "It reads the text line by line and makes a node of each."),
  fromPlugin(
    "p1",
    "sentinel",
    "**2 new errors** since your edit at src/parser.ts:41\n\n- `nodez` is not defined\n- `parse` must return `Node[]`",
    {
      actions: [{ title: "Fix" }, { title: "Show problems" }],
    },
  ),
  fromPlugin("p2", "conversation-monitor", "This conversation has 20 messages. A summary may help the model.", {
    origin: { plugin: "conversation-monitor", intent: "context", rule: "you allowed this in the workspace" },
    queued: true,
  }),
  notice("n1", "warning", "The plugin goose stopped three times in a minute and is off now.", {
    todo: "Look at its log, then start it again.",
    command: { title: "Open the log", id: "parley.plugin.log" },
  }),
  notice("n2", "error", "The model server answered 429: too many requests.", {
    todo: "Parley tries again in 20 s. Another model can be chosen meanwhile.",
    command: { title: "Choose a model", id: "parley.pickModel" },
  }),
  notice("n3", "info", "The conversation was taken up again where it was."),
];

export const queued: Item[] = [
  user("u1", "Rename parseLine to readLine everywhere"),
  tool("t1", "Search", { status: "running", progress: "parseLine", endedAt: undefined, timestamp: Date.now() - 2_000 }),
  user("u2", "Then run the tests", { queued: true }),
  user("u3", "And write a line for the changelog that says what was renamed and why it was renamed at all", {
    queued: true,
  }),
];

export const streaming: Item[] = [
  user("u1", "Explain the parser"),
  assistant("a1", "", { streaming: true, thinking: "The person wants an overview. I look at parse first." }),
];

export const shortened: Item[] = [
  user("u1", "And what about block comments?"),
  assistant("a1", "They are not read yet: `parseLine` in `src/parser.ts:41` only knows `#`."),
  {
    ...{ kind: "message", id: "s1", role: "system", timestamp: nextMoment(), model: "Qwen 3 Coder", by: "model" },
    content:
      "- The person wants comments of both kinds to be left out.\n- `src/parser.ts:41` skips lines that begin with `#`.\n- Open: block comments, and a test for them.",
    summary: { messages: 34, results: 12 },
  },
  user("u2", "Then add them"),
];

export const rightToLeft: Item[] = [
  user("u1", "أين يعالج المحلل التعليقات؟"),
  tool("t1", "بحث", { summary: "comment", outcome: "٢" }),
  assistant(
    "a1",
    'يعالج المحلل التعليقات في `src/parser.ts:41`:\n\n```ts\nif (trimmed.startsWith("#")) continue;\n```\n\n1. أولاً\n2. ثانياً\n\n> ملاحظة',
  ),
  fromPlugin("p1", "sentinel", "خطآن جديدان", { actions: [{ title: "إصلاح" }] }),
];

export const history: ConversationSummary[] = [
  {
    id: "c1",
    title: "Comments in the parser",
    updatedAt: Date.now() - 60_000,
    messages: 12,
    needsYou: false,
    running: false,
  },
  {
    id: "c2",
    title: "Rename parseLine",
    updatedAt: Date.now() - 3_600_000,
    messages: 4,
    needsYou: true,
    running: false,
  },
  {
    id: "c3",
    title: "Why is the build slow on the second run when nothing has changed?",
    updatedAt: Date.now() - 86_400_000,
    messages: 31,
    needsYou: false,
    running: true,
  },
  {
    id: "c4",
    title: "Add 5 and 3 with the calculator",
    updatedAt: Date.now() - 9 * 86_400_000,
    messages: 1,
    needsYou: false,
    running: false,
  },
];

/** A conversation as long as one can be: questions, tools and replies of different lengths. */
export function long(messages: number): Item[] {
  return Array.from({ length: messages }, (_, index): Item => {
    if (index % 5 === 0) return user(`m${index}`, `Question ${index}: what does the part number ${index} do?`);
    if (index % 5 === 2) return tool(`m${index}`, "Search", { summary: `part ${index}`, outcome: "3 matches" });
    if (index % 25 === 4) return assistant(`m${index}`, reply);
    return assistant(
      `m${index}`,
      `Reply ${index}. ${"It reads the text line by line and makes a node of each. ".repeat((index % 7) + 1)}`,
    );
  });
}

/** Work in the background: one that goes on, one that was cancelled, and one that the end of a window interrupted. */
export const background: Item[] = [
  user("bu", "Test the server under load"),
  tool("b0", "Load test", {
    ...{ detached: true, plugin: "goose", name: "loadTest", action: "write", status: "running" },
    ...{ endedAt: undefined, output: undefined, progress: "1,200 of 5,000 requests · 24 %" },
  }),
  tool("b1", "Index the repository", {
    ...{ detached: true, plugin: "goose", name: "index", status: "interrupted", output: undefined },
  }),
  tool("b2", "Watch the folder", { detached: true, plugin: "goose", name: "watch", status: "cancelled" }),
];

const divided = "1 cannot be divided by zero. Give a divisor other than 0.";

/** A call of the person's that failed. */
export const failed: Item[] = [
  tool("f0", "Calculate", {
    ...{ caller: "person", plugin: "calculator", name: "calculate_via_hello", status: "failed" },
    ...{ input: '{"operation":"divide","a":1,"b":0}', outcome: divided, output: divided, rule: "builtin:person" },
  }),
];
