import * as vscode from "vscode";
import { type Disposable, Scope } from "../base/dispose.ts";
import { Emitter } from "../base/emitter.ts";
import { Failure } from "../base/failure.ts";
import type { ModelPort, ModelsPort } from "../core/ports.ts";
import { commandIds } from "./commandIds.ts";
import { EndpointKeys } from "./endpointKeys.ts";
import { type EndpointSetting, endpointModelId, modelSettings, readEndpoints } from "./endpoints.ts";
import { createLanguageModel, languageModelId, parseLanguageModelId } from "./languageModels.ts";

/** What is loaded on first use: `src/models/lazy.ts`, as this folder sees it. */
export interface ModelLibrary {
  createOpenAICompatible(options: {
    id: string;
    label: string;
    baseURL: string;
    model: string;
    apiKey?: () => Promise<string | undefined>;
  }): ModelPort;
  listModels(from: { baseURL: string; apiKey?: string }): Promise<string[]>;
  findLocalServers(): Promise<{ label: string; baseURL: string; models: string[] }[]>;
  /** Throws a `Failure` that says what is wrong with an address. */
  parseAddress(baseURL: string): { base: string; loopback: boolean };
}

export interface VscodeModelsParts {
  readonly secrets: vscode.SecretStorage;
  /** What answers where no model is chosen, or the chosen one is missing. */
  readonly guide: ModelPort;
  readonly load: () => Promise<ModelLibrary>;
  /** Says that the chosen model is missing; the default is a notification with a button. Called once for each. */
  readonly warn?: (text: string) => void;
  readonly keys?: EndpointKeys;
}

/** The setting's value for the offline guide; its default. */
export const guideId = "guide";

/**
 * The models that the person can choose: the offline guide (`guide`), the endpoints of the settings (`endpoint:<id>`)
 * and those of VS Code (`vscode:<vendor>/<id>`). The choice is the setting `parley.model`.
 */
export class VscodeModels implements ModelsPort, Disposable {
  readonly keys: EndpointKeys;
  readonly load: () => Promise<ModelLibrary>;
  readonly #guide: ModelPort;
  readonly #warn: (text: string) => void;
  readonly #changed = new Emitter<void>();
  readonly #scope = new Scope("models");
  /** Missing models that were told already. */
  readonly #told = new Set<string>();

  constructor(parts: VscodeModelsParts) {
    this.keys = parts.keys ?? new EndpointKeys(parts.secrets);
    this.load = parts.load;
    this.#guide = parts.guide;
    this.#warn = parts.warn ?? warnWithButton;
    this.#scope.add(this.#changed);
    this.#scope.add(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (Object.values(modelSettings).some((name) => change.affectsConfiguration(`parley.${name}`))) this.#change();
      }),
    );
    this.#scope.add(vscode.lm.onDidChangeChatModels(() => this.#change()));
  }

  readonly onDidChange: ModelsPort["onDidChange"] = (listener) => this.#changed.event(listener);

  dispose(): void {
    this.#scope.dispose();
  }

  /** The chosen model; the guide, with a word to the person, where that is not to be had. */
  async current(): Promise<ModelPort> {
    const id = this.selected();
    if (id === guideId) return this.#guide;
    const model = await this.#find(id);
    if (model) return model;
    if (!this.#told.has(id)) {
      this.#told.add(id);
      const { problems } = readEndpoints();
      const why = ["There is no such model now.", ...problems].join(" ");
      this.#warn(`"${id}" is chosen as the model. ${why} The offline guide answers until it is there.`);
    }
    return this.#guide;
  }

  /** The id of the choice, whether or not there is such a model. */
  selected(): string {
    const id = vscode.workspace.getConfiguration("parley").get<unknown>(modelSettings.model);
    return typeof id === "string" && id !== "" ? id : guideId;
  }

  async list(): Promise<{ id: string; label: string; detail: string; kind: "model" | "rules" }[]> {
    const { endpoints } = readEndpoints();
    const offered = await vscode.lm.selectChatModels({});
    return [
      { id: guideId, label: this.#guide.label, detail: "No model: works by rules, offline", kind: this.#guide.kind },
      ...endpoints.map((endpoint) => ({
        id: endpointModelId(endpoint),
        label: endpoint.label,
        detail: `${endpoint.model} at ${new URL(endpoint.baseURL).host}`,
        kind: "model" as const,
      })),
      ...offered.map((model) => ({
        id: languageModelId(model),
        label: model.name,
        detail: `VS Code, from ${model.vendor}`,
        kind: "model" as const,
      })),
    ];
  }

  /** @throws Failure `notFound` where there is no such model */
  async select(id: string): Promise<void> {
    if (id !== guideId && !(await this.#find(id))) {
      throw new Failure("notFound", `There is no model "${id}".`, { todo: "Run Parley: Connect a Model." });
    }
    const settings = vscode.workspace.getConfiguration("parley");
    await settings.update(modelSettings.model, id, vscode.ConfigurationTarget.Global);
  }

  async #find(id: string): Promise<ModelPort | undefined> {
    const offered = parseLanguageModelId(id);
    if (offered) {
      const [model] = await vscode.lm.selectChatModels(offered);
      return model && createLanguageModel(model);
    }
    const endpoint = readEndpoints().endpoints.find((one) => endpointModelId(one) === id || one.id === id);
    return endpoint && this.#endpoint(endpoint);
  }

  /** The library is loaded with the first request, so that showing a name costs nothing. */
  #endpoint(endpoint: EndpointSetting): ModelPort {
    const id = endpointModelId(endpoint);
    const { keys, load } = this;
    const apiKey = () => keys.get(endpoint);
    return {
      id,
      label: endpoint.label,
      kind: "model",
      ...(endpoint.contextWindow === undefined ? {} : { contextWindow: endpoint.contextWindow }),
      async *stream(request, signal) {
        const { createOpenAICompatible } = await load();
        yield* createOpenAICompatible({ ...endpoint, id, apiKey }).stream(request, signal);
      },
    };
  }

  #change(): void {
    this.#told.clear();
    this.#changed.fire();
  }
}

function warnWithButton(text: string): void {
  const connect = "Connect a Model";
  void vscode.window.showWarningMessage(text, connect).then((chosen) => {
    if (chosen === connect) void vscode.commands.executeCommand(commandIds.connectModel);
  });
}
