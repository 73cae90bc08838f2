import { type ParamsOf, type PluginToHost, pluginToHost } from "../../../src/protocol/plugin/methods.ts";

/** Params that fit, for every message that a plugin may send; a new message without any fails the suite, and does not compile. */
export const pluginSamples: { readonly [M in keyof PluginToHost]: readonly ParamsOf<PluginToHost, M>[] } = {
  "$/ping": [{}],
  "$/cancelRequest": [{ id: "held" }],
  "$/progress": [{ token: "nobody's", value: { message: "half", percentage: 50, partial: [1] } }],
  "$/credit": [{ token: "nobody's", consumed: 0 }],
  "$/setTrace": [{ value: "off" }],
  register: [
    {
      offer: {
        name: "later",
        title: "Later",
        description: "Offered later.",
        input: { type: "object" },
        output: {},
        action: "write",
        timeout: 1_000,
        streaming: true,
        facets: { agent: false, palette: false, provides: "test.later" },
        examples: [{ prompt: "do it later", args: { a: 1 } }],
      },
    },
    { subscription: { topic: "news.*", group: "readers", whenSlow: "latest", conversation: "c1" } },
    { intercept: { point: "tool", phase: "after", order: 5, onFailure: "allow", match: "other/*" } },
  ],
  unregister: [{ handle: "HANDLE" }],
  call: [
    {
      to: { plugin: "target" },
      name: "go",
      action: "read",
      args: { a: [1] },
      detach: false,
      _meta: { deadlineMs: 9_000 },
    },
    { to: { provides: "test.go" } },
  ],
  publish: [
    { topic: "news.today", data: { a: 1 }, show: false, latest: true, keep: false, dedupeKey: "once" },
    { topic: "inbox", data: "psst", to: "target", keep: true },
  ],
  "offers/list": [{ plugin: "target", provides: "test.go" }, {}],
  "calls/get": [{ callId: "CALL" }],
  "calls/cancel": [{ callId: "CALL" }],
  "conversation/addMessage": [
    {
      role: "assistant",
      content: "Done.",
      intent: "notify",
      actions: [{ title: "Again", call: { to: { plugin: "target" }, name: "go", args: {} } }],
      dedupeKey: "once",
      conversation: "CONVERSATION",
    },
  ],
  "conversation/context": [
    { conversation: "CONVERSATION", include: ["messages", "focus", "usage", "agent"], limit: 10 },
    {},
  ],
  "state/get": [{ scope: "plugin", key: "a" }],
  "state/set": [
    { scope: "shared:team", key: "a", value: { b: [null] } },
    { key: "counter", value: 1, ifRev: 0 },
  ],
  "state/delete": [{ scope: "plugin", key: "counter", ifRev: 1 }],
  "database/query": [
    {
      statements: [
        { sql: "SELECT ?", params: [1] },
        { sql: "SELECT :a", params: { a: null } },
      ],
    },
  ],
  "state/list": [{ scope: "plugin", prefix: "a", after: "a" }],
  "ui/notify": [{ text: "Look.", level: "warning" }],
  "ui/ask": [{ question: "Which?", choices: [{ title: "this", detail: "the one" }, { title: "that" }] }],
  "editor/open": [{ path: "a.ts", line: 1, endLine: 2 }],
  "editor/showDiff": [{ path: "a.ts", after: "text" }],
  "editor/executeCommand": [{ command: "workbench.action.files.save", args: [1] }],
  "terminal/run": [{ command: "npm test", cwd: "web", wait: true }],
  "agent/run": [{ text: "Go.", conversation: "CONVERSATION" }],
  "agent/stop": [{ conversation: "CONVERSATION", any: false }],
  "content/get": [{ reference: "REFERENCE", offset: 1, limit: 10 }],
  "rights/request": [{ wants: [{ verb: "act", target: "editor/open", action: "read", why: "To show the place." }] }],
  "model/complete": [
    {
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "Hello." },
      ],
      maxTokens: 9,
    },
  ],
  "model/embed": [{ texts: ["a", "bc"] }],
};

export const pluginMethods = Object.keys(pluginToHost) as (keyof PluginToHost)[];
