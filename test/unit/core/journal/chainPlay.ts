/** A case of calls inside calls, played on a whole host. */
import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import type { JournalRow } from "../../../../src/core/journal/records.ts";
import type { WindowPort } from "../../../../src/core/ports.ts";
import type { ActivityData } from "../../../../src/protocol/plugin/activity.ts";
import type { OfferAction } from "../../../../src/protocol/plugin/common.ts";
import type { ruleVerb } from "../../../../src/protocol/rules.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";
import { actions, type Calling, type Case, plugins, type Step } from "./chainCases.ts";

/** What was really carried out: by whom, inside which callers, and what it needed. */
export interface Done {
  readonly name: string;
  readonly principals: readonly string[];
  readonly verb: (typeof ruleVerb.options)[number];
  readonly target: string;
  readonly action?: OfferAction;
  readonly conversation: string | undefined;
  readonly callId?: string;
  /** How it was called, where it is a call. */
  readonly how?: Pick<Calling, "provided" | "detach">;
}

/** What somebody did, as the case tells it: the callers above it and itself, from outside in. */
interface Line {
  readonly callers: readonly string[];
  readonly conversation: string | undefined;
  readonly how?: Done["how"];
}

/** Plays a case on a whole host and answers what it really did, and what its journal says. */
export async function play(one: Case) {
  const done: Done[] = [];
  /** By the number that each step carries. */
  const lines = new Map<number, Line>();
  const allowed = new Set<string>();
  const seen: string[] = [];
  const known = new Map<string, number>();
  let numbers = 0;
  let answered = 0;
  let failedStarts = 0;

  const did = (number: number, about: Pick<Done, "verb" | "target" | "action" | "callId">, alone: boolean) => {
    const line = lines.get(number);
    assert.ok(line, "nothing happens that nobody did");
    const { callers, conversation, how } = line;
    const own = callers.at(-1) ?? "";
    const principals = alone ? [own] : [...new Set(callers)];
    done.push({ name: `${number}`, principals, conversation, ...(how && { how }), ...about });
  };
  const window: WindowPort = {
    notify: (_plugin, _level, text) => did(Number(text), { verb: "act", target: "ui/notify" }, false),
    ask: async () => undefined,
    consent: async () => false,
    open: async (path) => did(Number(path), { verb: "act", target: "editor/open" }, false),
    showDiff: async () => {},
    executeCommand: async () => undefined,
    runInTerminal: async (_plugin, { command }) => {
      did(Number(command), { verb: "act", target: "terminal/run" }, false);
      return { state: "started" };
    },
  };

  type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;
  const perform = async (plugin: string, callId: string, above: number, todo: readonly Step[], send: Send) => {
    for (const { says: where, does } of todo) {
      const number = ++numbers;
      const line = lines.get(above);
      const inside = where === "own" ? line : undefined;
      lines.set(number, {
        callers: [...(inside?.callers ?? []), `plugin:${plugin}`],
        conversation: inside?.conversation,
        ...(does.kind === "call" && { how: does }),
      });
      const forged = seen.find((id) => known.get(id) !== undefined && !id.startsWith(`${plugin}:`))?.split(":")[1];
      const claimed = where === "own" ? callId : where === "forged" ? forged : undefined;
      const _meta = claimed === undefined ? {} : { callId: claimed };
      const text = `${number}`;
      const attempt = async (method: string, params: Record<string, unknown>) => {
        try {
          return { result: await send(method, { ...params, _meta }) };
        } catch {
          return undefined;
        }
      };
      if (does.kind === "call") {
        const args = { number, steps: does.steps };
        await attempt("call", { ...targetOf(does), args, detach: does.detach });
      } else if (does.kind === "publish") {
        if (await attempt("publish", { topic: "topic.x", data: number }))
          did(number, { verb: "publish", target: "topic.x" }, true);
      } else if (does.kind === "subscribe") {
        if (await attempt("register", { subscription: { topic: "topic.x" } }))
          did(number, { verb: "subscribe", target: "topic.x" }, true);
      } else if (does.kind === "intercept") {
        if (await attempt("register", { intercept: { point: "compaction" } }))
          did(number, { verb: "intercept", target: "compaction" }, true);
      } else if (does.kind === "database") await attempt("database/query", { statements: [{ sql: text }] });
      else if (does.kind === "state") {
        if (await attempt("state/set", { scope: "shared:x", key: text, value: number }))
          did(number, { verb: "state", target: "shared:x", action: "write" }, true);
      } else if (does.kind === "notify") await attempt("ui/notify", { level: "info", text });
      else if (does.kind === "open") await attempt("editor/open", { path: text });
      else if (does.kind === "terminal") await attempt("terminal/run", { command: text, wait: false });
      else if (does.kind === "spend") {
        if (await attempt("model/complete", { messages: [{ role: "user", content: text }] }))
          did(number, { verb: "spend", target: "model" }, false);
      } else {
        const message = await attempt("conversation/addMessage", {
          content: text,
          intent: does.kind,
          role: "assistant",
        });
        if (!message) continue;
        did(number, { verb: "message", target: "conversation/context" }, true);
        if (does.kind === "wake") did(number, { verb: "wake", target: "conversation" }, false);
      }
    }
  };

  const script = (plugin: string, broken = false): ScriptedPlugin => ({
    manifest: {
      offers: actions.map((action) => ({
        ...{ name: action, action, description: "x", input: { type: "object" } },
        ...{ facets: { provides: `x.${action}` }, priority: broken ? 10 : 0 },
      })),
    },
    onInitialize() {
      if (!broken) return;
      failedStarts++;
      throw new Failure("versionMismatch", "It cannot start.");
    },
    async onRequest(method, params, { send }) {
      if (method !== "call") return {};
      const { args, _meta } = params as { args: { number: number; steps: Step[] }; _meta: { callId: string } };
      const action = params.name as OfferAction;
      did(
        args.number,
        { verb: "call", target: `${plugin}/${action}`, action, callId: _meta.callId },
        action === "read",
      );
      seen.push(`${plugin}:${_meta.callId}`);
      known.set(`${plugin}:${_meta.callId}`, args.number);
      await perform(plugin, _meta.callId, args.number, args.steps, send);
      return null;
    },
  });

  const { host, store } = await scriptedHost({
    plugins: { ...Object.fromEntries(plugins.map((name) => [name, script(name)])), d: script("d", true) },
    databases: {
      async query(_folder, statements) {
        did(Number(statements[0]?.sql), { verb: "state", target: "database" }, true);
        return { results: [], bytes: 0, quota: 1 };
      },
    },
    model: () => [{ type: "end", finish: "stop" }],
    settings: { mode: () => one.mode },
    window,
  });
  const here = (await host.conversations.visible()).id;
  for (const { scope, ...draft } of one.rules) {
    const place = scope?.conversation === "here" ? { conversation: here } : scope;
    await host.rules.addPersonRule({ ...draft, ...(place ? { scope: place } : {}) });
  }
  const before = [...host.rules.list()];
  host.bus.on("permission.request", ({ data }) => {
    const { requestId, plugin, toolName, arguments: args = {} } = data as ActivityData<"permission.request">;
    const choice = one.answers[answered++ % one.answers.length] ?? "deny";
    const service = args.text ?? args.path ?? args.command ?? messageOf(args);
    if (choice !== "deny")
      allowed.add(args.number === undefined ? `${service}` : `${args.number} ${plugin}/${toolName}`);
    // What is asked about each time can only be allowed once.
    const answer = () => host.approvals.answer(requestId, choice).catch(() => host.approvals.answer(requestId, "once"));
    setImmediate(() => void answer());
  });
  for (const { does } of one.steps) {
    if (does.kind !== "call") continue;
    const number = ++numbers;
    const conversation = one.inConversation ? here : undefined;
    lines.set(number, { callers: [one.root], conversation, how: does });
    await host.calls
      .call({
        caller: one.root,
        ...targetOf(does),
        args: { number, steps: does.steps },
        detach: does.detach,
        conversation,
      })
      .catch(() => {});
  }
  await until("all in the background have ended", () => host.calls.active().length === 0, { everyMs: 1 });
  const rules = host.rules.list();
  const texts = new Map([...before, ...rules].map((rule) => [rule.id, rule]));
  await host.stop();
  const after = rules.filter(({ id }) => !before.some((rule) => rule.id === id));
  const journal: readonly JournalRow[] = store.journal;
  return { done, allowed, before, after, texts, journal, store, host, failedStarts };
}

function targetOf({ plugin, action, provided }: Calling) {
  return provided ? { to: { provides: `x.${action}` }, name: `x.${action}` } : { to: { plugin }, name: action };
}

function messageOf({ messages }: Record<string, unknown>): unknown {
  return Array.isArray(messages) ? (messages[0] as { content: string }).content : undefined;
}

/** What came of a case. */
export type Played = Awaited<ReturnType<typeof play>>;
