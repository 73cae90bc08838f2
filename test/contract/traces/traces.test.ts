/** Traces over real processes: from the turn through tools and plugins in both languages, also through events. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Span } from "../../../src/core/trace/span.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const languages = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
};
type Language = keyof typeof languages;

const why = "for the test";
const wants = [
  { verb: "call", target: "*", why },
  { verb: "publish", target: "hop.>", why },
  { verb: "subscribe", target: "hop.>", why },
];
const go = { name: "go", description: "Goes on.", action: "read", facets: { agent: true } };

function put(folder: string, name: string, language: Language): void {
  const root = join(folder, name);
  cpSync(join(import.meta.dirname, "fixtures", language), root, { recursive: true });
  writeFileSync(join(root, "plugin.json"), manifestText(name, { run: languages[language], offers: [go], wants }));
}

/** A trace as a list of `name < parent's name`, in the order of their start. */
function tree(spans: readonly Pick<Span, "spanId" | "parentSpanId" | "kind" | "name">[]): string[] {
  const nameOf = ({ kind, name }: Pick<Span, "kind" | "name">) => `${kind} ${name}`;
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.map((span) => {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    return `${nameOf(span)} < ${parent ? nameOf(parent) : "nothing"}`;
  });
}

describe("the trace of a turn", function () {
  this.timeout(60_000);
  let real: RealHost;
  afterEach(() => real.stop());

  async function turn(order: readonly Language[], args: Record<string, unknown>) {
    real = await realHost({
      packages: (folder) => {
        order.forEach((language, index) => {
          put(folder, ["first", "second", "third"][index] ?? "", language);
        });
      },
      *model(_request, step) {
        if (step === 1)
          yield {
            type: "toolCall",
            id: "1",
            name: "first_go",
            arguments: JSON.stringify({ path: ["second", "third"], ...args }),
          };
        yield { type: "end", finish: step === 1 ? "tool-calls" : "stop" };
      },
    });
    const { id } = await real.host.conversations.visible();
    await real.host.agent.say(id, "Go.", "send");
    await until("the turn is over", () => real.host.agent.state(id) === "idle");
    const [summary] = await real.host.traces.list();
    assert.ok(summary, "there is a trace");
    return summary;
  }

  const chain = [
    "turn turn < nothing",
    "model Scripted < turn turn",
    "call first/go < turn turn",
    "call second/go < call first/go",
    "call third/go < call second/go",
    "model Scripted < turn turn",
  ];

  for (const order of [
    ["typescript", "python", "typescript"],
    ["python", "typescript", "python"],
  ] as const) {
    for (const bound of [true, false]) {
      it(`goes on through ${order.join(", ")} ${bound ? "by verbs of the call" : "by the plugin's own verbs"}`, async () => {
        const { traceId, spans, errors } = await turn(order, { bound });
        assert.deepEqual(tree(await real.host.traces.get(traceId)), chain);
        assert.deepEqual([spans, errors], [chain.length, 0]);
        for (const span of await real.host.traces.get(traceId)) {
          assert.equal(span.traceId, traceId);
          assert.match(span.spanId, /^[0-9a-f]{16}$/);
          assert.ok((span.endedAt ?? 0) >= span.startedAt, span.name);
        }
      });
    }

    it(`goes on through an event that ${order[0]} publishes, to whatever its hearers do`, async () => {
      const { traceId } = await turn(order, { bound: true, publish: true });
      const spans = await until("all have heard", async () => {
        const known = await real.host.traces.get(traceId);
        return known.filter(({ name }) => name === "state/set").length >= 2 ? known : undefined;
      });
      const named = tree(spans);
      assert.ok(named.includes("service publish < call first/go"), named.join("\n"));
      assert.ok(named.includes("deliver hop.done < service publish"), named.join("\n"));
      assert.ok(named.includes("service state/set < deliver hop.done"), named.join("\n"));
    });
  }

  it("is on disk when the host has stopped", async () => {
    const { traceId } = await turn(["typescript", "python", "typescript"], { bound: true });
    const known = await until("it was written", async () => {
      const spans = await real.store.readSpans({ traceId, limit: 100 });
      return spans.length >= chain.length ? spans : undefined;
    });
    assert.deepEqual(tree(known).sort(), [...chain].sort());
  });
});
