import assert from "node:assert/strict";
import type * as vscode from "vscode";
import { Secrets } from "../../../src/core/config/secrets.ts";
import { watched as watching } from "../../../src/vscode/knownSecrets.ts";

describe("secrets that the window knows", () => {
  function storage(values: Record<string, string>): vscode.SecretStorage {
    const kept = new Map(Object.entries(values));
    return {
      get: async (key) => kept.get(key),
      store: async (key, value) => void kept.set(key, value),
      delete: async (key) => void kept.delete(key),
      keys: async () => [...kept.keys()],
      onDidChange: () => ({ dispose() {} }),
    };
  }

  it("are those that were read or stored, alone or inside of JSON, as they are and as they are written in texts", async () => {
    const known = new Secrets();
    const watched = watching(
      storage({ plain: 'pa"ss word', json: '{"origin":"https://x.example","key":"k-123456"}' }),
      known,
    );
    assert.equal(known.redact("k-123456"), "k-123456", "nothing was read yet");
    assert.equal(await watched.get("plain"), 'pa"ss word');
    await watched.get("json");
    await watched.get("none");
    await watched.store("new", JSON.stringify({ plugin: "tok-987654" }));
    assert.equal(await watched.get("new"), '{"plugin":"tok-987654"}');
    assert.equal(
      known.redact('pa"ss word, pa\\"ss word, pa%22ss%20word, k-123456 at https://x.example, tok-987654'),
      "•••, •••, •••, ••• at https://x.example, •••",
    );
    await watched.delete("new");
    assert.deepEqual(await watched.keys(), ["plain", "json"]);
  });

  it("are not ordinary words", async () => {
    const known = new Secrets();
    const watched = watching(storage({}), known);
    await watched.store("short", "on");
    await watched.store("parley.traceHeaders", '{"dataset":"parley","authorization":"Bearer 0123456789"}');
    assert.equal(known.redact("on and on, parley, Bearer 0123456789"), "on and on, parley, •••");
  });
});
