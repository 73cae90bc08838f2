/** A plugin that comes to have the name of another gets nothing of what that one did: calls, results, events, conversations. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCodes } from "../../../src/protocol/codes.ts";
import type { PluginEvent } from "../../../src/protocol/plugin/events.ts";
import { Puppet, unanswered } from "../../support/puppet.ts";
import { metaOf } from "../../support/rawEnd.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const { denied, notFound } = errorCodes;
const may = (verb: string, target: string) => ({ verb, target, why: "for the test" });
const large = "x".repeat(1_200_000);
const parley = {
  offers: ["go", "large", "held"].map((name) => ({ name, description: "A test's.", action: "read", timeout: 20_000 })),
  wants: [may("call", "*"), may("publish", "big.>"), may("subscribe", "inbox"), may("message", "conversation/*")],
};

describe("a plugin with the name of another", function () {
  this.timeout(60_000);
  let folder: string;
  let open: { real: RealHost; puppets: Puppet[] } | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-names-"));
  });
  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Ends the host and leaves its folder, as a window that is closed does. */
  async function close(): Promise<void> {
    if (!open) return;
    const { real, puppets } = open;
    open = undefined;
    await real.host.stop();
    real.launcher.dispose();
    await real.store.close();
    for (const puppet of puppets) puppet.close();
  }

  /** A window in which the plugin `notes` is by this author; `other` is the same in all of them. */
  async function window(author: string): Promise<{ real: RealHost; notes: Puppet; other: Puppet }> {
    await close();
    const [notes, other] = (await Promise.all(["notes", "other"].map((name) => Puppet.make(name)))) as [Puppet, Puppet];
    for (const puppet of [notes, other]) {
      Object.assign(puppet.capabilities, { references: true });
      puppet.answers.call = ({ name }) => (name === "held" ? unanswered : name === "large" ? [large] : null);
    }
    notes.declares = { subscriptions: [{ topic: "inbox", handle: "s" }] };
    const real = await realHost({
      folder,
      settings: { limits: () => ({ resultBytes: 65_536 }) },
      packages(packages) {
        for (const puppet of [notes, other]) {
          rmSync(join(packages, puppet.name), { recursive: true, force: true });
          puppet.pack(packages, parley);
          const path = join(packages, puppet.name, "plugin.json");
          const by = puppet === notes ? author : "somebody";
          writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), author: { name: by } }));
        }
      },
    });
    open = { real, puppets: [notes, other] };
    await Promise.all([notes.start(real), other.start(real)]);
    return { real, notes, other };
  }

  const codeOf = async (puppet: Puppet, method: string, params: Record<string, unknown>) =>
    (await puppet.request(method, params)).error?.code;

  it("neither sees nor cancels the calls of that one, made by it or to it", async () => {
    const first = await window("Ada");
    const made = (await first.notes.request("call", { to: { plugin: "other" }, name: "go", args: {}, detach: true }))
      .result as { callId: string };
    await until("it has ended", async () => (await first.real.store.loadCall(made.callId))?.endedAt);
    await first.other.request("call", { to: { plugin: "notes" }, name: "go", args: {} });
    const passed = metaOf(first.notes.came("call")[0] ?? assert.fail()).callId as string;
    assert.equal(await codeOf(first.notes, "calls/get", { callId: made.callId }), undefined);
    assert.equal(await codeOf(first.notes, "calls/get", { callId: passed }), undefined);

    const second = await window("Eve");
    for (const method of ["calls/get", "calls/cancel"])
      assert.equal(await codeOf(second.notes, method, { callId: made.callId }), notFound, method);
    assert.equal(await codeOf(second.other, "calls/get", { callId: made.callId }), undefined, "it was called");

    const third = await window("Ada");
    assert.equal(await codeOf(third.notes, "calls/get", { callId: made.callId }), undefined, "its own again");
  });

  it("does not read what references stand for that were given to that one, or that it published", async () => {
    const first = await window("Ada");
    const call = { to: { plugin: "other" }, name: "large", args: {}, detach: true };
    const { callId } = (await first.notes.request("call", call)).result as { callId: string };
    await until("it has ended", async () => (await first.real.store.loadCall(callId))?.endedAt);
    const { result } = (await first.notes.request("calls/get", { callId })).result as {
      result: { $reference: string };
    };
    await first.notes.request("publish", { topic: "big.news", data: { text: large } });
    const row = await until(
      "it is written",
      async () => (await first.real.store.readJournal({ types: ["big.news"] }))[0],
    );
    first.real.host.bus.publish({ type: "inbox", source: "other", to: "notes", data: { text: large } });
    const inbox = await until("it heard", () => first.notes.came("deliver")[0]);
    const [direct] = (inbox.params?.events ?? []) as PluginEvent[];
    const inEvent = (event: { data: unknown } | undefined) =>
      ((event?.data ?? {}) as { text?: { $reference: string } }).text?.$reference ?? assert.fail("no reference");
    const references = [result.$reference, inEvent(row), inEvent(direct)];
    const read = (puppet: Puppet) =>
      Promise.all(references.map((reference) => codeOf(puppet, "content/get", { reference, offset: 0, limit: 100 })));
    assert.deepEqual(await read(first.notes), [undefined, undefined, undefined]);
    assert.deepEqual(await read((await window("Eve")).notes), [notFound, notFound, notFound]);
    assert.deepEqual(await read((await window("Ada")).notes), [undefined, undefined, undefined]);
  });

  it("is heard though it says under a key what that one said under it, and is kept", async () => {
    const news = { topic: "big.news", data: 1, keep: true, dedupeKey: "daily" };
    const eventOf = async (notes: Puppet) =>
      ((await notes.request("publish", news)).result as { eventId: string }).eventId;
    const first = await eventOf((await window("Ada")).notes);
    const second = await eventOf((await window("Eve")).notes);
    assert.notEqual(second, first);
    assert.equal(await eventOf((await window("Ada")).notes), first);
  });

  it("has nothing to do with the conversations in which that one spoke", async () => {
    const first = await window("Ada");
    const conversation = (await first.real.host.conversations.visible()).id;
    const message = { role: "assistant", content: "Mine.", intent: "notify", conversation, dedupeKey: "once" };
    const { messageId } = (await first.notes.request("conversation/addMessage", message)).result as {
      messageId: string;
    };
    const again = async (notes: Puppet) => await notes.request("conversation/addMessage", message);
    const second = await window("Eve");
    second.real.host.conversations.create();
    assert.equal((await again(second.notes)).error?.code, denied);
    const third = await window("Ada");
    third.real.host.conversations.create();
    assert.deepEqual((await again(third.notes)).result, { messageId, state: "added" });
  });
});
