import type { PluginToHost, RequestMethod, ResultOf } from "../../../src/protocol/plugin/methods.ts";

const usage = { input: 1, output: 2, estimated: false, left: 3 };

/** An answer that fits, for every request of a plugin. */
export const resultSamples: { readonly [M in RequestMethod<PluginToHost>]: ResultOf<PluginToHost, M> } = {
  "$/ping": {},
  register: { handle: "handle-1" },
  unregister: {},
  call: { any: "thing" },
  publish: { eventId: "event-1" },
  "offers/list": {
    offers: [{ name: "go", description: "Goes.", action: "read", plugin: "target", state: "running" }],
    plugins: ["target"],
  },
  "calls/get": {
    callId: "call-1",
    parent: "call-0",
    caller: "agent",
    target: "target/go",
    action: "read",
    status: "running",
    detached: true,
    startedAt: 1,
    progress: { message: "half", percentage: 50 },
  },
  "calls/cancel": { state: "ended" },
  "conversation/addMessage": { messageId: "message-1", state: "added" },
  "conversation/context": {
    conversation: "c1",
    messages: [{ id: "m1", role: "user", content: "Hello.", timestamp: 1 }],
    more: false,
    focus: { visibleFiles: ["a.ts"] },
    usage: { input: 1, output: 2 },
    agent: { state: "idle" },
    redacted: [{ part: "focus", rule: "r" }],
  },
  "state/get": { value: 1, rev: 1 },
  "state/set": { rev: 1 },
  "state/delete": { deleted: true },
  "state/list": { keys: [{ key: "a", rev: 1 }], more: false },
  "ui/notify": {},
  "ui/ask": { state: "answered", choice: "this" },
  "editor/open": {},
  "editor/showDiff": {},
  "editor/executeCommand": { result: 1 },
  "terminal/run": { state: "ended", exitCode: 0 },
  "agent/run": { messageId: "message-1", state: "started" },
  "agent/stop": { stopped: true },
  "content/get": { type: "string", text: "abc", length: 3 },
  "rights/request": { granted: true, rights: [{ effect: "allow", rule: "r" }] },
  "model/complete": { text: "Hello.", model: "m", kind: "model", finish: "stop", usage },
  "model/embed": { vectors: [[1], [2]], dimensions: 1, model: "m", usage },
  "database/query": {
    results: [{ columns: ["a"], rows: [[1]], changes: 0, lastInsertRowid: null }],
    bytes: 1,
    quota: 2,
  },
};
