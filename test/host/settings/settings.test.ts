import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { manifestSchemaId } from "../../../src/protocol/manifest.ts";
import { until } from "../../support/until.ts";
import { type WindowHost, windowHost } from "../../support/windowHost.ts";

/** A plugin in plain JavaScript that answers a call with the settings that it was given. */
const program = `
let rest = Buffer.alloc(0), config;
const send = (message) => {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  process.stdout.write("Content-Length: " + Buffer.byteLength(body) + "\\r\\n\\r\\n" + body);
};
process.stdin.on("end", () => process.exit(0)).on("data", (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  for (;;) {
    const end = rest.indexOf("\\r\\n\\r\\n");
    const length = Number(/Content-Length: (\\d+)/.exec(rest.toString("latin1"))?.[1]);
    if (end < 0 || rest.length < end + 4 + length) return;
    const { id, method, params } = JSON.parse(rest.subarray(end + 4, end + 4 + length).toString());
    rest = rest.subarray(end + 4 + length);
    if (method === "exit") process.exit(0);
    if (method === "initialize") {
      config = params.config;
      send({ id, result: { protocolVersion: 1, plugin: { name: "weather" }, capabilities: {} } });
    } else if (id !== undefined) send({ id, result: method === "call" ? config : null });
  }
});
`;

describe("settings of plugins in a real VS Code", () => {
  let host: WindowHost;
  const configuration = () => vscode.workspace.getConfiguration("parley");
  const set = (name: string, value: unknown) => configuration().update(name, value, vscode.ConfigurationTarget.Global);
  before(async () => {
    await vscode.extensions.getExtension("parley-dev.parley")?.activate();
    host = await windowHost();
  });
  after(async () => {
    for (const name of ["plugins.settings", "limits", "trace.plugins"]) await set(name, undefined);
    await host?.close();
  });

  it("reach a running plugin within a second; wrong ones are told, and the old ones hold", async () => {
    const told: string[] = [];
    host.host.onSettingsNotice(({ text }) => told.push(text));
    const run = await host.host.supervisor.start("sentinel");
    const dataDir = host.host.supervisor.installed("sentinel")?.dataDir ?? "";
    const kept = () => JSON.parse(readFileSync(join(dataDir, "config.runtime.json"), "utf8")) as { quietMs: number };
    await until("what it runs with is written down", () => kept().quietMs === 1_500);
    await set("plugins.settings", { sentinel: { quietMs: 700 } });
    const begun = performance.now();
    await until("it has the new one", () => kept().quietMs === 700);
    assert.ok(performance.now() - begun < 1_000, `${performance.now() - begun} ms`);
    assert.equal(host.host.supervisor.view("sentinel")?.pid, run.pid);
    await set("plugins.settings", { sentinel: { quietMs: "soon" } });
    await until("it is told", () => told.some((text) => /settings of sentinel: "quietMs" must be/.test(text)));
    assert.equal(kept().quietMs, 700);
    assert.match(host.host.notesOf("sentinel").join(), /quietMs/);
  });

  it("that are secrets come from the secret storage alone, and without a required one a plugin does not run", async () => {
    const root = join(host.home, ".parley", "plugins", "weather");
    mkdirSync(root, { recursive: true });
    const offer = { name: "known", description: "Says its settings.", action: "read" };
    const config = {
      type: "object",
      required: ["apiKey"],
      properties: { apiKey: { type: "string", "x-secret": true }, city: { type: "string", default: "Oslo" } },
    };
    const run = { runtime: "node", entry: "./main.mjs" };
    const manifest = {
      $schema: manifestSchemaId,
      name: "weather",
      version: "1.0.0",
      extensions: { "dev.parley": { parley: "^1", run, offers: [offer], config } },
    };
    writeFileSync(join(root, "main.mjs"), program);
    writeFileSync(join(root, "plugin.json"), JSON.stringify(manifest));
    await host.scan();
    assert.equal(host.reason("weather", "user"), "needsConsent");
    await host.host.letIn("weather");
    assert.equal(host.reason("weather", "user"), "needsConfiguration");
    const plugin = host.host.supervisor.installed("weather");
    assert.ok(plugin);
    await host.secrets.set(plugin, "apiKey", "k-123456");
    await until("it may run", () => host.reason("weather", "user") === undefined);
    assert.deepEqual(await host.call("weather", "known"), { apiKey: "k-123456", city: "Oslo" });
    await host.secrets.set(plugin, "apiKey", undefined);
    await until("it may not", () => host.reason("weather", "user") === "needsConfiguration");
  });

  it("change limits and traces at once", async () => {
    await set("limits", { callDepth: 3, plugins: { sentinel: { callDepth: 2 } } });
    await until("they hold", () => host.host.limits.of("sentinel").callDepth === 2);
    assert.equal(host.host.limits.of("hello").callDepth, 3);
    await set("trace.plugins", { sentinel: "messages" });
    await host.call("sentinel", "silence");
    await until("it is in the log", () =>
      host.host.activity.logOf("sentinel").some((line) => /\[trace\] host → plugin: call #\d+/.test(line)),
    );
  });
});
