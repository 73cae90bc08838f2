import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import type { InterceptResult } from "../../../../src/protocol/plugin/intercepts.ts";
import { subjectSchemas } from "../../../../src/protocol/plugin/intercepts.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import type { ModelScript } from "../../../support/scriptedParts.ts";
import { until } from "../../../support/until.ts";

type Subject = Record<string, unknown>;
type Asked = { point: string; phase: string; invocation: string; subject: Subject };
type Answer = (asked: Asked) => Partial<InterceptResult> | undefined;

const why = "For the test.";
const both = (point: string) => [
  { point, phase: "before" as const },
  { point, phase: "after" as const },
];

/** A plugin that is asked at these points, and answers as told. */
function gate(points: readonly string[], asked: Asked[], answer: Answer): ScriptedPlugin {
  return {
    manifest: { wants: [{ verb: "intercept", target: "*", why }], activation: ["onStartup"] },
    initialize: { intercepts: points.flatMap(both) },
    onRequest(method, params) {
      if (method !== "intercept") return {};
      const { point, phase, invocation, subject } = structuredClone(params) as unknown as Asked;
      asked.push({ point, phase, invocation, subject });
      return { decision: "allow", ...answer({ point, phase, invocation, subject }) };
    },
  };
}

/** Two tools: one that reads, one that changes a file. */
const tools: ScriptedPlugin = {
  manifest: {
    offers: [
      {
        ...{ name: "look", description: "Looks.", action: "read", facets: { agent: true } },
        input: { type: "object", properties: { path: { type: "string" } }, additionalProperties: false },
        output: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
      },
      { name: "write", description: "Writes.", action: "write", facets: { agent: true, provides: "repo.patch" } },
    ],
  },
  onRequest: (_method, params) => params.args,
};

const twice: ModelScript = function* (_request, step) {
  if (step === 1) yield { type: "toolCall", id: "1", name: "tools_look", arguments: '{"path":"a.ts"}' };
  else yield { type: "text", text: "Done." };
  yield { type: "end", finish: step === 1 ? "tool-calls" : "stop", usage: { input: 1, output: 1 } };
};

async function talk(points: readonly string[], answer: Answer, model: ModelScript = twice, more = {}) {
  const asked: Asked[] = [];
  const scripted = await scriptedHost({ plugins: { gate: gate(points, asked, answer), tools }, model, ...more });
  const { host } = scripted;
  await until("the gate runs", () => host.supervisor.running("gate") !== undefined);
  const { id } = await host.conversations.create();
  const say = async () => {
    await host.agent.say(id, "Look.", "send");
    await until("the turn is over", () => host.agent.state(id) === "idle");
  };
  const texts = () =>
    (host.conversations.get(id)?.items() ?? []).flatMap((item) =>
      item.kind === "message" ? item.content : item.kind === "notice" ? item.text : [],
    );
  return { ...scripted, asked, id, say, texts };
}

describe("the points of the host", () => {
  it("are each passed before and after with one invocation, and subjects that fit their schemas", async () => {
    const points = ["turn", "step", "model", "tool", "message", "conversation", "offer:tools/look"];
    const { host, asked, say, id } = await talk(points, () => undefined);
    await say();
    await host.conversations.rename(id, "Named");
    await host.conversations.delete(id);
    const order = asked.filter(({ point }) => point !== "conversation").map(({ point, phase }) => `${point} ${phase}`);
    const model = ["model before", "model after"];
    const call = ["tool before", "offer:tools/look before", "offer:tools/look after", "tool after"];
    const steps = ["step before", ...model, ...call, "step after", "step before", ...model, "step after"];
    const message = ["message before", "message after"];
    assert.deepEqual(
      order.filter((one) => !message.includes(one)),
      ["turn before", ...steps, "turn after"],
    );
    assert.deepEqual(
      order.filter((one) => message.includes(one)),
      message,
    );
    const conversation = asked
      .filter(({ point }) => point === "conversation")
      .map(({ phase, subject }) => [phase, subject.change]);
    assert.deepEqual(conversation, [
      ["after", "created"],
      ...(["renamed", "deleted"] as const).flatMap((change) => [
        ["before", change],
        ["after", change],
      ]),
    ]);
    for (const { point, subject } of asked) {
      const schema = point.startsWith("offer:") ? subjectSchemas.tool : subjectSchemas[point as "tool"];
      assert.ok(schema.safeParse(subject).success, `${point} ${JSON.stringify(subject)}`);
    }
    for (const point of points) {
      const ids = asked
        .filter((one) => one.point === point && one.subject.change !== "created")
        .map(({ invocation }) => invocation);
      assert.equal(new Set(ids).size, ids.length / 2, point);
    }
    await host.stop();
  });

  it("a step that is denied ends the turn, and names who and why", async () => {
    const { host, say, texts, requests } = await talk(["step"], () => ({ decision: "deny", reason: "enough" }));
    await say();
    assert.deepEqual(texts(), ["Look.", "This step was blocked by gate: enough"]);
    assert.equal(requests.length, 0);
    await host.stop();
  });

  it("a step has tools taken away and none added", async () => {
    const { host, say, requests } = await talk(["step"], ({ phase }) =>
      phase === "before" ? { updated: { tools: ["tools_write"] } } : undefined,
    );
    await say();
    assert.deepEqual(
      requests[0]?.tools.map(({ name }) => name),
      ["tools_write"],
    );
    await host.stop();
    const wide = await talk(["step"], ({ phase }) => (phase === "before" ? { updated: { tools: ["x"] } } : undefined));
    await wide.say();
    assert.deepEqual(wide.requests[0]?.tools.map(({ name }) => name).sort(), ["tools_look", "tools_write"]);
    await wide.host.stop();
  });

  it("the model is sent texts that were changed, and wants no more than is left of what it said", async () => {
    const { host, say, texts, requests } = await talk(["model"], ({ phase, subject }) => {
      const messages = (subject.messages as { role: string; content: string }[]).map((one) => ({
        ...one,
        content: one.content.replace("Look.", "Redacted."),
      }));
      if (phase === "before") return { updated: { messages } };
      return { updated: { result: { content: "Nothing to do.", toolCalls: [] } } };
    });
    await say();
    assert.equal(requests.length, 1);
    assert.equal(requests[0]?.messages.at(-1)?.content, "Redacted.");
    assert.deepEqual(texts(), ["Look.", "Nothing to do."]);
    assert.deepEqual(host.calls.active(), []);
    await host.stop();
  });

  it("the model's calls are not added to", async () => {
    const { host, say, texts } = await talk(
      ["model"],
      ({ phase }) => {
        const call = { name: "tools_write", arguments: "{}" };
        return phase === "after" ? { updated: { result: { content: "x", toolCalls: [call] } } } : undefined;
      },
      function* () {
        yield { type: "text", text: "Done." };
        yield { type: "end", finish: "stop" };
      },
    );
    await say();
    assert.deepEqual(texts(), ["Look.", "Done."]);
    await host.stop();
  });

  it("a message is held back with the name of who did, and a conversation is not deleted", async () => {
    const { host, say, texts, id } = await talk(["message", "conversation"], ({ point, subject }) =>
      point === "message" || subject.change === "deleted" ? { decision: "deny", reason: "no" } : undefined,
    );
    await say();
    assert.deepEqual(texts(), ["A message was blocked by gate: no"]);
    await assert.rejects(
      host.conversations.delete(id),
      (error) => error instanceof Failure && error.kind === "blocked",
    );
    assert.ok(host.conversations.get(id));
    await host.stop();
  });

  it("a conversation gets the title that an intercept made of it", async () => {
    const { host, id } = await talk(["conversation"], ({ subject, phase }) =>
      subject.change === "renamed" && phase === "before" ? { updated: { title: `[${subject.title}]` } } : undefined,
    );
    await host.conversations.rename(id, "A");
    assert.equal(host.conversations.get(id)?.record.title, "[A]");
    await host.stop();
  });

  it("what is to be asked about comes before the person, who lets it go on or not", async () => {
    for (const choice of ["once", "deny"] as const) {
      const { host, id, say, texts, requests } = await talk(["turn"], ({ phase }) =>
        phase === "before" ? { decision: "ask", reason: "Sure?" } : undefined,
      );
      const cards: unknown[] = [];
      host.bus.on("permission.request", ({ data }) => {
        cards.push(data);
        setImmediate(() => void host.approvals.answer((data as { requestId: string }).requestId, choice));
      });
      await say();
      assert.equal(cards.length, 1);
      assert.equal(requests.length, choice === "once" ? 2 : 0);
      const refused = /The person refused it at "turn", where gate wanted it looked at/;
      assert.equal(
        texts().some((text) => refused.test(text)),
        choice === "deny",
        String(id),
      );
      await host.stop();
    }
  });
});

describe("the point of an edit", () => {
  const write: ModelScript = function* (_request, step) {
    if (step === 1) yield { type: "toolCall", id: "1", name: "tools_write", arguments: '{"path":"a.ts"}' };
    yield { type: "end", finish: step === 1 ? "tool-calls" : "stop" };
  };
  const file = { path: "a.ts", diff: "--- a/a.ts\n+++ b/a.ts\n", added: 1, removed: 1 };
  const answering = async (answer: Answer, choice: "once" | "deny" = "once") => {
    const previewed: unknown[] = [];
    const preview = async (_capability: string, args: Subject) => {
      previewed.push(args);
      return [file];
    };
    const talked = await talk(["edit", "tool"], answer, write, { preview });
    talked.host.bus.on("permission.request", ({ data }) => {
      setImmediate(
        () =>
          void talked.host.approvals.answer((data as { requestId: string }).requestId, choice, undefined, undefined),
      );
    });
    await talked.say();
    return { ...talked, previewed };
  };

  it("is passed inside the tool's with the diffs, of the arguments as they were left, before and after they are written", async () => {
    const { host, asked } = await answering(({ point, phase }) =>
      point === "tool" && phase === "before" ? { updated: { args: { path: "b.ts" } } } : undefined,
    );
    assert.deepEqual(
      asked.map(({ point, phase }) => `${point} ${phase}`),
      ["tool before", "edit before", "edit after", "tool after"],
    );
    assert.equal(new Set(asked.map(({ invocation }) => invocation)).size, 1);
    const edits = asked.filter(({ point }) => point === "edit").map(({ subject }) => subject);
    for (const subject of edits) {
      assert.deepEqual([subject.args, subject.files], [{ path: "b.ts" }, [{ path: file.path, diff: file.diff }]]);
      assert.ok(subjectSchemas.edit.safeParse(subject).success);
    }
    assert.deepEqual(edits[1]?.result, { path: "b.ts" });
    await host.stop();
  });

  it("keeps a file from being written, and tells those outside that it failed", async () => {
    const { host, asked, id } = await answering(({ point }) =>
      point === "edit" ? { decision: "deny", reason: "a lock file" } : undefined,
    );
    const [call] = host.conversations.get(id)?.calls() ?? [];
    assert.equal(call?.error, "tools/write was blocked by gate: a lock file");
    const after = asked.filter(({ phase }) => phase === "after");
    assert.deepEqual(
      after.map(({ point, subject }) => [point, subject.error]),
      [
        ["edit", call?.error],
        ["tool", call?.error],
      ],
    );
    await host.stop();
  });
});

describe("a call whose arguments the person edited", () => {
  it("passes its points again as the person left it: they may deny, and change nothing", async () => {
    for (const stubborn of [false, true]) {
      const asked: Asked[] = [];
      const plugins = {
        gate: gate(["tool"], asked, ({ subject, phase }) => {
          const edited = (subject.args as Subject).path === "person.ts";
          return stubborn && edited && phase === "before" ? { updated: { args: { path: "gate.ts" } } } : undefined;
        }),
        tools,
      };
      const { host } = await scriptedHost({ plugins });
      await until("the gate runs", () => host.supervisor.running("gate") !== undefined);
      const { id } = await host.conversations.create();
      host.bus.on("permission.request", ({ data }) => {
        const { requestId } = data as { requestId: string };
        setImmediate(() => void host.approvals.answer(requestId, "once", undefined, '{"path":"person.ts"}'));
      });
      const call = host.calls.call({
        ...{ caller: "agent", to: { plugin: "tools" }, name: "write", args: { path: "model.ts" }, conversation: id },
      });
      if (stubborn) await assert.rejects(call, /The person has settled the arguments/);
      else assert.deepEqual((await call).result, { path: "person.ts" });
      const seen = asked.filter(({ phase }) => phase === "before").map(({ subject }) => (subject.args as Subject).path);
      assert.deepEqual(seen, ["model.ts", "person.ts"]);
      await host.stop();
    }
  });
});

describe("the right to be asked", () => {
  const look = (host: { calls: { call(request: never): Promise<{ result: unknown }> } }) =>
    host.calls.call({ caller: "person", to: { plugin: "tools" }, name: "look", args: { path: "a" } } as never);

  it("at a pattern does not reach a point that a rule denies", async () => {
    const { host, asked } = await talk(["offer:*"], () => undefined);
    await look(host);
    assert.equal(asked.length, 2);
    await host.rules.addPersonRule({
      who: "plugin:gate",
      verb: "intercept",
      target: "offer:tools/look",
      effect: "deny",
    });
    await look(host);
    assert.equal(asked.length, 2);
    await host.stop();
  });

  it("that is taken while the plugin is asked leaves nothing of what it says, nor of its failing", async () => {
    for (const fails of [false, true]) {
      const revoked: Promise<unknown>[] = [];
      const { host } = await talk(["offer:*"], () => {
        for (const grant of host.rules.grantsOf("gate")) revoked.push(host.rules.setGranted(grant.id, false));
        if (fails) throw new Error("broken");
        return { decision: "deny", reason: "no" };
      });
      assert.deepEqual((await look(host)).result, { path: "a" });
      await Promise.all(revoked);
      await host.stop();
    }
  });
});
