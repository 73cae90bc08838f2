import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import type { Host } from "../../../../src/core/host.ts";
import type { WindowPort } from "../../../../src/core/ports.ts";
import { manifestSchemaId } from "../../../../src/protocol/manifest.ts";
import type { Want } from "../../../../src/protocol/rules.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";

const want = (verb: string, target: string) => ({ verb, target, why: "for the test" }) as Want;
const opening = want("act", "editor/open");
const reading = want("read", "conversation/messages");

async function rig(answers: boolean[], { store = new MemoryStore(), manifest = [] as Want[] } = {}) {
  const sheets: (readonly Want[])[] = [];
  const window = {
    consent: async (_plugin: string, wants: readonly Want[]) => {
      sheets.push(wants);
      return answers.shift() ?? false;
    },
    open: async () => {},
  } as unknown as WindowPort;
  let next: [string, object] = ["", {}];
  const plugin: ScriptedPlugin = {
    manifest: { wants: manifest, offers: [{ name: "go", description: "Goes.", action: "read" }] },
    onRequest: (method, params, { send }) =>
      method === "call" ? send(next[0], { ...next[1], _meta: params._meta as object }) : null,
  };
  const { host } = await scriptedHost({ plugins: { plugin }, window, store });
  const send = async (method: string, params: object) => {
    next = [method, params];
    return (await host.calls.call({ caller: "person", to: { plugin: "plugin" }, name: "go", args: {} })).result;
  };
  const request = async (...wants: Want[]) =>
    (await send("rights/request", { wants })) as { granted: boolean; rights: { effect: string; rule: string }[] };
  return { host, sheets, send, request, store };
}

describe("a plugin that asks for rights at run time", () => {
  it("gets them on one sheet, as grants that last and can be revoked", async () => {
    const { host, sheets, send, request, store } = await rig([true]);
    const answer = await request(opening, reading);
    assert.equal(answer.granted, true);
    assert.deepEqual(sheets, [[opening, reading]]);
    await send("editor/open", { path: "a.ts" });
    const grants = host.rules.grantsOf("plugin");
    assert.deepEqual(
      grants.map(({ target, revoked, why }) => [target, revoked, why]),
      [
        ["editor/open", false, "for the test"],
        ["conversation/messages", false, "for the test"],
      ],
    );
    assert.equal(answer.rights[0]?.rule, grants[0]?.id);
    await host.stop();

    const later = await rig([], { store });
    assert.deepEqual((await later.request(opening)).granted, true, "without a sheet");
    assert.deepEqual(later.sheets, []);
    await later.host.rules.setGranted(grants[0]?.id ?? "", false);
    const denied = (error: unknown) => error instanceof Failure && error.kind === "denied";
    await assert.rejects(later.send("editor/open", { path: "a.ts" }), denied);
    await later.host.stop();
  });

  it("has nothing more when the person refuses, and cannot ask for ever", async () => {
    const { host, sheets, request } = await rig([]);
    const { granted, rights } = await request(opening);
    assert.deepEqual([granted, rights[0]?.effect], [false, "deny"]);
    await request(opening);
    await assert.rejects(request(opening), (error) => error instanceof Failure && error.kind === "overloaded");
    assert.equal(sheets.length, 2);
    assert.equal(host.rules.grantsOf("plugin").length, 0);
    await host.stop();
  });

  it("asks only about what it lacks, and a rule that denies stands above the grant", async () => {
    const { host, sheets, request } = await rig([true], { manifest: [opening] });
    await host.rules.addPersonRule({ who: "plugin:plugin", verb: "read", target: "*", effect: "deny" });
    const { granted, rights } = await request(opening, reading);
    assert.deepEqual(sheets, [[reading]]);
    assert.equal(granted, false);
    assert.deepEqual(
      rights.map(({ effect }) => effect),
      ["allow", "deny"],
    );
    await host.stop();
  });

  it("gives nothing to another of its name that took its place while the person was asked", async () => {
    let host: Host | undefined;
    const window = {
      consent: async () => {
        const now = host?.supervisor.installed("plugin");
        assert.ok(now);
        const author = { $schema: manifestSchemaId, name: "plugin", author: { name: "Somebody else" } } as const;
        await host?.setInstalled([{ ...now, manifest: author }]);
        return true;
      },
    } as unknown as WindowPort;
    const plugin: ScriptedPlugin = {
      manifest: { offers: [{ name: "go", description: "Goes.", action: "read" }] },
      onRequest: (method, _params, { send }) =>
        method === "call" ? send("rights/request", { wants: [opening] }) : null,
    };
    ({ host } = await scriptedHost({ plugins: { plugin }, window }));
    const call = host.calls.call({ caller: "person", to: { plugin: "plugin" }, name: "go", args: {} });
    await assert.rejects(call, { kind: "denied", message: /Nothing is granted: plugin is not any more what it was/ });
    assert.deepEqual(host.rules.grantsOf("plugin"), []);
    await host.stop();
  });
});
