import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Failure } from "../../../../src/base/failure.ts";
import type { ModelEvent } from "../../../../src/core/ports.ts";
import type { Item } from "../../../../src/protocol/webview.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const tool = (name: string, args: unknown, id = "t1"): ModelEvent => ({
  type: "toolCall",
  id,
  name,
  arguments: typeof args === "string" ? args : JSON.stringify(args),
});
const text = (value: string): ModelEvent => ({ type: "text", text: value });
const end: ModelEvent = { type: "end", finish: "stop" };

function offers(...list: Record<string, unknown>[]): ScriptedPlugin["manifest"] {
  return {
    offers: list.map((offer) => ({ description: "A tool.", action: "read", facets: { agent: true }, ...offer })),
  };
}

const reader: ScriptedPlugin = {
  manifest: offers(
    {
      name: "look",
      input: { type: "object", properties: { at: { type: "string" } }, required: ["at"], additionalProperties: false },
      output: { type: "object", required: ["seen"] },
    },
    { name: "change", action: "write" },
    { name: "slow" },
  ),
  onRequest(method, params, { signal }) {
    if (method !== "call") return {};
    if (params.name === "slow")
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Failure("cancelled", "stopped"))),
      );
    const args = params.args as { at?: string };
    return args.at === "nonsense" ? { wrong: true } : { seen: args.at ?? "changed" };
  },
};

async function say(scripted: Awaited<ReturnType<typeof scriptedHost>>, said: string) {
  const conversation = await scripted.host.conversations.visible();
  await scripted.host.agent.say(conversation.id, said, "send");
  return conversation;
}

const idle = async (scripted: Awaited<ReturnType<typeof scriptedHost>>, id: string) =>
  await until("the turn to end is there", () => scripted.host.agent.state(id) === "idle");
const rows = (items: Item[]) =>
  items.flatMap((item) => (item.kind === "tool" ? [`${item.plugin}/${item.name} ${item.status}`] : []));

describe("a turn", () => {
  it("calls a read-only tool without asking, gives the model its result, and keeps everything", async () => {
    const scripted = await scriptedHost({
      plugins: { reader },
      model: (_request, step) =>
        step === 1 ? [text("Looking."), tool("reader_look", { at: "x" }), end] : [text("Seen."), end],
    });
    const conversation = await say(scripted, "look at x");
    await idle(scripted, conversation.id);
    assert.deepEqual(rows(conversation.items()), ["reader/look succeeded"]);
    const last = scripted.requests[1]?.messages.at(-1);
    assert.deepEqual(last?.role === "tool" && JSON.parse(last.content), { seen: "x" });
    const kept = await scripted.store.loadConversation(conversation.id);
    assert.deepEqual(
      kept?.entries.map((entry) => entry.kind === "message" && entry.content),
      ["look at x", "Looking.", "Seen."],
    );
    assert.equal(kept?.calls[0]?.rule, "builtin:agent-reads:reader");
    assert.equal([...scripted.store.turns.values()][0]?.state, "ended");
    await scripted.host.stop();
  });

  it("asks before a write, keeps the deadline's clock still, and remembers “conversation”", async () => {
    const scripted = await scriptedHost({
      plugins: { reader },
      model: (_request, step) => (step < 3 ? [tool("reader_change", {}), end] : [text("Done."), end]),
    });
    const conversation = await say(scripted, "change it");
    const card = await until("the card is there", () => conversation.items().find((item) => item.kind === "approval"));
    assert.equal(scripted.host.agent.state(conversation.id), "waiting");
    await scripted.host.approvals.answer(card.id, "conversation");
    await idle(scripted, conversation.id);
    assert.deepEqual(rows(conversation.items()), ["reader/change succeeded", "reader/change succeeded"]);
    assert.equal(conversation.items().filter((item) => item.kind === "approval").length, 1, "asked once only");
    await scripted.host.stop();
  });

  it("tells the model that the person refused, with the feedback, and calls nothing", async () => {
    const scripted = await scriptedHost({
      plugins: { reader },
      model: (_request, step) => (step === 1 ? [tool("reader_change", {}), end] : [text("Sorry."), end]),
    });
    const conversation = await say(scripted, "change it");
    const card = await until("the card is there", () => conversation.items().find((item) => item.kind === "approval"));
    await scripted.host.approvals.answer(card.id, "deny", "not that file");
    await idle(scripted, conversation.id);
    const told = scripted.requests[1]?.messages.at(-1);
    assert.match(String(told?.content), /refused.*not that file\n\nDo not try the same again/);
    assert.deepEqual(rows(conversation.items()), ["reader/change failed"]);
    const row = conversation.items().find((item) => item.kind === "tool");
    assert.equal(row?.todo, undefined, "the person knows what they said");
    await scripted.host.stop();
  });

  it("turns an unknown tool, broken JSON, wrong arguments and a broken result into rows that the model reads", async () => {
    const scripted = await scriptedHost({
      plugins: { reader },
      model: (_request, step) =>
        step === 1
          ? [
              tool("reader_lok", {}, "a"),
              tool("reader_look", "{broken", "b"),
              tool("reader_look", { at: 1 }, "c"),
              tool("reader_look", { at: "nonsense" }, "d"),
              end,
            ]
          : [text("I see."), end],
    });
    const conversation = await say(scripted, "go");
    await idle(scripted, conversation.id);
    const results =
      scripted.requests[1]?.messages.filter(({ role }) => role === "tool").map(({ content }) => content) ?? [];
    assert.equal(results.length, 4);
    assert.match(results[0] ?? "", /no tool "reader_lok".*reader_look/);
    assert.match(results[1] ?? "", /not a JSON object/);
    assert.match(results[2] ?? "", /"at" must be of the type string/);
    assert.match(results[3] ?? "", /its own output schema.*seen.*\n\nThis is a fault of the plugin/s);
    const broken = conversation.items().findLast((item) => item.kind === "tool");
    assert.equal(broken?.todo, "This is a fault of the plugin; its author has to mend it.");
    await scripted.host.stop();
  });

  it("gives the model no tool of a plugin that is disabled, and is not held up by its gate", async () => {
    const gate = {
      intercepts: [{ point: "tool" as const }],
      wants: [{ verb: "intercept", target: "tool", why: "To guard." }],
    };
    const scripted = await scriptedHost({
      plugins: {
        reader,
        guard: { ...reader, manifest: { ...reader.manifest, ...gate } as ScriptedPlugin["manifest"] },
      },
      model: (_request, step) => (step === 1 ? [tool("reader_look", { at: "x" }), end] : [text("Seen."), end]),
    });
    scripted.host.supervisor.setDisabled("guard", true);
    const conversation = await say(scripted, "look at x");
    await idle(scripted, conversation.id);
    assert.deepEqual(rows(conversation.items()), ["reader/look succeeded"]);
    assert.deepEqual(
      scripted.requests[0]?.tools.map(({ name }) => name),
      ["reader_look", "reader_change", "reader_slow"],
    );
    await scripted.host.stop();
  });

  it("stops at once when the person says so, though the plugin hangs", async () => {
    const scripted = await scriptedHost({ plugins: { reader }, model: () => [tool("reader_slow", {}), end] });
    const conversation = await say(scripted, "go");
    await until("the call is there", () => rows(conversation.items()).includes("reader/slow running"));
    await scripted.host.agent.stop(conversation.id);
    assert.deepEqual(rows(conversation.items()), ["reader/slow cancelled"]);
    assert.equal(scripted.host.agent.state(conversation.id), "idle");
    await scripted.host.stop();
  });

  it("says why a model failed, tries again when it is overloaded, and gives up after that", async () => {
    const scripted = await scriptedHost({
      model: function* (_request, step) {
        if (step === 1) throw new Failure("overloaded", "Too many requests.", { details: { retryAfterMs: 1 } });
        if (step === 2) throw new Failure("denied", "The key was refused.", { todo: "Connect again." });
        yield text("never");
      },
    });
    const conversation = await say(scripted, "go");
    await idle(scripted, conversation.id);
    const notices = conversation.items().flatMap((item) => (item.kind === "notice" ? [item.text] : []));
    assert.match(notices[0] ?? "", /Too many requests.*Trying again/);
    assert.equal(notices[1], "The key was refused.");
    assert.equal(scripted.requests.length, 2);
    await scripted.host.stop();
  });

  it("keeps what had come when the stream is cut", async () => {
    const scripted = await scriptedHost({
      model: function* () {
        yield text("half of");
        throw new Failure("unavailable", "The answer was cut off.");
      },
    });
    const conversation = await say(scripted, "go");
    await idle(scripted, conversation.id);
    const kept = [...scripted.store.entries.values()].find(
      (entry) => entry.kind === "message" && entry.role === "assistant",
    );
    assert.equal(kept?.kind === "message" && kept.content, "half of");
    await scripted.host.stop();
  });

  it("ends after the step limit with a word about it", async () => {
    const scripted = await scriptedHost({
      plugins: { reader },
      settings: { stepLimit: () => 3 },
      model: () => [tool("reader_look", { at: "x" }), end],
    });
    const conversation = await say(scripted, "go");
    await idle(scripted, conversation.id);
    assert.equal(scripted.requests.length, 3);
    assert.match(
      conversation
        .items()
        .flatMap((item) => (item.kind === "notice" ? [item.text] : []))
        .join(),
      /after 3 steps/,
    );
    await scripted.host.stop();
  });

  it("queues, steers and takes back what the person says meanwhile", async () => {
    const scripted = await scriptedHost({
      plugins: { reader },
      model: (request) => (request.messages.length < 3 ? [tool("reader_change", {}), end] : [text("ok"), end]),
    });
    const { host } = scripted;
    const conversation = await say(scripted, "first");
    const card = await until("the card is there", () => conversation.items().find((item) => item.kind === "approval"));
    await host.agent.say(conversation.id, "queued", "queue");
    await host.agent.say(conversation.id, "steered", "steer");
    await host.agent.say(conversation.id, "taken back", "queue");
    const back = conversation.items().find((item) => item.kind === "message" && item.content === "taken back");
    await host.agent.unqueue(conversation.id, back?.id ?? "");
    await host.approvals.answer(card.id, "once");
    await idle(scripted, conversation.id);
    const said = (index: number) =>
      scripted.requests[index]?.messages.filter(({ role }) => role === "user").map(({ content }) => content);
    assert.deepEqual(said(1), ["first", "steered"]);
    assert.deepEqual(said(2), ["first", "steered", "queued"]);
    assert.equal(scripted.requests.length, 3);
    await host.stop();
  });

  it("marks a turn that a dead host left open, and keeps its rows honest", async () => {
    const first = await scriptedHost({ plugins: { reader }, model: () => [tool("reader_slow", {}), end] });
    const conversation = await say(first, "go");
    await until("the call is there", () => rows(conversation.items()).includes("reader/slow running"));
    await until("the row on disk is there", () =>
      [...first.store.calls.values()].some(({ status }) => status === "running"),
    );
    const second = await scriptedHost({ plugins: { reader }, store: first.store });
    const again = await second.host.conversations.open(conversation.id);
    assert.deepEqual(rows(again.items()), ["reader/slow failed"]);
    assert.match(
      again
        .items()
        .flatMap((item) => (item.kind === "notice" ? [item.text] : []))
        .join(),
      /closed while the agent was working/,
    );
    await second.host.stop();
    await first.host.stop();
  });
});
