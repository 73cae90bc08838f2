import assert from "node:assert/strict";
import * as vscode from "vscode";
import * as library from "../../../src/models/lazy.ts";
import { connectModel, pickModel } from "../../../src/vscode/connectModel.ts";
import { readEndpoints } from "../../../src/vscode/endpoints.ts";
import { VscodeModels } from "../../../src/vscode/models.ts";
import { ask, runStep } from "../../support/modelSteps.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { until } from "../../support/until.ts";

const key = "sk-parley-connect-0123456789";

/** Stands in for the person: each dialog takes the next answer, and what it showed is kept. */
class Person {
  readonly shown: string[] = [];
  readonly passwords: boolean[] = [];
  readonly answers: (string | undefined)[];
  readonly #real = {
    showQuickPick: vscode.window.showQuickPick,
    showInputBox: vscode.window.showInputBox,
    showErrorMessage: vscode.window.showErrorMessage,
  };

  constructor(...answers: (string | undefined)[]) {
    this.answers = answers;
    const pick = async (
      items: readonly (string | vscode.QuickPickItem)[] | Thenable<readonly vscode.QuickPickItem[]>,
    ) => {
      const list = await items;
      const labels = list.map((item) => (typeof item === "string" ? item : item.label));
      this.shown.push(labels.join(", "));
      const answer = this.answers.shift();
      if (answer === undefined) return undefined;
      const at = labels.findIndex((label) => label.includes(answer));
      assert.ok(at >= 0, `"${answer}" is not among ${labels.join(", ")}`);
      return list[at];
    };
    const type = async (options: vscode.InputBoxOptions) => {
      this.shown.push(options.title ?? "");
      this.passwords.push(options.password === true);
      const answer = this.answers.shift();
      const problem = answer === undefined ? undefined : await options.validateInput?.(answer);
      if (problem) this.shown.push(typeof problem === "string" ? problem : problem.message);
      return answer;
    };
    const say = async (text: string) => {
      this.shown.push(text);
      return this.answers.shift();
    };
    Object.assign(vscode.window, { showQuickPick: pick, showInputBox: type, showErrorMessage: say });
  }

  leave(): void {
    Object.assign(vscode.window, this.#real);
  }
}

describe("Parley: Connect a Model", () => {
  let server: OpenAIServer;
  let local: OpenAIServer;
  let models: VscodeModels;
  let person: Person | undefined;
  const kept = new Map<string, string>();
  const settings = () => vscode.workspace.getConfiguration("parley");

  beforeEach(async () => {
    kept.clear();
    const script = () => [{ text: "ok" }, { finish: "stop" }];
    server = await startOpenAIServer({ script, key, models: ["big", "small"] });
    local = await startOpenAIServer({ script, models: ["llama"] });
    const secrets: vscode.SecretStorage = {
      get: async (name) => kept.get(name),
      store: async (name, value) => void kept.set(name, value),
      delete: async (name) => void kept.delete(name),
      keys: async () => [...kept.keys()],
      onDidChange: new vscode.EventEmitter<vscode.SecretStorageChangeEvent>().event,
    };
    const findLocalServers = () => library.findLocalServers([{ label: "Local thing", baseURL: local.baseURL }]);
    models = new VscodeModels({
      secrets,
      guide: { id: "guide", label: "Offline guide", kind: "rules", stream: () => assert.fail("not asked") },
      load: async () => ({ ...library, findLocalServers }),
      warn: (text) => assert.fail(text),
    });
  });
  afterEach(async () => {
    person?.leave();
    models.dispose();
    await server.close();
    await local.close();
    await settings().update("model", undefined, vscode.ConfigurationTarget.Global);
    await settings().update("models.endpoints", undefined, vscode.ConfigurationTarget.Global);
  });

  async function answer(): Promise<string> {
    return (await runStep(await models.current(), ask("Hello"))).text;
  }

  it("leads to a model that VS Code offers", async () => {
    person = new Person("Scripted, small");
    assert.equal(await connectModel(models), "vscode:parley-tests/small/1");
    assert.equal(models.selected(), "vscode:parley-tests/small/1");
    assert.equal(await answer(), "You said: Hello");
  });

  it("leads to a server on this machine, and asks no key", async () => {
    person = new Person("Local thing");
    assert.equal(await connectModel(models), "endpoint:llama-local-thing");
    assert.deepEqual(readEndpoints().endpoints, [
      { id: "llama-local-thing", label: "llama (Local thing)", baseURL: local.baseURL, model: "llama" },
    ]);
    assert.equal(await answer(), "ok");
    assert.equal(person.shown.length, 1);
  });

  it("leads to an endpoint with a key, which goes into the secret storage only", async () => {
    person = new Person("OpenAI-compatible endpoint", server.baseURL, key, "small");
    const id = await connectModel(models);
    const [endpoint] = readEndpoints().endpoints;
    assert.equal(id, `endpoint:${endpoint?.id}`);
    assert.deepEqual([endpoint?.model, endpoint?.needsKey], ["small", true]);
    assert.deepEqual(person.passwords, [false, true]);
    assert.equal(await answer(), "ok");
    assert.ok(!JSON.stringify([settings(), person.shown]).includes(key));
    assert.deepEqual([...kept.keys()], [`parley.key.${endpoint?.id}`]);
  });

  it("says why an address or a key does not do, and changes nothing when the person leaves", async () => {
    person = new Person("OpenAI-compatible endpoint", server.baseURL, "sk-not-this-one", undefined);
    assert.equal(await connectModel(models), undefined);
    assert.match(person.shown.at(-1) ?? "", /the key was refused.*Parley: Connect a Model/);
    person.leave();
    for (const [address, word] of [
      ["nonsense", /not an http or https URL/],
      ["http://models.example/v1", /Without https/],
    ] as const) {
      person = new Person("OpenAI-compatible endpoint", address);
      await connectModel(models).catch(() => {});
      assert.ok(
        person.shown.some((text) => word.test(text)),
        person.shown.join("\n"),
      );
      person.leave();
    }
    assert.deepEqual(readEndpoints().endpoints, []);
    assert.equal(models.selected(), "guide");
    assert.equal(kept.size, 0);
  });

  it("replaces a key, and removes an endpoint with its key", async () => {
    person = new Person("OpenAI-compatible endpoint", server.baseURL, key, "big");
    await connectModel(models);
    person.leave();
    person = new Person("big (", "Replace its key", "sk-another-key");
    await connectModel(models);
    assert.ok([...kept.values()][0]?.includes("sk-another-key"));
    person.leave();
    person = new Person("big (", "Remove it");
    assert.equal(await connectModel(models), "guide");
    await until("the setting is gone", () => readEndpoints().endpoints.length === 0);
    assert.equal(kept.size, 0);
    assert.equal(models.selected(), "guide");
  });

  it("offers what is connected to choose from, with a mark at the choice", async () => {
    person = new Person("Scripted, small");
    assert.equal(await pickModel(models), "vscode:parley-tests/small/1");
    person.leave();
    person = new Person("Offline guide");
    assert.equal(await pickModel(models), "guide");
    assert.match(person.shown[0] ?? "", /\$\(check\) Scripted, small/);
  });
});
