/** The façades in each language, over a real process and the real host: what an author may rely on without a manifest's help. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure } from "../../../src/base/failure.ts";
import type { CallRow } from "../../../src/protocol/plugin/calls.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { type Language, languages, pairOf, runs } from "./rig.ts";

const wants = [
  { verb: "publish", target: "thing.done", why: "To tell." },
  { verb: "publish", target: "activity", why: "To show." },
  { verb: "subscribe", target: "thing.*", why: "To hear." },
  { verb: "subscribe", target: "thing.done", why: "To hear." },
];

for (const language of languages as readonly Language[]) {
  describe(`the façades of a plugin in ${language}`, function () {
    this.timeout(40_000);
    let real: RealHost;
    afterEach(() => real.stop());

    /** `more` are the manifests of further plugins, by name, which are never started. */
    async function start(more: Record<string, Record<string, unknown>> = {}): Promise<void> {
      real = await realHost({
        packages: (folder) => {
          cpSync(join(import.meta.dirname, "fixtures", language), join(folder, "words"), { recursive: true });
          const parley = { run: runs[language], wants, activation: ["onStartup"] };
          writeFileSync(join(folder, "words", "plugin.json"), manifestText("words", parley));
          for (const [name, its] of Object.entries(more)) {
            cpSync(join(import.meta.dirname, "fixtures", language), join(folder, name), { recursive: true });
            writeFileSync(join(folder, name, "plugin.json"), manifestText(name, { run: runs[language], ...its }));
          }
        },
      });
      await real.host.supervisor.ensureRunning("words");
      await until("all commands are there", async () => (await listed()).commands.length === 8);
    }
    const run = async (name: string, args: Record<string, unknown> = {}, conversation?: string) =>
      (await real.host.calls.call({ caller: "person", to: { plugin: "words" }, name, args, conversation })).result;

    const listed = async () => (await run("listed")) as { commands: string[][]; providers: string[] };

    it("offer commands that no manifest names, and list them", async () => {
      await start();
      const { commands, providers } = await listed();
      const names = ["tell", "heard", "listed", "double", "withdraw", "keep", "race", "say"];
      assert.deepEqual(
        commands.sort(),
        names.map((name) => (name === "listed" ? [name, "Listed", "What is listed."] : [name, "", name])).sort(),
      );
      assert.deepEqual(providers, ["twice"]);
    });

    it("list who provides the methods of a capability, first whom a call would go to", async () => {
      const drums = (name: string, provides: string, priority: number) => ({
        ...{ name, description: "Drums.", action: "read", input: { type: "object" } },
        ...{ facets: { provides }, priority },
      });
      await start({
        early: {
          offers: [drums("roll", "drum.roll", 0), drums("beat", "drum.beat", 0), drums("stick", "drumstick", 9)],
        },
        late: { offers: [drums("beat", "drum.beat", 5)] },
      });
      const of = async (capability: string) =>
        ((await run("listed", { of: capability })) as { providers: string[] }).providers;
      assert.deepEqual(await of("drum"), ["early/drum.roll", "late/drum.beat", "early/drum.beat"]);
      assert.deepEqual(await of("drum.beat"), ["late/drum.beat", "early/drum.beat"]);
      assert.deepEqual(await of("dru"), []);
    });

    it("call a capability, until its provider takes it back", async () => {
      await start();
      assert.equal(await run("double", { n: 21 }), 42);
      await run("withdraw");
      assert.equal(await until("it is gone", () => kindOf(run("double", { n: 1 }))), "notFound");
    });

    it("hear an event once, and go on where another handler fails", async () => {
      await start();
      await run("tell", { times: 3 });
      const heard = await until("all were heard", async () => {
        const known = (await run("heard")) as unknown[];
        return known.length >= 4 && known;
      });
      assert.deepEqual([...heard].sort(), [1, "thing.done", "thing.done", "thing.done"]);
      const log = await until("the fault is in the log", () => {
        const lines = real.host.activity.logOf("words").filter((line) => line.includes("This handler is broken."));
        return lines.length >= 3 && lines;
      });
      assert.match(log[0] ?? "", /\[error\]/);
    });

    it("keep values of the conversation that the call belongs to, and change nothing where nothing is answered", async () => {
      await start();
      for (const value of ["a", "b"]) await run("keep", { key: "k", value }, "one");
      assert.deepEqual(await run("keep", { key: "k", value: "c" }, "two"), {
        kept: ["c"],
        refused: "blocked",
        own: [],
      });
      assert.deepEqual(await run("keep", { key: "k", value: "d" }, "one"), {
        ...{ kept: ["a", "b", "d"], refused: "blocked", own: [] },
      });
    });

    it("come back with their process", async () => {
      await start();
      await real.host.supervisor.restart("words");
      await until("all commands are there again", async () => (await listed()).commands.length === 8);
      await run("tell", { times: 1 });
      await until("it hears again", async () => ((await run("heard")) as unknown[]).length === 2);
      assert.equal(await run("double", { n: 4 }), 8);
    });

    it("change a value anew where somebody else wrote it meanwhile", async () => {
      await start();
      assert.equal(await run("race"), "theirs, mine at attempt 2");
    });

    it("show a line and log with fields", async () => {
      await start();
      await run("say");
      const entry = await until("it is shown", () =>
        real.host.activity.entries().find(({ type }) => type === "activity"),
      );
      assert.deepEqual([entry.source, entry.text], ["words", "The soup boils."]);
      const line = await until("it is logged", () =>
        real.host.activity.logOf("words").find((text) => text.includes("It boils.")),
      );
      assert.match(line, /\[warn\] It boils\. \{"part":"kitchen","pan":2,"degrees":100\}/);
    });
  });

  describe(`a task of a plugin in ${language}`, function () {
    this.timeout(40_000);

    it("is kept in the list also where many begin at once, and leaves nothing behind where there are too many", async () => {
      const pair = await pairOf("task");
      const tasks = async () => {
        const offers = pair.real.host.offers.ofPlugin(pair.nameOf(language));
        return offers.filter(({ offer }) => offer.name.startsWith("task-")).length;
      };
      try {
        const many = Array.from({ length: 30 }, () => pair.run<string>(language, "begin", { cranes: 5_000 }));
        const begun = await Promise.allSettled(many);
        const ids = begun.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        const refused = begun.flatMap((one) => (one.status === "rejected" ? [(one.reason as Failure).kind] : []));
        assert.deepEqual([ids.length, new Set(refused)], [24, new Set(["overloaded"])]);
        const rows = await pair.run<CallRow[]>(language, "list");
        assert.deepEqual(rows.map(({ callId }) => callId).sort(), ids.sort());
        await until("only those that run are offered", async () => (await tasks()) === 24);
        for (const id of ids) await pair.run(language, "stop", { id });
        await until("none is offered any more", async () => (await tasks()) === 0);
      } finally {
        await pair.real.stop();
      }
    });

    it("fails with its process, is interrupted with its window, is never begun again, and stays in the list", async () => {
      const folder = mkdtempSync(join(tmpdir(), "parley-tasks-"));
      const list = (pair: Awaited<ReturnType<typeof pairOf>>) =>
        pair.run<(CallRow & { title: string })[]>(language, "list");
      try {
        const first = await pairOf("task", folder);
        const lost = await first.run<string>(language, "begin", { cranes: 5_000 });
        await first.real.host.supervisor.restart(first.nameOf(language));
        assert.equal((await list(first)).find(({ callId }) => callId === lost)?.status, "failed");
        assert.equal(await first.run(language, "stop", { id: lost }), "ended");
        const again = await first.run<string>(language, "begin", { cranes: 4_000 });
        await first.real.host.stop();
        await first.real.store.close();

        const second = await pairOf("task", folder);
        try {
          const rows = await list(second);
          assert.deepEqual(
            rows.map(({ callId, title, status }) => [callId, title, status]),
            [
              [lost, "Fold 5000 cranes", "failed"],
              [again, "Fold 4000 cranes", "interrupted"],
            ],
          );
          assert.equal((await failureOf(second.run(language, "look", { id: "call-none" }))).kind, "notFound");
        } finally {
          await second.real.stop();
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}
