/** Plays the causes of docs/troubleshooting.md that no other test is named for, and compares the words with those of the page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { WebSocket } from "ws";
import { Failure } from "../../../src/base/failure.ts";
import { type InstalledPlugin, ineligibility } from "../../../src/core/plugins/installed.ts";
import { notEligible } from "../../../src/core/plugins/refusals.ts";
import type { ModelEvent } from "../../../src/core/ports.ts";
import { parleyManifest } from "../../../src/protocol/manifest.ts";
import { failureOf } from "../../support/failures.ts";
import { type ScriptedHost, type ScriptedPlugin, scriptedHost } from "../../support/scriptedHost.ts";
import { until } from "../../support/until.ts";
import { readTroubles, type Trouble } from "../../tools/docs/trouble.ts";

type Args = Record<string, unknown>;

const text = { type: "object", required: ["text"], properties: { text: { type: "string" } } };
const want = (verb: string, target: string) => ({ verb, target, why: "Test." });
const offer = (name: string, more: Args = {}) => ({ name, description: "Test.", action: "read", ...more });

/** The plugin that the causes are played with. `go` hands on what it is given as a message to the host. */
const actor: ScriptedPlugin = {
  manifest: {
    offers: [
      ...["go", "hang", "crash"].map((name) => offer(name)),
      offer("slow", { timeout: 1 }),
      offer("count", { input: text }),
      offer("promise", { output: { type: "object", required: ["sum"] } }),
      offer("closed", { concurrency: 1 }),
    ],
    wants: [
      want("call", "*"),
      want("message", "conversation/notify"),
      want("publish", "tool.>"),
      want("publish", "inbox"),
    ],
  },
  async onRequest(_method, params, { send, signal }) {
    const { name, args, _meta } = params as { name: string; args: Args; _meta?: Args };
    if (name === "promise") return {};
    if (name === "hang" || name === "slow") {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return {};
    }
    const { method, ...more } = args;
    return method ? await send(String(method), { ...more, _meta: { callId: _meta?.callId } }) : {};
  },
};

const call = ({ host }: ScriptedHost, name: string, args: Args = {}, more: Args = {}) =>
  host.calls.call({ caller: "person", to: { plugin: "actor" }, name, args, ...more });
/** The plugin sends this in a call of its own. */
const asks = (rig: ScriptedHost, method: string, params: Args) => call(rig, "go", { method, ...params });
const made = (more: Parameters<typeof scriptedHost>[0] = {}) => scriptedHost({ plugins: { actor }, ...more });

function installed(more: Partial<InstalledPlugin>): InstalledPlugin {
  const parley = parleyManifest.parse({ parley: "^1", run: { runtime: "node", entry: "./m.js" }, ...actor.manifest });
  const about = { name: "actor", version: "1", description: undefined, root: "/one", dataDir: "/data" };
  return { ...about, source: "bundled", manifest: undefined, parley, warnings: [], ...more };
}

/** Another that intercepts the agent's tools: it refuses before, or withholds after. */
const guard = (phase: "before" | "after"): ScriptedPlugin => ({
  manifest: { wants: [want("intercept", "tool")], activation: ["onStartup"] },
  initialize: { intercepts: [{ handle: "g", point: "tool", phase }] },
  onRequest: (method) => (method === "intercept" ? { decision: "deny", reason: "Not today." } : {}),
});

/** Lets the agent call a tool and answers what it was refused with. */
async function byAgent(action: string, plugins: Record<string, ScriptedPlugin>, refuse = false): Promise<Failure> {
  const tool: ScriptedPlugin = {
    manifest: { offers: [offer("write", { action, facets: { agent: true } })] },
    onRequest: () => ({}),
  };
  const steps: ModelEvent[][] = [
    [
      { type: "toolCall", id: "1", name: "tool_write", arguments: "{}" },
      { type: "end", finish: "tool-calls" },
    ],
  ];
  const { host } = await scriptedHost({
    plugins: { tool, ...plugins },
    model: (_, step) => steps[step - 1] ?? [{ type: "end", finish: "stop" }],
  });
  await until("guards are up", () => Object.keys(plugins).every((name) => host.supervisor.running(name)));
  const shown = await host.conversations.visible();
  await host.agent.say(shown.id, "go", "send");
  await until("the call has ended", async () => {
    for (const item of shown.items())
      if (refuse && item.kind === "approval" && !item.choice) await host.approvals.answer(item.id, "deny");
    return shown.calls()[0]?.endedAt !== undefined;
  });
  const error = shown.calls()[0]?.error ?? "";
  await host.stop();
  return new Failure("denied", error);
}

/** By the words of the entry. What answers a `Failure` is compared by kind and reason too. */
const plays: Record<string, () => Promise<Failure | string>> = {
  'There is no plugin "…".': async () =>
    failureOf((await made()).host.calls.call({ caller: "person", to: { plugin: "actr" }, name: "go", args: {} })),
  'The plugin "…" has no offer "…".': async () => failureOf(call(await made(), "goo")),
  'No plugin provides "…".': async () =>
    failureOf((await made()).host.calls.call({ caller: "person", to: { provides: "a.b" }, name: "", args: {} })),
  "… has not been let in yet.": async () => failureOf(call(await made({ source: "user" }), "go")),
  "… comes with this workspace, which is not trusted: nothing of it runs.": async () =>
    failureOf(call(await made({ source: "workspace", trusted: () => false }), "go")),
  "… in … is not used, because … has the same name and goes first.": async () =>
    notEligible(ineligibility(installed({ shadowedBy: "/other" }), { disabled: false }) ?? assert.fail()),
  "… cannot be used: …": () => unfit({ problem: "`run` is missing." }),
  "… has nothing for Parley to run.": () => unfit({ parley: undefined }),
  "… is disabled.": async () => {
    const rig = await made();
    rig.host.supervisor.setDisabled("actor", true);
    return failureOf(call(rig, "go"));
  },
  'Plugin "…" was stopped by you.': async () => {
    const rig = await made();
    await rig.host.supervisor.start("actor");
    await rig.host.supervisor.stop("actor");
    return failureOf(call(rig, "go"));
  },
  '… has no right to … … (rule "…").': async () => failureOf(asks(await made(), "publish", { topic: "a.b", data: 1 })),
  "The … may not …: rule …": async () => {
    const said = await failureOf(asks(await made(), "state/get", { scope: "shared:pantry", key: "bread" }));
    assert.match(
      said.message,
      /may not read state in the scope "shared:pantry": rule default:plugin\. No rule allows it\.$/,
    );
    return said;
  },
  '… may not call … (…): refused by the rule "…".': async () => {
    const stranger = { ...actor, manifest: { ...actor.manifest, wants: [] } };
    const rig = await made({ plugins: { actor: stranger, other: actor } });
    return failureOf(asks(rig, "call", { to: { plugin: "other" }, name: "count", args: { text: "a" } }));
  },
  "The person refused …/…": () => byAgent("write", {}, true),
  'The topic "…" belongs to the host: plugins do not publish to "….".': async () =>
    failureOf(asks(await made(), "publish", { topic: "tool.callEnd", data: 1 })),
  "… does not listen for direct messages": async () => {
    const other: ScriptedPlugin = { manifest: { offers: [offer("go")], activation: ["onOffer"] } };
    const rig = await made({ plugins: { actor, other } });
    return failureOf(asks(rig, "publish", { topic: "inbox", to: "other", data: 1 }));
  },
  "… was blocked by …: …": () => byAgent("read", { guard: guard("before") }),
  "The result of … was withheld by …: …": () => byAgent("read", { guard: guard("after") }),
  "…/… did not answer within … s.": async () => failureOf(call(await made(), "slow")),
  "The message has … bytes; … is the limit.": async () =>
    failureOf(asks(await made(), "conversation/addMessage", { content: "a".repeat(65_537), intent: "notify" })),
  "The calls go in a circle: ….": async () =>
    failureOf(asks(await made(), "call", { to: { plugin: "actor" }, name: "go", args: {} })),
  "The arguments of …/… do not fit: …": async () => failureOf(call(await made(), "count", { text: 7 })),
  '…/… is a "…" offer, not "…".': async () => failureOf(call(await made(), "go", {}, { action: "delete" })),
  "…/… … with something that does not fit its own output schema: …": async () =>
    failureOf(call(await made(), "promise")),
  ECONNREFUSED: () => connecting("ws://127.0.0.1:1"),
  "self-signed certificate": async () => {
    const fixtures = join(import.meta.dirname, "../attach/fixtures");
    const [cert, key] = ["cert", "key"].map((name) => readFileSync(join(fixtures, `loopback.${name}.pem`)));
    const server = createServer({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const said = await connecting(`wss://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.close();
    return said;
  },
};

async function unfit(more: Partial<InstalledPlugin>): Promise<Failure> {
  const rig = await made();
  await rig.host.setInstalled([installed(more)]);
  return failureOf(rig.host.supervisor.ensureRunning("actor"));
}

/** What the library of a plugin says that connects from outside. */
function connecting(address: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(address);
    socket.on("error", (error) => resolve(error.message));
    socket.on("open", () => resolve("It is open."));
  });
}

/** Whether words are those of an entry, in which `…` stands for anything. */
function isOf({ says }: Trouble, words: string): boolean {
  const pieces = says.split("…").map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(pieces.join("[\\s\\S]*")).test(words);
}

describe("the causes of the troubleshooting page", function () {
  this.timeout(20_000);
  const entries = readTroubles().flatMap(({ entries: some }) => some);

  it("are each played here or named with the test that sees them", () => {
    const open = entries.filter(({ says, proof }) => proof === undefined && !(says in plays)).map(({ says }) => says);
    assert.deepEqual(open, []);
    const idle = Object.keys(plays).filter((says) => !entries.some((entry) => entry.says === says && !entry.proof));
    assert.deepEqual(idle, [], "nothing is played that the page does not tell");
  });

  for (const entry of entries) {
    const play = plays[entry.says];
    if (!play || entry.proof) continue;
    it(`says what the page says: ${entry.says}`, async () => {
      const said = await play();
      const words = typeof said === "string" ? said : said.message;
      assert.ok(isOf(entry, words), words);
      if (typeof said === "string" || words.startsWith("The person refused") || /blocked|withheld/.test(words)) return;
      assert.equal(said.kind, entry.kind);
      if (entry.reason) assert.equal(said.details?.reason, entry.reason);
    });
  }
});
