/**
 * Lets a plugin import "@parley/sdk" wherever it lies: `node --import <sdk>/resolve.mjs main.js` answers that name with the
 * SDK beside this file, built (`index.js`) or as source (`index.ts`). Every other name is resolved as usual.
 */
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

const built = new URL("./index.js", import.meta.url);
const sdk = existsSync(built) ? built.href : new URL("./index.ts", import.meta.url).href;

if (typeof nodeModule.registerHooks === "function") {
  nodeModule.registerHooks({
    resolve: (name, context, next) => (name === "@parley/sdk" ? { url: sdk, shortCircuit: true } : next(name, context)),
  });
} else {
  // Before Node 22.15 hooks run in a thread of their own and come from a module of their own.
  const hooks = `export const resolve = (name, context, next) =>
    name === "@parley/sdk" ? { url: ${JSON.stringify(sdk)}, shortCircuit: true } : next(name, context);`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
