import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { activityOf } from "../../../../src/core/journal/activity.ts";
import { ActivityLog } from "../../../../src/core/journal/activityLog.ts";
import type { JournalRow } from "../../../../src/core/journal/records.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";

const row = (type: string, data: unknown = {}, more: Partial<JournalRow> = {}): JournalRow => ({
  seq: 1,
  timestamp: 0,
  type,
  source: "host",
  data,
  ...more,
});
const line = (type: string, data: unknown, more: Partial<JournalRow> = {}) => {
  const { text, level } = activityOf(row(type, data, more)) ?? { text: undefined, level: undefined };
  return [text, level];
};

describe("a line of the activity", () => {
  const cases: [string, object, string, string][] = [
    ["agent.start", {}, "turn started", "info"],
    ["agent.end", {}, "turn ended", "info"],
    ["agent.end", { interrupted: true }, "turn stopped", "info"],
    ["agent.end", { error: "No key." }, "turn failed: No key.", "error"],
    ["permission.request", { plugin: "p", toolName: "t" }, "asks to use p/t", "info"],
    ["permission.response", { choice: "once" }, "answered: once", "info"],
    [
      "permission.refused",
      { pluginId: "p", verb: "publish", target: "x", rule: "r" },
      "p may not publish x (r)",
      "error",
    ],
    [
      "permission.refused",
      { pluginId: "p", verb: "publish", target: "x", rule: "r", times: 7 },
      "p may not publish x (r), refused 7 times more",
      "error",
    ],
    ["model.step", { model: "M", ms: 12 }, "M answered in 12 ms", "info"],
    ["plugin.messageReceived", { pluginId: "p", intent: "notify" }, "p says something (notify)", "info"],
    ["plugin.activated", { pluginId: "p" }, "p started", "info"],
    ["plugin.deactivated", { pluginId: "p", reason: "" }, "p stopped", "info"],
    ["plugin.deactivated", { pluginId: "p", reason: "It was idle." }, "p stopped: It was idle.", "info"],
    ["plugin.error", { pluginId: "p", reason: "It crashed." }, "p: It crashed.", "error"],
    ["call.started", { caller: "plugin:p", target: "q/go" }, "p → q/go", "info"],
    ["call.progress", { target: "q/go", message: "half", percentage: 50 }, "q/go: half 50 %", "info"],
    ["call.progress", { target: "q/go", message: "half" }, "q/go: half", "info"],
    ["call.ended", { caller: "agent", target: "q/go", status: "succeeded" }, "agent → q/go succeeded", "info"],
    [
      "call.ended",
      { caller: "agent", target: "q/go", status: "failed", error: "No." },
      "agent → q/go failed: No.",
      "error",
    ],
    [
      "plugin.intercepted",
      { pluginId: "p", point: "tool", phase: "before", decision: "allow", changed: ["args", "name"] },
      "p changed args, name, before tool",
      "info",
    ],
    [
      "plugin.intercepted",
      { pluginId: "p", point: "message", phase: "before", decision: "ask", changed: ["content"], reason: "A name." },
      "p changed content and wants you asked, before message: A name.",
      "info",
    ],
    [
      "plugin.intercepted",
      { pluginId: "p", point: "tool", phase: "before", decision: "deny", changed: [], reason: "Not on Friday." },
      "p refused it, before tool: Not on Friday.",
      "warning",
    ],
    [
      "plugin.intercepted",
      { pluginId: "p", point: "offer:q/go", phase: "after", decision: "failed", changed: [] },
      "p failed and was passed over, after offer:q/go",
      "warning",
    ],
    ["conversation.renamed", { title: "Tea" }, "renamed to “Tea”", "info"],
    ["conversation.deleted", { title: "Tea" }, "deleted “Tea”", "info"],
    ["conversation.deleted", {}, "deleted", "info"],
    ["editor.saved", { path: "a.ts" }, "saved a.ts", "info"],
    ["diff.preview", { filePath: "a.ts" }, "proposes a change of a.ts", "info"],
    ["editor.diagnostics", { path: "a.ts", errors: 2 }, "problems in a.ts: 2 errors", "info"],
    ["todo.update", {}, "todo.update", "info"],
  ];
  for (const [type, data, text, level] of cases)
    it(`of ${type} reads “${text}”`, () => assert.deepEqual(line(type, data), [text, level]));

  it("of a plugin is its own message, its text, or its data; never the host's sentence", () => {
    const own = { source: "p" };
    assert.deepEqual(line("build.done", { message: "Built.", level: "warn" }, own), ["Built.", "warning"]);
    assert.deepEqual(line("build.done", { message: "Bad.", level: "error" }, own), ["Bad.", "error"]);
    assert.deepEqual(line("build.done", "Built.", own), ["Built.", "info"]);
    assert.deepEqual(line("build.done", { n: 1 }, own), ['{"n":1}', "info"]);
    assert.deepEqual(line("build.done", null, own), ["null", "info"]);
    assert.deepEqual(line("agent.start", "not the agent", own), ["not the agent", "info"]);
  });

  it("is bounded, and there is none for what would only be noise", () => {
    assert.equal(activityOf(row("x.y", "z".repeat(5_000), { source: "p" }))?.text.length, 400);
    for (const type of ["editor.focus", "message.added", "tool.callStart", "tool.callEnd", "state.plugin.k"])
      assert.equal(activityOf(row(type)), undefined);
  });
});

describe("the activity's log", () => {
  it("writes every event but the fleeting, shows what is to be shown, and goes on where it cannot write", async () => {
    const store = new MemoryStore();
    const failures: unknown[] = [];
    const log = new ActivityLog(store, (error) => failures.push(error));
    assert.equal(await log.nextSeq(), 1);
    const seen: string[] = [];
    log.onDidAdd(({ text }) => seen.push(text));
    log.take(row("agent.start"), false);
    log.take(row("call.progress", { target: "q/go", message: "half" }), false);
    log.take(row("bell.rings", "shown", { source: "p", seq: 7 }), true);
    log.take(row("bell.rings", "not shown", { source: "p", seq: 8 }), false);
    log.take(row("editor.focus", {}, { seq: 9 }), false);
    assert.deepEqual(seen, ["turn started", "q/go: half", "shown"]);
    assert.deepEqual(
      store.journal.map(({ type }) => type),
      ["agent.start", "bell.rings", "bell.rings"],
    );
    assert.equal(await log.nextSeq(), 9);
    store.failing = new Failure("unavailable", "The disk is full.");
    log.take(row("agent.end"), false);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(failures.length, 1);
    assert.equal(log.entries().length, 4);
  });

  it("keeps the last 500 lines for a panel, and 5,000 of each plugin's log", () => {
    const log = new ActivityLog(new MemoryStore(), () => {});
    for (let n = 0; n < 600; n++) log.take(row("bell.rings", `${n}`, { source: "p" }), true);
    assert.equal(log.entries().length, 500);
    assert.equal(log.entries()[0]?.text, "100");
    for (let n = 0; n < 5_010; n++) log.text("p", "stderr", `line ${n}`, 0);
    assert.equal(log.logOf("p").length, 5_000);
    assert.equal(log.logOf("p")[0], "00:00:00.000 [stderr] line 10");
    assert.deepEqual(log.logOf("nobody"), []);
  });

  it("has no line that a plugin could have made look like another's", () => {
    const log = new ActivityLog(new MemoryStore(), () => {});
    log.log("p", { level: "info", message: "one\r\n00:00:00.000 [life] activated\u001b[2K\u0008!\tend" }, 0);
    log.log("p", { level: "life", message: "activated" }, 0);
    log.log("p", { level: "x\n00:00:00.000 [life]", message: "activated" }, 0);
    assert.deepEqual(log.logOf("p"), [
      "00:00:00.000 [info] one\n    00:00:00.000 [life] activated!\tend",
      "00:00:00.000 [info] activated",
      "00:00:00.000 [x\n    00:00:00.000 [life]] activated",
    ]);
  });

  it("shows a stack below its line, as it is, and not as JSON", () => {
    const log = new ActivityLog(new MemoryStore(), () => {});
    const stack = "Error: boom\n    at main.ts:6\n";
    log.log("p", { level: "error", message: "It failed: boom", fields: { stack, at: 1, cause: "one\ntwo" } }, 0);
    assert.deepEqual(log.logOf("p"), [
      '00:00:00.000 [error] It failed: boom {"at":1}\n    Error: boom\n        at main.ts:6\n    cause: one\n    two',
    ]);
  });

  it("has a line for whatever a plugin says of itself, and bounds it", () => {
    const log = new ActivityLog(new MemoryStore(), () => {});
    const lines: string[] = [];
    log.onDidLog(({ plugin, line: text }) => lines.push(`${plugin} ${text}`));
    log.log("p", { level: "warn", message: "Careful.", fields: { n: 1 } }, 1_000);
    log.log("p", { message: "Hm.", fields: {} }, 1_000);
    log.log("p", "just text", 1_000);
    log.text("p", "stray", "printed", 2_000);
    assert.deepEqual(lines, [
      'p 00:00:01.000 [warn] Careful. {"n":1}',
      "p 00:00:01.000 [info] Hm.",
      "p 00:00:01.000 [info] just text",
      "p 00:00:02.000 [stray] printed",
    ]);
    log.text("p", "stderr", "x".repeat(100_000), 0);
    assert.ok((lines.at(-1)?.length ?? 0) < 8_100);
  });
});
