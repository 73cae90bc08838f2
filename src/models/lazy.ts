/**
 * What the rest of Parley uses of this folder. Load it with `import()` on first use: it brings the AI SDK's provider
 * and its schemas along. It must be a chunk of the extension's own build and no bundle beside it: the `Failure` that it
 * throws would be another class then.
 */
export { type Address, parseAddress } from "./address.ts";
export { findLocalServers, type LocalServer, listModels } from "./catalogue.ts";
export { createOpenAICompatible, type OpenAICompatibleOptions } from "./openaiCompatible.ts";
