import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { ModelPort } from "../../../src/core/ports.ts";
import * as library from "../../../src/models/lazy.ts";
import { EndpointKeys } from "../../../src/vscode/endpointKeys.ts";
import { newEndpointId, readEndpoints, removeEndpoint, saveEndpoint } from "../../../src/vscode/endpoints.ts";
import { guideId, VscodeModels } from "../../../src/vscode/models.ts";
import { ask, runStep } from "../../support/modelSteps.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { until } from "../../support/until.ts";

const key = "sk-parley-host-0123456789";

const guide: ModelPort = {
  id: "guide",
  label: "Offline guide",
  kind: "rules",
  async *stream() {
    yield { type: "end", finish: "stop" };
  },
};

/** The secret storage's contract in memory; `broken` refuses like a machine without a keyring. */
function memorySecrets(broken = false) {
  const kept = new Map<string, string>();
  const refuse = () => {
    if (broken) throw new Error("no keyring");
  };
  const secrets = {
    get: async (name: string) => {
      refuse();
      return kept.get(name);
    },
    store: async (name: string, value: string) => {
      refuse();
      kept.set(name, value);
    },
    delete: async (name: string) => {
      refuse();
      kept.delete(name);
    },
    keys: async () => [...kept.keys()],
    onDidChange: new vscode.EventEmitter<vscode.SecretStorageChangeEvent>().event,
  } satisfies vscode.SecretStorage;
  return { secrets, kept };
}

describe("the models that a person can choose", () => {
  let server: OpenAIServer;
  let models: VscodeModels;
  let warnings: string[];
  let asked: string[];
  let answers: (string | undefined)[];
  let kept: Map<string, string>;
  const settings = () => vscode.workspace.getConfiguration("parley");
  const setting = (more: Partial<{ baseURL: string; needsKey: boolean }> = {}) => ({
    id: "scripted",
    label: "Scripted endpoint",
    baseURL: server.baseURL,
    model: "scripted",
    ...more,
  });

  function make(broken = false): VscodeModels {
    const memory = memorySecrets(broken);
    kept = memory.kept;
    const keys = new EndpointKeys(memory.secrets, async (endpoint, why) => {
      asked.push(`${endpoint.label}: ${why}`);
      return answers.shift();
    });
    const warn = (text: string) => void warnings.push(text);
    return new VscodeModels({ secrets: memory.secrets, guide, load: async () => library, warn, keys });
  }

  beforeEach(async () => {
    [warnings, asked, answers] = [[], [], []];
    server = await startOpenAIServer({ script: () => [{ text: "ok" }, { finish: "stop" }], key });
    models = make();
  });
  afterEach(async () => {
    models.dispose();
    await server.close();
    await settings().update("model", undefined, vscode.ConfigurationTarget.Global);
    await settings().update("models.endpoints", undefined, vscode.ConfigurationTarget.Global);
  });

  it("are the offline guide at first, without a word", async () => {
    assert.equal(models.selected(), guideId);
    assert.equal(await models.current(), guide);
    assert.deepEqual(warnings, []);
  });

  it("list the guide, endpoints and what VS Code offers", async () => {
    await saveEndpoint(setting());
    const list = await models.list();
    assert.deepEqual(
      list.map(({ id, kind }) => [id, kind]),
      [
        ["guide", "rules"],
        ["endpoint:scripted", "model"],
        ["vscode:parley-tests/scripted", "model"],
        ["vscode:parley-tests/small/1", "model"],
      ],
    );
  });

  it("answer through VS Code's API once chosen, and tell that the choice changed", async () => {
    let changes = 0;
    models.onDidChange(() => changes++);
    await models.select("vscode:parley-tests/small/1");
    await until("the change is told", () => changes > 0);
    const model = await models.current();
    assert.equal(model.label, "Scripted, small");
    assert.equal((await runStep(model, ask("Hello"))).text, "You said: Hello");
  });

  it("answer through an endpoint with the key that is kept, which stands in no setting", async () => {
    await models.keys.save(setting(), key);
    await saveEndpoint(setting({ needsKey: true }));
    await models.select("endpoint:scripted");
    const model = await models.current();
    assert.deepEqual([model.id, model.label, model.kind], ["endpoint:scripted", "Scripted endpoint", "model"]);
    assert.equal((await runStep(model, ask("Hello"))).text, "ok");
    assert.deepEqual(asked, []);
    assert.deepEqual([...kept.keys()], ["parley.key.scripted"]);
    assert.ok(!JSON.stringify(settings()).includes(key));
  });

  it("ask once for a key that is missing, keep it, and go on", async () => {
    await saveEndpoint(setting({ needsKey: true }));
    await models.select("endpoint:scripted");
    answers = [` ${key}\n`];
    const model = await models.current();
    const both = await Promise.all([runStep(model, ask("Hello")), runStep(model, ask("Hello"))]);
    assert.deepEqual(
      both.map(({ text }) => text),
      ["ok", "ok"],
    );
    assert.deepEqual(asked, ["Scripted endpoint: Its key is not in the secret storage."]);
    assert.ok(kept.get("parley.key.scripted")?.includes(key));
  });

  it("say what to do when the person gives no key", async () => {
    await saveEndpoint(setting({ needsKey: true }));
    await models.select("endpoint:scripted");
    const { failure } = await runStep(await models.current(), ask("Hello"));
    assert.equal(failure?.kind, "denied");
    assert.match(failure.message, /There is no key for Scripted endpoint/);
    assert.match(failure.todo ?? "", /Parley: Connect a Model/);
    assert.equal(server.requests.length, 0);
  });

  it("hand no key to another address than it was given for", async () => {
    await models.keys.save(setting(), key);
    const other = await startOpenAIServer({ script: () => [{ text: "thanks" }, { finish: "stop" }] });
    await saveEndpoint(setting({ baseURL: other.baseURL, needsKey: true }));
    await models.select("endpoint:scripted");
    const { failure } = await runStep(await models.current(), ask("Hello"));
    assert.equal(failure?.kind, "denied");
    assert.match(asked[0] ?? "", /another one than the key was given for/);
    assert.equal(other.requests.length, 0);
    await other.close();
  });

  it("work for the window's life where the secret storage refuses", async () => {
    models.dispose();
    models = make(true);
    assert.equal(await models.keys.save(setting(), key), false);
    await saveEndpoint(setting({ needsKey: true }));
    await models.select("endpoint:scripted");
    assert.equal((await runStep(await models.current(), ask("Hello"))).text, "ok");
    await models.keys.forget("scripted");
    answers = [key];
    assert.equal((await runStep(await models.current(), ask("Hello"))).text, "ok");
    assert.match(asked[0] ?? "", /secret storage cannot be read/);
  });

  it("fall back to the guide when the chosen one is gone, and say so once", async () => {
    await saveEndpoint(setting());
    await models.select("endpoint:scripted");
    await removeEndpoint("scripted");
    await until("the setting is gone", () => readEndpoints().endpoints.length === 0);
    assert.equal(await models.current(), guide);
    assert.equal(await models.current(), guide);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /"endpoint:scripted" is chosen as the model.*The offline guide answers/);
  });

  it("refuse a choice that does not exist", async () => {
    for (const id of ["endpoint:nothing", "vscode:parley-tests/nothing", "nonsense"]) {
      await assert.rejects(models.select(id), { kind: "notFound" });
    }
    assert.equal(models.selected(), guideId);
  });

  it("say which entry of the settings is wrong, and keep the others", async () => {
    const value = [
      7,
      { id: "a b" },
      { id: "a", baseURL: "x" },
      { id: "b", baseURL: "http://x/v1" },
      setting(),
      setting(),
      { ...setting(), id: "c", contextWindow: 8.5 },
      { ...setting(), id: "d", contextWindow: 8_000 },
    ];
    await settings().update("models.endpoints", value, vscode.ConfigurationTarget.Global);
    await settings().update("model", "endpoint:b", vscode.ConfigurationTarget.Global);
    assert.deepEqual(readEndpoints(), {
      endpoints: [setting(), { ...setting(), id: "d", contextWindow: 8_000 }],
      problems: [
        "parley.models.endpoints, entry 1: it is not an object.",
        'parley.models.endpoints, entry 2: "id" must be 1 to 64 letters, digits, ".", "-" or "_".',
        'parley.models.endpoints, entry 3: "baseURL" of "a" is not a URL.',
        'parley.models.endpoints, entry 4: "model" of "b" is missing.',
        'parley.models.endpoints, entry 6: the id "scripted" is used twice.',
        'parley.models.endpoints, entry 7: "contextWindow" of "c" must be a whole number of tokens, at least 1,000.',
      ],
    });
    await models.current();
    assert.match(warnings[0] ?? "", /entry 4: "model" of "b" is missing/);
    assert.equal(newEndpointId("Scripted"), "scripted-2");
    assert.equal(newEndpointId("Größe/7B (Ollama)"), "gr-e-7b-ollama");
  });
});
