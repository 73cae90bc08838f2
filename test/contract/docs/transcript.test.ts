/** The example transcript of docs/protocol.md, played by plain bytes against the real host. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { systemClock } from "../../../src/base/clock.ts";
import { readManifest } from "../../../src/core/plugins/manifest.ts";
import { until } from "../../support/until.ts";
import { readTranscript } from "../../tools/docs/transcript.ts";
import { bytesLauncher, type Message } from "./bytesLauncher.ts";
import { exampleHost, repository } from "./exampleHost.ts";

describe("the transcript of the protocol reference", () => {
  it("is what the host really says to these bytes", async () => {
    const { launcher, plugin } = bytesLauncher();
    const clock = { now: () => Date.UTC(2026, 0, 2), after: systemClock.after };
    const host = await exampleHost({ launcher, folder: "/home/ada/sample", clock });
    await host.setInstalled([{ ...rawPackage(), source: "bundled" }]);
    const answer = host.calls.call({ caller: "person", to: { plugin: "raw" }, name: "shout", args: { text: "hello" } });
    let refusal: unknown;
    answer.catch((error: unknown) => {
      refusal = error;
    });
    let stopping: Promise<unknown> | undefined;
    for (const [index, { from, message }] of readTranscript().entries()) {
      if (from === "plugin") {
        plugin.write(message);
        continue;
      }
      if (message.method === "shutdown") {
        assert.deepEqual((await answer).result, { text: "HELLO" });
        stopping = host.stop();
      }
      const said = await until(`the host says step ${index}`, () => refusal ?? plugin.received.shift());
      assert.deepEqual(withTrace(said as Message, message), message, `step ${index}`);
    }
    assert.ok(stopping, "the transcript goes to the end");
    await stopping;
    assert.deepEqual(plugin.received, [], "the host says nothing that the transcript leaves out");
    const items = (await host.conversations.visible()).items();
    assert.ok(
      items.some((item) => item.kind === "message" && item.content === "**HELLO**" && item.origin?.plugin === "raw"),
    );
  });

  it("fits the published JSON Schema, which refuses what is no message", () => {
    const schema = JSON.parse(readFileSync(join(repository, "docs/schema/plugin-protocol.json"), "utf8")) as object;
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(schema, "protocol");
    const sent = {
      host: ajv.compile({ $ref: "protocol#/$defs/hostToPlugin" }),
      plugin: ajv.compile({ $ref: "protocol#/$defs/pluginToHost" }),
    };
    const calls = readTranscript().filter(({ message }) => "method" in message);
    assert.ok(calls.length >= 6);
    for (const { from, message } of calls) assert.ok(sent[from](message), JSON.stringify(sent[from].errors));
    const refused: Message[] = [
      { jsonrpc: "2.0", id: 1, method: "conversation/addMessage", params: {} },
      { jsonrpc: "2.0", id: 1, method: "initialize", params: {} },
      { jsonrpc: "2.0", id: 1, method: "tell", params: {} },
      { jsonrpc: "2.0", method: "publish", params: { topic: "a", data: 1 } },
    ];
    for (const message of refused) assert.ok(!sent.plugin(message), `${JSON.stringify(message)} passed`);
  });
});

/** The message as the transcript has it where they differ in nothing but the ids of the trace, which are drawn by lot. */
function withTrace(said: Message, expected: Message): Message {
  const [own, theirs] = [said, expected].map(({ params }) => (params as { _meta?: Message } | undefined)?._meta);
  const fits = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/.test(String(own?.traceparent));
  if (!fits || theirs?.traceparent === undefined) return said;
  return { ...said, params: { ...(said.params as Message), _meta: { ...own, traceparent: theirs.traceparent } } };
}

function rawPackage() {
  const root = "/home/ada/plugins/raw";
  const reading = readManifest(readFileSync(join(repository, "docs/examples/raw/plugin.json"), "utf8"));
  if ("problem" in reading) throw new Error(reading.problem);
  const { manifest, parley } = reading;
  const { name, version, description } = manifest;
  return { name, version, description, root, dataDir: "/home/ada/data/raw", manifest, parley, warnings: [] };
}
