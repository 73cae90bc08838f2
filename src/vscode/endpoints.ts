import * as vscode from "vscode";

/** One endpoint as it stands in the setting `parley.models.endpoints`. It never holds a key. */
export interface EndpointSetting {
  readonly id: string;
  readonly label: string;
  readonly baseURL: string;
  readonly model: string;
  /** Set where a key belongs to it; a key that is missing is asked for again. */
  readonly needsKey?: boolean;
  /** Tokens of its context window, where the person knows. */
  readonly contextWindow?: number;
}

/** Settings of models, below `parley.`. Both are of scope `machine`: no workspace may send a key elsewhere. */
export const modelSettings = { endpoints: "models.endpoints", model: "model" } as const;

/** The id under which the person chooses an endpoint. */
export function endpointModelId(endpoint: { id: string }): string {
  return `endpoint:${endpoint.id}`;
}

/** The endpoints that are written down well, and a sentence for each that is not. */
export function readEndpoints(): { endpoints: EndpointSetting[]; problems: string[] } {
  const value = vscode.workspace.getConfiguration("parley").get<unknown>(modelSettings.endpoints, []);
  if (!Array.isArray(value)) return { endpoints: [], problems: ["The setting parley.models.endpoints is not a list."] };
  const endpoints: EndpointSetting[] = [];
  const problems: string[] = [];
  for (const [index, entry] of value.entries()) {
    const read = readEndpoint(entry);
    const name = `parley.models.endpoints, entry ${index + 1}`;
    if (typeof read === "string") problems.push(`${name}: ${read}`);
    else if (endpoints.some(({ id }) => id === read.id)) problems.push(`${name}: the id "${read.id}" is used twice.`);
    else endpoints.push(read);
  }
  return { endpoints, problems };
}

/** Adds an endpoint, or replaces the one with its id. Entries that cannot be read are left as the person wrote them. */
export async function saveEndpoint(endpoint: EndpointSetting): Promise<void> {
  await writeEndpoints((entries) => {
    const at = entries.findIndex((entry) => idOf(entry) === endpoint.id);
    return at < 0 ? [...entries, endpoint] : entries.with(at, endpoint);
  });
}

export async function removeEndpoint(id: string): Promise<void> {
  await writeEndpoints((entries) => entries.filter((entry) => idOf(entry) !== id));
}

/** An id that no endpoint has yet, made of a label: letters, digits, `.`, `-` and `_`. */
export function newEndpointId(label: string): string {
  const taken = new Set(readEndpoints().endpoints.map(({ id }) => id));
  const words = label
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 48);
  const stem = /^[a-z0-9]/.test(words) ? words : "model";
  let id = stem;
  for (let n = 2; taken.has(id); n++) id = `${stem}-${n}`;
  return id;
}

async function writeEndpoints(change: (entries: unknown[]) => unknown[]): Promise<void> {
  const settings = vscode.workspace.getConfiguration("parley");
  const value = settings.get<unknown>(modelSettings.endpoints, []);
  const entries = change(Array.isArray(value) ? value : []);
  await settings.update(modelSettings.endpoints, entries, vscode.ConfigurationTarget.Global);
}

function readEndpoint(entry: unknown): EndpointSetting | string {
  if (typeof entry !== "object" || entry === null) return "it is not an object.";
  const { id, label, baseURL, model, needsKey, contextWindow } = entry as Record<string, unknown>;
  if (typeof id !== "string" || !/^[\w.-]{1,64}$/.test(id)) {
    return '"id" must be 1 to 64 letters, digits, ".", "-" or "_".';
  }
  if (typeof baseURL !== "string" || !URL.canParse(baseURL)) return `"baseURL" of "${id}" is not a URL.`;
  if (typeof model !== "string" || model === "") return `"model" of "${id}" is missing.`;
  const known = contextWindow === undefined || (Number.isInteger(contextWindow) && Number(contextWindow) >= 1_000);
  if (!known) return `"contextWindow" of "${id}" must be a whole number of tokens, at least 1,000.`;
  return {
    id,
    baseURL,
    model,
    ...(contextWindow === undefined ? {} : { contextWindow: Number(contextWindow) }),
    label: typeof label === "string" && label !== "" ? label : id,
    ...(needsKey === true ? { needsKey } : {}),
  };
}

function idOf(entry: unknown): unknown {
  return typeof entry === "object" && entry !== null ? (entry as { id?: unknown }).id : undefined;
}
