import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { Contents } from "../../../../src/core/events/contents.ts";
import type { PluginEvent } from "../../../../src/protocol/plugin/events.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Page = { type: string; text: string; length: number; next?: number };
type Sent = (method: string, params: Record<string, unknown>) => Promise<unknown>;

const want = (verb: string, target: string) => ({ verb, target, why: "for the test" });
const large = `${"ä".repeat(600_000)}😀end`;

/** A plugin that keeps hold of its way to the host, so that the test can send for it. */
function listener(wants: object[], topics: string[] = []) {
  let go: Sent | undefined;
  const heard: PluginEvent[] = [];
  const plugin: ScriptedPlugin = {
    manifest: { wants, offers: [{ name: "go", description: "Goes.", action: "read" }] },
    initialize: { subscriptions: topics.map((topic, index) => ({ topic, handle: `s${index}` })) },
    onRequest: (_method, _params, { send }) => {
      go = send;
      return null;
    },
    onNotify: (method, params) => method === "deliver" && heard.push(...(params.events as PluginEvent[])),
  };
  const get = async (reference: string, more: object = {}) =>
    (await go?.("content/get", { reference, offset: 0, limit: 250_000, ...more })) as Page;
  return { plugin, heard, get };
}

async function rig(plugins: Record<string, ReturnType<typeof listener>>) {
  const entries = Object.entries(plugins).map(([name, { plugin }]) => [name, plugin] as const);
  const { host } = await scriptedHost({ plugins: Object.fromEntries(entries) });
  for (const [name] of entries) await host.calls.call({ caller: "person", to: { plugin: name }, name: "go", args: {} });
  return host;
}

async function notFound(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof Failure && error.kind === "notFound");
}

describe("what a reference in a large event stands for", () => {
  it("is got page by page, whole, by who heard the event, and never splits a character", async () => {
    const reader = listener([want("subscribe", "big.>")], ["big.>"]);
    const host = await rig({ reader });
    host.bus.publish({ type: "big.text", source: "other", data: { text: large, small: 1 } });
    const event = await until("it heard", () => reader.heard[0]);
    const { text, small } = event.data as { text: { $reference: string }; small: number };
    assert.equal(small, 1);
    let whole = "";
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const page: Page = await reader.get(text.$reference, { offset, limit: 200_000 });
      assert.deepEqual([page.type, page.length], ["string", large.length]);
      whole += page.text;
      offset = page.next;
    }
    assert.equal(whole, large);
    const cut = await reader.get(text.$reference, { offset: 599_999, limit: 2 });
    assert.deepEqual([cut.text, cut.next], ["ä", 600_000]);
    await notFound(reader.get("content-of-nobody"));
    await host.stop();
  });

  it("is JSON text where it was no text", async () => {
    const reader = listener([want("subscribe", "big.>")], ["big.>"]);
    const host = await rig({ reader });
    host.bus.publish({ type: "big.list", source: "other", data: { list: [large] } });
    const event = await until("it heard", () => reader.heard[0]);
    const { list } = event.data as { list: { $reference: string } };
    const page = await reader.get(list.$reference, { limit: 1_000_000 });
    assert.equal(page.type, "array");
    assert.deepEqual(JSON.parse(page.text), [large]);
    await host.stop();
  });

  it("is not there for who may not read the event, or the field, or to whom it was not said", async () => {
    const reader = listener([want("subscribe", ">"), want("read", "conversation/messages")], [">"]);
    const hears = listener([want("subscribe", ">")], [">"]);
    const deaf = listener([]);
    const host = await rig({ reader, hears, deaf });
    const conversation = (await host.conversations.visible()).id;
    const data = { messageId: "m", role: "user", content: large, words: 1 };
    host.publish("message.added", data, conversation);
    const event = await until("it heard", () => reader.heard.find(({ type }) => type === "message.added"));
    const { $reference } = (event.data as { content: { $reference: string } }).content;
    assert.equal((await reader.get($reference)).length, large.length);
    await notFound(hears.get($reference));
    await notFound(deaf.get($reference));
    host.bus.publish({ type: "inbox", source: "deaf", to: "reader", data: { text: large } });
    const direct = await until("it heard", () => reader.heard.find(({ type }) => type === "inbox"));
    const inbox = (direct.data as { text: { $reference: string } }).text.$reference;
    assert.equal((await reader.get(inbox)).type, "string");
    assert.equal((await deaf.get(inbox)).type, "string", "its own");
    await notFound(hears.get(inbox));
    await host.stop();
  });

  it("is gone for a plugin whose right was revoked", async () => {
    const reader = listener([want("subscribe", "big.>")], ["big.>"]);
    const host = await rig({ reader });
    host.bus.publish({ type: "big.text", source: "other", data: { text: large } });
    const event = await until("it heard", () => reader.heard[0]);
    const { $reference } = (event.data as { text: { $reference: string } }).text;
    await reader.get($reference);
    const [grant] = host.rules.grantsOf("reader");
    await host.rules.setGranted(grant?.id ?? "", false);
    await notFound(reader.get($reference));
    await host.stop();
  });

  it("keeps the newest in memory, up to a limit, and gives nothing before its event is published", async () => {
    let n = 0;
    const reader = { plugin: "reader", owner: "user//reader" };
    const contents = new Contents({
      nextId: () => `c${++n}`,
      view: (event) => event,
      now: () => 0,
      store: { saveContent: async () => {}, loadContent: async () => undefined },
      failed: () => {},
      most: 10,
    });
    const put = async (text: string): Promise<string> => {
      const reference = contents.put(text);
      assert.equal(await contents.read(reference, reader), undefined);
      const data = { text: { $reference: reference } };
      contents.published({ seq: n, type: "big", source: "other", timestamp: 0, data }, {});
      return reference;
    };
    const [first, second, third] = [await put("12345"), await put("12345"), await put("6")] as const;
    const text = async (reference: string) => (await contents.read(reference, reader))?.text;
    assert.deepEqual([await text(first), await text(second), await text(third)], [undefined, "12345", "6"]);
    assert.equal(await text(await put("more than may be kept")), "more than may be kept");
    assert.equal(await text(third), undefined);
  });
});
