/** The points of the agent and of conversations, with real processes at them in both languages. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../../src/base/failure.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import type { ModelScript } from "../../support/scriptedParts.ts";
import { until } from "../../support/until.ts";
import { type Language, languages, pairs } from "./rig.ts";

type Params = Record<string, unknown>;
const why = "For the test.";
const said: ModelScript = function* () {
  yield { type: "text", text: "Done." };
  yield { type: "end", finish: "stop" };
};
const points = ["turn", "step", "model", "message", "conversation", "compaction"] as const;
type Point = (typeof points)[number];

interface Gates extends RealHost {
  readonly id: string;
  ask(plugin: string, name: string, args?: object): Promise<unknown>;
  /** What stands in the conversation since it was last asked: texts of messages and notices. */
  news(): string[];
  /** Has happen what the point is around. */
  pass(point: Point): Promise<void>;
}

/** A host with gates by name in a language each; one with a point is started when that is passed, and not before. */
async function gates(plugins: Record<string, { language: Language; lazy?: Point }>): Promise<Gates> {
  const real = await realHost({
    model: said,
    settings: { limits: () => ({ interceptMs: 500 }) },
    packages: (folder) => {
      for (const [name, { language, lazy }] of Object.entries(plugins)) {
        const root = join(folder, name);
        cpSync(join(import.meta.dirname, "fixtures/agent", language), root, { recursive: true });
        const offers = ["seen", "at", "leave"].map((offer) => ({ name: offer, description: offer, action: "read" }));
        const wants = [
          { verb: "intercept", target: "*", why },
          { verb: "message", target: "conversation/context", why },
        ];
        const more = lazy ? { intercepts: [{ point: lazy, onFailure: "block" }] } : { activation: ["onStartup"] };
        const run = { ...languages[language], ...(lazy && { args: [lazy] }) };
        writeFileSync(join(root, "plugin.json"), manifestText(name, { run, offers, wants, ...more }));
      }
    },
  });
  const { host } = real;
  const { id } = host.conversations.create();
  let told = 0;
  const news = () => {
    const all = (host.conversations.get(id)?.items() ?? []).flatMap((item) =>
      item.kind === "message" ? item.content : item.kind === "notice" ? item.text : [],
    );
    const since = all.slice(told);
    told = all.length;
    return since;
  };
  const ask = async (plugin: string, name: string, args = {}) =>
    (await host.calls.call({ caller: "person", to: { plugin }, name, args: args as Record<string, unknown> })).result;
  const pass = async (point: Point) => {
    if (point === "conversation") return await host.conversations.rename(id, "Named");
    if (point === "compaction") return void (await host.agent.compact(id));
    await host.agent.say(id, "Hello.", "send");
    await until("the turn is over", () => host.agent.state(id) === "idle");
  };
  return Object.assign(real, { id, ask, news, pass });
}

for (const [one, two] of pairs) {
  describe(`points of the agent between ${one} and ${two}`, () => {
    let real: Gates;
    afterEach(() => real?.stop());
    const seen = async (plugin: string) => (await real.ask(plugin, "seen")) as { phase: string; subject: Params }[];

    it("two change the same field: the later sees what the first made of it, and the model reads both", async () => {
      real = await gates({ first: { language: one }, second: { language: two } });
      await real.ask("first", "at", { point: "message", add: ["content", " one"] });
      await real.ask("second", "at", { point: "message", add: ["content", " two"] });
      await real.pass("message");
      assert.deepEqual(real.news(), ["Hello. one two", "Done."]);
      const read = real.requests[0]?.messages.at(-1)?.content;
      assert.equal(read, "Hello. one two\n\n[Before you saw this, it was changed by: first, second]");
      assert.equal((await seen("second"))[0]?.subject.content, "Hello. one");
      const [entry] = real.host.conversations.get(real.id)?.entries() ?? [];
      assert.equal(entry?.kind === "message" && entry.editedBy, "first, second");
    });

    it("one blocks what another changed: nothing is said, and both hear that it came to nothing", async () => {
      real = await gates({ first: { language: one }, second: { language: two }, listener: { language: one } });
      await real.ask("first", "at", { point: "message", add: ["content", " one"] });
      await real.ask("second", "at", { point: "message", answer: { decision: "deny", reason: "not now" } });
      await real.ask("listener", "at", { point: "message", phase: "after" });
      await real.pass("message");
      assert.deepEqual(real.news(), ["A message was blocked by second: not now"]);
      assert.equal(real.requests.length, 0);
      const [after] = await seen("listener");
      assert.equal(after?.subject.error, "A message was blocked by second: not now");
    });

    it("what it wants the model to see reaches the model, fenced, in its name, at each point that has one", async () => {
      real = await gates({ first: { language: one }, second: { language: two } });
      for (const [plugin, point] of [
        ["first", "turn"],
        ["second", "step"],
      ] as const)
        await real.ask(plugin, "at", { point, answer: { context: `Mind the ${point}.` } });
      await real.pass("turn");
      const read = JSON.stringify(real.requests[0]?.messages);
      for (const text of ["Mind the turn.", "Mind the step."]) assert.ok(read.includes(text), read);
      assert.match(read, /first.*Mind the turn.*second.*Mind the step/);
    });

    it("that its manifest declares, it is started before the point is passed, and asked", async () => {
      real = await gates({ late: { language: two, lazy: "message" } });
      assert.equal(real.host.supervisor.running("late"), undefined);
      await real.pass("message");
      assert.deepEqual(real.news(), ["Hello.", "Done."]);
      assert.equal((await seen("late")).length, 1);
    });
  });
}

for (const language of Object.keys(languages) as Language[]) {
  describe(`a process at a point of the agent, in ${language}`, () => {
    let real: Gates;
    afterEach(() => real?.stop());
    /** What is said where it is blocked; the person may read it in the conversation, or is told by whoever asked. */
    const outcome = async (point: Point) => {
      // Only what has grown can be shortened.
      for (let more = 0; point === "compaction" && more < 3; more++) await real.pass("turn");
      real.news();
      const failed = await real.pass(point).then(
        () => undefined,
        (error: Failure) => error.message,
      );
      return [...real.news(), ...(failed === undefined ? [] : [failed])];
    };

    for (const point of points) {
      it(`that dies blocks where it is to, and one that hangs is passed over where it is to: ${point}`, async () => {
        real = await gates({ gate: { language } });
        await real.ask("gate", "at", { point, fault: "hang", onFailure: "allow" });
        const passed = await outcome(point);
        assert.ok(!passed.some((text) => /gate/.test(text)), passed.join());
        await real.ask("gate", "leave");
        await real.ask("gate", "at", { point, fault: "die", onFailure: "block" });
        assert.match(
          (await outcome(point)).at(-1) ?? "",
          /was blocked by gate: gate guards this and could not check it: Plugin "gate" was ended by SIGKILL/,
        );
        // It is back, and not at the point: what it did there went with its process.
        await real.ask("gate", "seen");
        assert.ok(!(await outcome(point)).some((text) => /gate/.test(text)));
      });
    }

    it("that answers with nothing says nothing in the model's place: it is passed over, or blocks where it is to", async () => {
      real = await gates({ gate: { language } });
      for (const point of ["turn", "step", "model"] as const)
        for (const nothing of [{}, { answer: null }, { answer: " \n" }]) {
          const answer = { decision: "answer", ...nothing };
          await real.ask("gate", "at", { point, answer });
          assert.deepEqual(await outcome(point), ["Hello.", "Done."], JSON.stringify([point, nothing]));
          await real.ask("gate", "leave");
          await real.ask("gate", "at", { point, answer, onFailure: "block" });
          const [, notice] = await outcome(point);
          assert.match(notice ?? "", /could not check it: What gate answered was refused: .*nothing in it to say/);
          await real.ask("gate", "leave");
          for (const [something, text] of [
            ["No.", "No."],
            [0, "0"],
            [{ a: [] }, '{"a":[]}'],
          ]) {
            await real.ask("gate", "at", { point, answer: { decision: "answer", answer: something } });
            assert.deepEqual(await outcome(point), ["Hello.", text]);
            await real.ask("gate", "leave");
          }
        }
    });

    it("that is stopped or has failed is named with what helps, to the person and to whoever calls", async () => {
      real = await gates({ gate: { language, lazy: "turn" }, other: { language } });
      const { host, id } = real;
      const told = () => {
        const [notice] = host.conversations.get(id)?.entries().slice(-1) ?? [];
        return notice?.kind === "notice" ? `${notice.text} | ${notice.todo}` : "";
      };
      await host.supervisor.start("gate");
      await host.supervisor.stop("gate");
      await real.pass("turn");
      const way = "If it cannot be mended now, disable gate: then it guards nothing.";
      assert.equal(
        told(),
        `The turn was blocked by gate: gate guards this and could not check it: Plugin "gate" was stopped by you. It is set to block in that case. | Start it in the plugin list. ${way}`,
      );
      await host.supervisor.start("gate");
      await real.ask("gate", "at", { point: "offer:other/seen", fault: "die" });
      await assert.rejects(real.ask("other", "seen"), ({ message, todo }: Failure) => {
        assert.match(message, /^other\/seen was blocked by gate: gate guards this and could not check it: .*SIGKILL/);
        assert.equal(todo, `Look into the log of gate, and restart it in the plugin list. ${way}`);
        return true;
      });
      host.supervisor.setDisabled("gate", true);
      await real.pass("turn");
      assert.equal(real.news().at(-1), "Done.", "the way that was named is one");
    });

    it("asks the person, who lets it go on, refuses, or stops the turn while the card is open", async () => {
      real = await gates({ gate: { language } });
      const { host, id } = real;
      const card = () =>
        until("the card is shown", () => {
          const open = host.conversations.get(id)?.entries() ?? [];
          return open.find((entry) => entry.kind === "approval" && !entry.choice);
        });
      for (const point of ["turn", "step", "model", "message"] as const) {
        await real.ask("gate", "at", { point, answer: { decision: "ask", reason: "Sure?" } });
        for (const [does, last] of [
          ["once", /^Done\.$/],
          ["deny", new RegExp(`The person refused it at "${point}", where gate wanted it looked at`)],
          ["stop", /You stopped it/],
        ] as const) {
          if (point === "message" && does === "stop") continue;
          const said = host.agent.say(id, "Hello.", "send");
          const { id: open } = await card();
          if (does === "stop") await host.agent.stop(id);
          else await host.approvals.answer(open, does);
          await said;
          await until("the turn is over", () => host.agent.state(id) === "idle");
          assert.match(real.news().at(-1) ?? "", last, `${point} ${does}`);
          assert.equal(host.approvals.waiting(), 0);
        }
        await real.ask("gate", "leave");
      }
    });
  });
}
