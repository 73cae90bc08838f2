/**
 * What the rest of Parley uses of this folder. Load it with `import()` on first use: it brings the AI SDK's provider
 * and its schemas along.
 */
export { type Address, parseAddress } from "./address.ts";
export { findLocalServers, type LocalServer, listModels } from "./catalogue.ts";
export { createOpenAICompatible, type OpenAICompatibleOptions } from "./openaiCompatible.ts";
