import { type HostToPlugin, hostToPlugin, type ParamsOf } from "../../../src/protocol/plugin/methods.ts";

/** Params that fit, for every message that a host may send; a new message without any fails the suite, and does not compile. */
export const hostSamples: { readonly [M in keyof HostToPlugin]: readonly ParamsOf<HostToPlugin, M>[] } = {
  "$/ping": [{}, { _meta: { traceparent: "00-1-1-01" } }],
  "$/cancelRequest": [{ id: "held" }],
  "$/progress": [{ token: "nobody's", value: { message: "half", percentage: 50, partial: { a: [1] } } }],
  "$/credit": [{ token: "nobody's", consumed: 0 }],
  "$/setTrace": [{ value: "messages" }, { value: "off" }],
  initialize: [
    {
      protocolVersion: 1,
      host: { name: "raw", version: "0", tools: { ripgrep: "/usr/bin/rg" } },
      processId: process.pid,
      plugin: { id: "counter", name: "counter", version: "1.0.0", root: "/", dataDir: "/", runDir: "/" },
      epoch: 1,
      workspaceFolders: [{ uri: "file:///w", name: "w", path: "/w" }],
      capabilities: {
        progress: true,
        detachedCalls: true,
        streaming: true,
        intercepts: true,
        state: true,
        conversation: true,
      },
      grants: [{ verb: "publish", target: "counter.>", action: "write" }],
      limits: { bodyBytes: 1 },
      config: { colour: "green" },
      trace: "off",
      locale: "en",
    },
  ],
  initialized: [{}, { _meta: {} }],
  shutdown: [{}, { _meta: {} }],
  exit: [{}, { _meta: {} }],
  call: [
    {
      to: { plugin: "counter" },
      name: "go",
      action: "read",
      args: { deep: { list: [1, null] } },
      detach: false,
      _meta: {
        conversation: "c1",
        turn: "t1",
        callId: "k1",
        caller: "agent",
        deadlineMs: 5_000,
        progressToken: 7,
        traceparent: "00-1-1-01",
        tracestate: "a=b",
      },
    },
    { to: { provides: "test.count" }, _meta: { progressToken: "seven" } },
  ],
  deliver: [
    {
      subscription: "HANDLE",
      events: [
        { seq: 1, type: "test.one", source: "other", timestamp: 5, data: { a: 1 }, conversation: "c1" },
        { seq: 2, type: "test.two", source: "host", timestamp: 6.5, data: null },
      ],
      lost: { from: 3, to: 4, count: 2 },
    },
    { subscription: "HANDLE", events: [] },
  ],
  intercept: [
    {
      point: "tool",
      phase: "before",
      invocation: "i1",
      subject: { plugin: "a", name: "b", action: "read", args: {} },
      handle: "HANDLE",
    },
  ],
};

export const hostMethods = Object.keys(hostToPlugin) as (keyof HostToPlugin)[];
