import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Failure } from "../../../../src/base/failure.ts";
import type { ModelEvent } from "../../../../src/core/ports.ts";
import { type InterceptResult, subjectSchemas } from "../../../../src/protocol/plugin/intercepts.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import type { ModelScript } from "../../../support/scriptedParts.ts";
import { until } from "../../../support/until.ts";

type Subject = Record<string, unknown>;
type Answer = (phase: string, subject: Subject) => Partial<InterceptResult> | undefined;

const end = { type: "end", finish: "stop" } as const;
const said = (text: string): ModelEvent[] => [{ type: "text", text }, end];
const isSummary: (request: { messages: readonly { content: string }[] }) => boolean = ({ messages }) =>
  messages[0]?.content.startsWith("You shorten the record") ?? false;

/** What a model would count, of which a letter is a token. */
const tokensOf = ({ messages }: { messages: readonly { content: string }[] }) =>
  messages.reduce((sum, { content }) => sum + content.length, 0);

/** Writes a summary where it is asked for one, and otherwise answers at length. */
const wordy: ModelScript = (request) =>
  isSummary(request) ? said("They agreed on blue.") : said(`Answer. ${"word ".repeat(200)}`);

function gate(asked: { phase: string; subject: Subject }[], answer: Answer): ScriptedPlugin {
  return {
    manifest: { wants: [{ verb: "intercept", target: "*", why: "Test." }], activation: ["onStartup"] },
    initialize: {
      intercepts: [
        { point: "compaction", phase: "before" },
        { point: "compaction", phase: "after" },
      ],
    },
    onRequest(method, params) {
      if (method !== "intercept") return {};
      const { phase, subject } = structuredClone(params) as { phase: string; subject: Subject };
      asked.push({ phase, subject });
      return { decision: "allow", ...answer(phase, subject) };
    },
  };
}

async function talk(model: ModelScript = wordy, contextWindow = 1_000, answer?: Answer) {
  const asked: { phase: string; subject: Subject }[] = [];
  const events: { type: string; data: Subject }[] = [];
  const scripted = await scriptedHost({
    model,
    settings: { contextWindow: () => contextWindow, compactAt: () => 0.8 },
    ...(answer && { plugins: { gate: gate(asked, answer) } }),
  });
  const { host } = scripted;
  if (answer) await until("the gate runs", () => host.supervisor.running("gate") !== undefined);
  host.bus.on("compaction.>", ({ type, data }) => events.push({ type, data: data as Subject }));
  const { id } = host.conversations.create();
  const say = async (text: string) => {
    await host.agent.say(id, text, "send");
    await until("the turn is over", () => host.agent.state(id) === "idle");
  };
  const items = () => host.conversations.get(id)?.items() ?? [];
  const summaries = () => items().flatMap((item) => (item.kind === "message" && item.summary ? [item] : []));
  const notices = () => items().flatMap((item) => (item.kind === "notice" ? [item.text] : []));
  const asks = () => scripted.requests.filter((request) => !isSummary(request));
  return { ...scripted, id, say, items, summaries, notices, asks, asked, events };
}

describe("a conversation that grows too long for its model", () => {
  it("is shortened before the step that would not fit, and the person goes on seeing all of it", async () => {
    const { host, say, items, summaries, asks, events } = await talk();
    const words = ["Paint it blue.", "And the door?", "And the roof?", "And the fence?", "And the gate?"];
    for (const one of words) await say(one);
    const [summary] = summaries();
    assert.equal(summary?.content, "They agreed on blue.");
    assert.ok((summary?.summary?.messages ?? 0) > 0);
    const last = asks().at(-1)?.messages ?? [];
    assert.match(last[1]?.content ?? "", /^<summary>\nThey agreed on blue\.\n<\/summary>/);
    assert.ok(last.every(({ content }) => !content.includes("Paint it blue.")));
    assert.equal(last.at(-1)?.content, "And the gate?");
    const seen = items().flatMap((item) => (item.kind === "message" && item.role === "user" ? [item.content] : []));
    assert.deepEqual(seen, words);
    const done = events.filter(({ type }) => type === "compaction.complete");
    assert.ok(done.length > 0 && events.length === 2 * done.length);
    for (const { data } of done) {
      assert.equal(data.threshold, 0.8);
      assert.ok(Number(data.oldContextUsage) >= 800 && Number(data.newContextUsage) < Number(data.oldContextUsage));
    }
    await host.stop();
  });

  it("counts what tools answered since the model counted last, and never parts a call from its result", async () => {
    const big = "x".repeat(3_000);
    const tools: ScriptedPlugin = {
      manifest: { offers: [{ name: "look", description: "Looks.", action: "read", facets: { agent: true } }] },
      onRequest: () => big,
    };
    let steps = 0;
    const scripted = await scriptedHost({
      plugins: { tools },
      settings: { contextWindow: () => 1_500, compactAt: () => 0.8 },
      model: (request) => {
        if (isSummary(request)) return said("Looked twice.");
        steps++;
        if (steps > 4) return said("Done.");
        return [
          { type: "toolCall", id: `c${steps}`, name: "tools_look", arguments: "{}" },
          { ...end, finish: "tool-calls", usage: { input: tokensOf(request), output: 5 } },
        ];
      },
    });
    const { host, requests } = scripted;
    const { id } = host.conversations.create();
    await host.agent.say(id, "Look around, four times.", "send");
    await until("the turn is over", () => host.agent.state(id) === "idle");
    assert.deepEqual(requests.slice(0, 3).map(isSummary), [false, true, false]);
    for (const { messages } of requests) {
      const called = messages.flatMap((one) =>
        one.role === "assistant" ? (one.toolCalls ?? []).map((call) => call.id) : [],
      );
      const answered = messages.flatMap((one) => (one.role === "tool" ? [one.toolCallId] : []));
      assert.deepEqual(answered, called);
    }
    const last = requests.at(-1)?.messages ?? [];
    assert.match(last[1]?.content ?? "", /last request, word for word:\nLook around, four times\./);
    await host.stop();
  });

  it("is shortened once where the model refuses it as too long, and asked again", async () => {
    let refused = 0;
    const { host, say, summaries, items } = await talk((request) => {
      if (isSummary(request)) return said("Short.");
      const length = request.messages.reduce((sum, { content }) => sum + content.length, 0);
      if (length < 3_000) return said(`Answer. ${"word ".repeat(200)}`);
      refused++;
      throw new Failure("tooLarge", "The conversation is too long.");
    }, 0);
    for (const one of ["One.", "Two.", "Three.", "Four."]) await say(one);
    assert.ok(refused > 0);
    assert.equal(summaries().length, refused);
    const answers = items().filter((item) => item.kind === "message" && item.role === "assistant");
    assert.equal(answers.length, 4);
    await host.stop();
  });

  it("is looked at without a use of the model: the journal counts one for each step", async () => {
    const { host, say } = await talk(() => said("Yes."));
    let uses = 0;
    host.bus.on("permission.decided", ({ data }) => {
      const { verb, times } = data as { verb: string; times: number };
      if (verb === "spend") uses += times;
    });
    await say("One.");
    await say("Two.");
    host.journal.flush();
    assert.equal(uses, 2);
    await host.stop();
  });

  it("says that it is too long where there is nothing to shorten", async () => {
    const { host, say, notices, summaries } = await talk(() => {
      throw new Failure("tooLarge", "The conversation is too long.");
    }, 0);
    await say("One.");
    assert.deepEqual(notices(), ["The conversation is too long."]);
    assert.equal(summaries().length, 0);
    await host.stop();
  });

  it("is shortened without a model where the model cannot write the summary", async () => {
    const { host, id, say, summaries } = await talk((request) => {
      if (isSummary(request)) throw new Failure("unavailable", "Away.");
      return wordy(request, 0, new AbortController().signal);
    }, 0);
    for (const one of ["Paint it blue.", "Two.", "Three."]) await say(one);
    await host.agent.compact(id);
    assert.match(summaries()[0]?.content ?? "", /^- Person: Paint it blue\.\n- Agent: Answer\./);
    assert.equal(summaries()[0]?.by, "rules");
    await host.stop();
  });

  it("is shortened when the person asks, with what they want kept, and not twice for nothing", async () => {
    const { host, id, say, requests } = await talk(wordy, 0);
    assert.equal(await host.agent.compact(id), "nothing");
    await say("Paint it blue.");
    await say("And the door?");
    assert.equal(await host.agent.compact(id, "the colours"), "done");
    const asked = requests.find(isSummary)?.messages;
    assert.match(asked?.[0]?.content ?? "", /Mind this besides: the colours/);
    assert.match(asked?.[1]?.content ?? "", /Person: Paint it blue\./);
    assert.equal(await host.agent.compact(id), "nothing");
    await host.stop();
  });

  it("lets what is said meanwhile wait, and ends with a stop", async () => {
    let write = () => {};
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    const { host, id, say, summaries, asks } = await talk(async function* (request, step, signal) {
      if (isSummary(request))
        await Promise.race([written, new Promise((_, no) => signal.addEventListener("abort", no))]);
      yield* wordy(request, step, signal) as ModelEvent[];
    }, 0);
    await say("Paint it blue.");
    await say("And the door?");
    const stopped = host.agent.compact(id);
    await until("it runs", () => host.agent.state(id) === "running");
    await assert.rejects(host.agent.compact(id), { kind: "conflict" });
    await host.agent.stop(id);
    await assert.rejects(stopped, { kind: "cancelled" });
    assert.equal(summaries().length, 0);
    const compacting = host.agent.compact(id);
    await host.agent.say(id, "And the roof?", "queue");
    write();
    assert.equal(await compacting, "done");
    await until("the turn is over", () => host.agent.state(id) === "idle");
    const last = asks().at(-1)?.messages ?? [];
    assert.match(last[1]?.content ?? "", /^<summary>/);
    assert.equal(last.at(-1)?.content, "And the roof?");
    await host.stop();
  });

  it("goes on with what was said meanwhile though the shortening failed", async () => {
    const { host, id, say, notices } = await talk(wordy, 0);
    await say("Paint it blue.");
    await host.rules.addPersonRule({ who: "agent", verb: "spend", target: "model", effect: "deny" });
    const compacting = host.agent.compact(id);
    const failed = assert.rejects(compacting, { kind: "denied" });
    await host.agent.say(id, "And the roof?", "queue");
    await failed;
    await until("the turn is over", () => host.agent.state(id) === "idle");
    const waits = host.conversations
      .get(id)
      ?.entries()
      .some((entry) => entry.kind === "message" && entry.queued);
    assert.deepEqual([waits, notices().length], [false, 1]);
    await host.stop();
  });

  it("keeps in each summary the one before, whoever writes it, and counts what it stands for", async () => {
    const first = `They agreed on blue.\n${"Fact. ".repeat(1_500)}The end.`;
    let away = false;
    const { host, id, say, summaries, requests } = await talk((request) => {
      if (!isSummary(request)) return said(`Answer. ${"word ".repeat(200)}`);
      if (away) throw new Failure("unavailable", "Away.");
      return said(requests.filter(isSummary).length === 1 ? first : "Still blue.\nAnd steep.");
    }, 0);
    const shorten = async (...words: string[]) => {
      for (const one of words) await say(one);
      assert.equal(await host.agent.compact(id), "done");
      return summaries().at(-1);
    };
    const one = await shorten("Paint it blue.", "And the door?");
    const two = await shorten("And the roof?");
    const record = requests.findLast(isSummary)?.messages[1]?.content ?? "";
    assert.ok(record.startsWith(`<record>\nSummary of what was before: ${first.replace("\n", "\n  ")}\n`));
    away = true;
    const three = await shorten("And the fence?");
    assert.match(three?.content ?? "", /^Still blue\.\nAnd steep\.\n- Agent: Answer/);
    const counts = [one, two, three].map((summary) => summary?.summary?.messages);
    assert.deepEqual(counts, [3, 5, 7]);
    await host.stop();
  });

  it("has a summary that leaves room in a small window", async () => {
    const { host, id, say, summaries } = await talk(
      (request) => said(isSummary(request) ? "Blue. ".repeat(2_000) : "Yes."),
      4_000,
    );
    await say("Paint it blue.");
    await say("And the door?");
    await host.agent.compact(id);
    assert.equal(summaries()[0]?.content.length, 2_000);
    await host.stop();
  });

  it("tells what the summary took of the model", async () => {
    const usage = { input: 70, output: 7 };
    const { host, id, say } = await talk((request, step, signal) =>
      isSummary(request)
        ? [
            { type: "text", text: "Blue." },
            { ...end, usage },
          ]
        : wordy(request, step, signal),
    );
    const steps: unknown[] = [];
    await say("Paint it blue.");
    await say("And the door?");
    host.bus.on("model.step", ({ data }) => steps.push(data));
    await host.agent.compact(id);
    await until("it is told", () => steps.length === 1);
    const { tokens, inputTokens, outputTokens } = steps[0] as Subject;
    assert.deepEqual([tokens, inputTokens, outputTokens], [77, 70, 7]);
    assert.deepEqual(host.conversations.get(id)?.record.usage, usage);
    await host.stop();
  });

  it("stays shortened when it is opened again", async () => {
    const { host, id, say, store, summaries } = await talk(wordy, 0);
    await say("Paint it blue.");
    await say("And the door?");
    await host.agent.compact(id);
    assert.equal(summaries().length, 1);
    await host.stop();
    const again = await scriptedHost({ store, model: () => said("Yes.") });
    await again.host.agent.say(id, "Still?", "send");
    await until("the turn is over", () => again.host.agent.state(id) === "idle");
    assert.match(again.requests[0]?.messages[1]?.content ?? "", /They agreed on blue/);
    await again.host.stop();
  });
});

describe("the point `compaction`", () => {
  const grow = ["Paint it blue.", "Two.", "Three.", "Four.", "Five."];

  it("is passed before and after, with subjects that fit their schema", async () => {
    const { host, say, asked } = await talk(wordy, 1_000, () => undefined);
    for (const one of grow) await say(one);
    assert.deepEqual(
      asked.slice(0, 2).map(({ phase }) => phase),
      ["before", "after"],
    );
    for (const { subject } of asked) assert.ok(subjectSchemas.compaction.safeParse(subject).success);
    assert.equal(asked[1]?.subject.result, "They agreed on blue.");
    await host.stop();
  });

  it("lets an intercept say what is to be kept, and change the summary", async () => {
    const { host, say, requests, summaries } = await talk(wordy, 1_000, (phase, subject) => ({
      updated: phase === "before" ? { ...subject, instructions: "every path" } : { ...subject, result: "Blue, it is." },
    }));
    for (const one of grow) await say(one);
    assert.match(requests.find(isSummary)?.messages[0]?.content ?? "", /Mind this besides: every path/);
    assert.equal(summaries()[0]?.content, "Blue, it is.");
    await host.stop();
  });

  it("lets an intercept answer with a summary of its own, without the model", async () => {
    const { host, say, requests, summaries } = await talk(wordy, 1_000, (phase) =>
      phase === "before" ? { decision: "answer", answer: "My own words." } : undefined,
    );
    for (const one of grow) await say(one);
    assert.equal(requests.filter(isSummary).length, 0);
    assert.deepEqual([summaries()[0]?.content, summaries()[0]?.model], ["My own words.", "gate"]);
    await host.stop();
  });

  it("takes no answer and no change that is not text for a summary: all that was said would be gone", async () => {
    for (const wrong of ["", "  ", { blue: true }, null]) {
      for (const answer of [true, false]) {
        const { host, say, summaries } = await talk(wordy, 1_000, (phase) => {
          if (phase === "before") return answer ? { decision: "answer", answer: wrong } : undefined;
          return answer ? undefined : { updated: { result: wrong } };
        });
        for (const one of grow) await say(one);
        assert.equal(summaries()[0]?.content, "They agreed on blue.");
        await host.stop();
      }
    }
  });

  it("holds it back where an intercept denies it, says so once a turn, and the turn goes on", async () => {
    const { host, say, summaries, notices, events, asks } = await talk(wordy, 1_000, (phase) =>
      phase === "before" ? { decision: "deny", reason: "all of it is needed" } : undefined,
    );
    for (const one of grow) await say(one);
    assert.equal(summaries().length, 0);
    assert.equal(asks().length, grow.length);
    assert.equal(notices()[0], "Shortening the conversation was blocked by gate: all of it is needed");
    assert.ok(events.some(({ type, data }) => type === "compaction.complete" && data.error !== undefined));
    await host.stop();
  });
});
