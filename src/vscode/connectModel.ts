import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import {
  type EndpointSetting,
  endpointModelId,
  newEndpointId,
  readEndpoints,
  removeEndpoint,
  saveEndpoint,
} from "./endpoints.ts";
import { guideId, type ModelLibrary, type VscodeModels } from "./models.ts";

interface Choice extends vscode.QuickPickItem {
  /** Answers the id of the model to use, or undefined when the person left. */
  readonly run?: () => Promise<string | undefined>;
}

/**
 * Leads the person to a model: one that VS Code offers, a server on this machine, or any OpenAI-compatible endpoint.
 * Answers the id of the model that is now chosen, or undefined when the person left on the way; then nothing changed.
 */
export async function connectModel(models: VscodeModels): Promise<string | undefined> {
  const library = await models.load();
  const choice = await vscode.window.showQuickPick(choices(models, library), {
    title: "Connect a Model",
    placeHolder: "Where should Parley's answers come from?",
    matchOnDetail: true,
  });
  const id = await choice?.run?.();
  if (id !== undefined) await models.select(id);
  return id;
}

/** Chooses among the models that are connected already. Answers the id, or undefined when the person left. */
export async function pickModel(models: VscodeModels): Promise<string | undefined> {
  const selected = models.selected();
  const items = models.list().then((list) => [
    ...list.map((model) => ({
      id: model.id,
      label: `${model.id === selected ? "$(check) " : ""}${model.label}`,
      description: model.detail,
    })),
    { id: undefined, label: "$(add) Connect a Model…", description: "" },
  ]);
  const choice = await vscode.window.showQuickPick(items, { title: "Choose a Model", matchOnDescription: true });
  if (!choice) return undefined;
  if (choice.id === undefined) return connectModel(models);
  await models.select(choice.id);
  return choice.id;
}

async function choices(models: VscodeModels, library: ModelLibrary): Promise<Choice[]> {
  const [list, servers] = await Promise.all([models.list(), library.findLocalServers()]);
  const { endpoints } = readEndpoints();
  const heading = (label: string): Choice => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const group = (label: string, items: Choice[]) => (items.length > 0 ? [heading(label), ...items] : []);
  return [
    ...group(
      "From VS Code",
      list
        .filter(({ id }) => id.startsWith("vscode:"))
        .map(({ id, label, detail }) => ({ label, detail, run: async () => id })),
    ),
    ...group(
      "On this machine",
      servers.map((server) => ({
        label: server.label,
        detail: `${server.models.length} ${server.models.length === 1 ? "model" : "models"} at ${server.baseURL}`,
        run: () => connectServer(server),
      })),
    ),
    ...group(
      "Connected",
      endpoints.map((endpoint) => ({
        label: endpoint.label,
        detail: `${endpoint.model} at ${new URL(endpoint.baseURL).host}`,
        run: () => manageEndpoint(models, endpoint),
      })),
    ),
    heading("More"),
    {
      label: "OpenAI-compatible endpoint…",
      detail: "An address and a key: OpenRouter, vLLM, llama.cpp, a server of your own",
      run: () => connectEndpoint(models, library),
    },
    { label: "Offline guide", detail: "No model: works by rules, offline", run: async () => guideId },
  ];
}

async function connectServer(server: {
  label: string;
  baseURL: string;
  models: string[];
}): Promise<string | undefined> {
  const model = await pickName(server.models);
  if (model === undefined) return undefined;
  return keep({ label: `${model} (${server.label})`, baseURL: server.baseURL, model });
}

async function connectEndpoint(models: VscodeModels, library: ModelLibrary): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: "OpenAI-compatible endpoint",
    prompt: "Its address, usually ending in /v1",
    placeHolder: "https://openrouter.ai/api/v1",
    ignoreFocusOut: true,
    validateInput: (text) => addressProblem(library, text),
  });
  if (typed === undefined) return undefined;
  const baseURL = typed.trim();
  const { host } = new URL(baseURL);
  const key = await askForKey(host, "Leave it empty where none is needed.");
  if (key === undefined) return undefined;
  const model = await chooseModel(library, baseURL, key);
  if (model === undefined) return undefined;
  const label = `${model} (${host})`;
  return keep({ label, baseURL, model, ...(key ? { needsKey: true } : {}) }, (endpoint) =>
    saveKey(models, endpoint, key),
  );
}

async function manageEndpoint(models: VscodeModels, endpoint: EndpointSetting): Promise<string | undefined> {
  const use = "Use it";
  const replace = "Replace its key…";
  const remove = "Remove it and its key";
  const choice = await vscode.window.showQuickPick([use, replace, remove], { title: endpoint.label });
  if (choice === undefined) return undefined;
  if (choice === replace) {
    const key = await askForKey(endpoint.label, "It replaces the one that is kept.");
    if (!key) return undefined;
    await saveKey(models, endpoint, key);
    await saveEndpoint({ ...endpoint, needsKey: true });
  }
  if (choice === remove) {
    await models.keys.forget(endpoint.id);
    await removeEndpoint(endpoint.id);
    return models.selected() === endpointModelId(endpoint) ? guideId : undefined;
  }
  return endpointModelId(endpoint);
}

/** The list that the endpoint gives; where it gives none, the person may type the name. */
async function chooseModel(library: ModelLibrary, baseURL: string, key: string): Promise<string | undefined> {
  try {
    const listing = library.listModels({ baseURL, ...(key ? { apiKey: key } : {}) });
    const names = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `Asking ${new URL(baseURL).host} for its models…` },
      () => listing,
    );
    if (names.length > 0) return await pickName(names);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const type = "Type the Model's Name";
    const text = [error.message, error.todo].join(" ");
    if ((await vscode.window.showErrorMessage(text, type)) !== type) return undefined;
  }
  const name = await vscode.window.showInputBox({ title: "The model's name at this endpoint", ignoreFocusOut: true });
  return name?.trim() || undefined;
}

async function pickName(names: readonly string[]): Promise<string | undefined> {
  if (names.length === 1) return names[0];
  return vscode.window.showQuickPick(names, { title: "Which model?" });
}

async function askForKey(whose: string, hint: string): Promise<string | undefined> {
  const key = await vscode.window.showInputBox({
    title: `Key for ${whose}`,
    prompt: `${hint} It is kept in VS Code's secret storage, never in the settings.`,
    password: true,
    ignoreFocusOut: true,
  });
  return key?.trim();
}

async function saveKey(models: VscodeModels, endpoint: EndpointSetting, key: string): Promise<void> {
  if (!key || (await models.keys.save(endpoint, key))) return;
  void vscode.window.showWarningMessage(
    "VS Code's secret storage took no key; Parley will ask for it in each new window.",
  );
}

/** Writes the endpoint down under a new id; the key first, so that a listener to the settings finds it. */
async function keep(
  made: Omit<EndpointSetting, "id">,
  before: (endpoint: EndpointSetting) => Promise<void> = async () => {},
): Promise<string> {
  const known = readEndpoints().endpoints.find((one) => one.baseURL === made.baseURL && one.model === made.model);
  const endpoint = { id: known?.id ?? newEndpointId(made.label), ...made };
  await before(endpoint);
  await saveEndpoint(endpoint);
  return endpointModelId(endpoint);
}

function addressProblem(library: ModelLibrary, text: string): vscode.InputBoxValidationMessage | undefined {
  try {
    const { loopback, base } = library.parseAddress(text);
    if (loopback || base.startsWith("https:")) return undefined;
    const message = "Without https the key and all that you send can be read on the way.";
    return { message, severity: vscode.InputBoxValidationSeverity.Warning };
  } catch (error) {
    const message = error instanceof Failure ? [error.message, error.todo].join(" ") : String(error);
    return { message, severity: vscode.InputBoxValidationSeverity.Error };
  }
}
