/**
 * A plugin in a third language, on the frames themselves: docs/examples/raw-perl was written from docs/protocol.md alone, and does here
 * with the real host and a plugin of the SDK what that page describes. Perl, because each Debian, Ubuntu and macOS has it
 * without installing anything: the example needs no module that a minimal installation lacks.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/base/failure.ts";
import type { PluginProcess } from "../../../src/core/ports.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { repository } from "./exampleHost.ts";

const example = join(repository, "docs/examples/raw-perl");

/** The other plugin: it shouts, calls back, and publishes on request. */
const partner = `import { createPlugin } from "@parley/sdk";
const plugin = createPlugin();
const heard = [];
plugin.subscribe("words.counted", (event) => { heard.push({ from: event.source, data: event.data }); });
plugin.offer("shout", ({ text }) => ({ text: text.toUpperCase() }));
plugin.offer("say", async ({ word }) => { await plugin.publish("words.said", { word }); });
plugin.offer("heard", () => heard);
await plugin.start();
`;
const text = { type: "object", required: ["text"], properties: { text: { type: "string" } } };
const partnerManifest = manifestText("partner", {
  run: { runtime: "node", entry: "./main.mjs" },
  offers: [
    { name: "shout", description: "Shouts.", action: "read", input: text, facets: { agent: true } },
    { name: "say", description: "Publishes.", action: "read" },
    { name: "heard", description: "What it heard.", action: "read" },
  ],
  wants: [
    { verb: "publish", target: "words.>", why: "Test." },
    { verb: "subscribe", target: "words.>", why: "Test." },
  ],
});

/** Notes the errors with which a process answers, as they came over its channel. */
function listening(started: PluginProcess, refusals: string[]): PluginProcess {
  const { peer } = started;
  const request = peer.request.bind(peer);
  return Object.assign(started, {
    peer: Object.assign(peer, {
      request(...asked: Parameters<typeof request>) {
        const answer = request(...asked);
        answer.catch((error: unknown) => refusals.push(error instanceof Error ? error.message : String(error)));
        return answer;
      },
    }),
  });
}

describe("a plugin in a third language, from the reference alone", function () {
  this.timeout(20_000);
  let real: RealHost;
  /** What the plugin itself answered to calls that failed. */
  const refusals: string[] = [];

  beforeEach(async () => {
    real = await realHost({
      *model(_, step) {
        const said = ["tea", "bother"][step - 1];
        const args = JSON.stringify({ text: said });
        if (said) yield { type: "toolCall", id: `tool-${step}`, name: "partner_shout", arguments: args };
        yield { type: "end", finish: said ? "tool-calls" : "stop" };
      },
      launcher: (inner) => ({
        launch: (spec, onMessage) => listening(inner.launch(spec, onMessage), refusals),
      }),
      packages: (folder) => {
        cpSync(example, join(folder, "raw-perl"), { recursive: true });
        mkdirSync(join(folder, "partner"));
        writeFileSync(join(folder, "partner", "main.mjs"), partner);
        writeFileSync(join(folder, "partner", "plugin.json"), partnerManifest);
      },
    });
  });
  afterEach(() => real.stop());

  const call = async (plugin: string, name: string, args: Record<string, unknown> = {}) =>
    (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result;

  it("answers a call, keeps its sum with compare-and-set, and tells subscribers", async () => {
    await real.host.supervisor.start("partner");
    assert.deepEqual(await call("raw-perl", "count", { text: 'zwölf \u{1F600} "Boxkämpfer"\n' }), { words: 3, sum: 3 });
    const [one, two] = await Promise.all([
      call("raw-perl", "count", { text: "a b" }),
      call("raw-perl", "count", { text: "c" }),
    ]);
    const sums = [one, two].map((each) => (each as { sum: number }).sum);
    assert.equal(Math.max(...sums), 6, "neither was lost where both read the same sum");
    const heard = await until("the other has heard", async () => {
      const events = (await call("partner", "heard")) as { from: string; data: { sum: number } }[];
      return events.length === 3 ? events : undefined;
    });
    assert.deepEqual(heard[0], { from: "raw-perl", data: { words: 3, sum: 3 } });
  });

  it("refuses what does not fit, and what it does not have, as the page says", async () => {
    await assert.rejects(call("raw-perl", "count", { text: 7 }), /text/);
    await assert.rejects(call("raw-perl", "cuont", {}), { kind: "notFound" });
  });

  it("calls another plugin, and gets each error told apart", async () => {
    assert.deepEqual(await call("raw-perl", "ask", { offer: "partner/shout", args: { text: "tea" } }), {
      result: { text: "TEA" },
    });
    const missing = await call("raw-perl", "ask", { offer: "partner/shuot" });
    assert.deepEqual([(missing as { kind: string }).kind, (missing as { code: number }).code], ["notFound", -33004]);
    const unfit = await call("raw-perl", "ask", { offer: "partner/shout", args: { text: 7 } });
    assert.equal((unfit as { kind: string }).kind, "invalidParams");
  });

  it("is asked before the agent's tool calls, changes one and refuses another", async () => {
    const shown = await real.host.conversations.visible();
    await real.host.agent.say(shown.id, "go", "send");
    await until("the turn has ended", () => real.host.agent.state(shown.id) === "idle" && shown.calls().length === 2);
    const [polite, refused] = shown.calls();
    assert.deepEqual(polite?.result, { text: "TEA, PLEASE" });
    assert.match(refused?.error ?? "", /blocked by raw-perl: That is no word to shout/);
    const { asked } = (await call("raw-perl", "heard")) as { asked: string[] };
    assert.deepEqual(asked, ["before partner/shout", "before partner/shout"]);
  });

  it("hears what others publish, with who said it", async () => {
    await real.host.supervisor.start("raw-perl");
    await call("partner", "say", { word: "grüezi" });
    const expected = [{ topic: "words.said", from: "partner", data: { word: "grüezi" } }];
    const heard = await until("it has heard", async () => {
      const { heard: events } = (await call("raw-perl", "heard")) as { heard: unknown[] };
      return events.length > 0 ? events : undefined;
    });
    assert.deepEqual(heard, expected);
  });

  it("answers in pieces at the reader's pace: in order, none lost, the answer last", async () => {
    const text = "Heizölrückstoßabdämpfung ".repeat(8);
    const letters: unknown[] = [];
    let most = 0;
    let waiting = 0;
    const { result } = await real.host.calls.call({
      caller: "person",
      to: { plugin: "raw-perl" },
      name: "spell",
      args: { text },
      onProgress: async ({ partial }) => {
        letters.push(partial);
        most = Math.max(most, ++waiting);
        await new Promise((resolve) => setImmediate(resolve));
        waiting -= 1;
      },
    });
    assert.deepEqual([letters.join(""), result], [text, { letters: 200 }]);
    assert.ok(most <= limits.streamCount, `${most} were on their way`);
  });

  it("reports progress, and answers when it is cancelled", async () => {
    const ending = new AbortController();
    const reported: unknown[] = [];
    const waiting = real.host.calls.call({
      caller: "person",
      to: { plugin: "raw-perl" },
      name: "wait",
      args: {},
      signal: ending.signal,
      onProgress: (value) => reported.push(value),
    });
    waiting.catch(() => {});
    await until("it reports", () => reported.length > 0);
    assert.deepEqual(reported[0], { message: "waiting", percentage: 50 });
    ending.abort(new Failure("cancelled", "No longer wanted."));
    await assert.rejects(waiting, { kind: "cancelled" });
    await until("the plugin has answered too", () => refusals.includes("It was cancelled."));
    assert.equal(real.host.supervisor.view("raw-perl")?.process, "running");
  });

  it("leaves by itself when it is asked to", async () => {
    await real.host.supervisor.start("raw-perl");
    await real.host.supervisor.stop("raw-perl");
    const { process, lastExit } = real.host.supervisor.view("raw-perl") ?? {};
    assert.deepEqual([process, lastExit], ["stopped", "It exited with code 0."], "nobody had to end it");
  });

  it("needs nothing but Perl itself", () => {
    // Nothing outside the example's own folder and the three modules that are in Debian's essential package.
    const loaded = execFileSync("perl", ["-I.", "-e", 'require "./Json.pm"; print join " ", sort keys %INC'], {
      cwd: example,
      encoding: "utf8",
    });
    assert.deepEqual(
      loaded
        .split(" ")
        .filter((name) => !/^(?:\.\/Json|Exporter|strict|warnings|overloading|utf8)(?:\.pm|\/|$)/.test(name)),
      [],
    );
  });
});
