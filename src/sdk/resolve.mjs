/**
 * Lets a plugin import "@parley/sdk" wherever it lies: `node --import <sdk>/resolve.mjs main.js` answers that name, and
 * "@parley/sdk/testing", with the SDK beside this file, built (`.js`) or as source (`.ts`). Every other name is resolved as usual.
 */
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

const entries = { "@parley/sdk": locate("index"), "@parley/sdk/testing": locate("testing") };

if (typeof nodeModule.registerHooks === "function") {
  nodeModule.registerHooks({
    resolve: (name, context, next) =>
      Object.hasOwn(entries, name) ? { url: entries[name], shortCircuit: true } : next(name, context),
  });
} else {
  // Before Node 22.15 hooks run in a thread of their own and come from a module of their own.
  const hooks = `const entries = ${JSON.stringify(entries)};
    export const resolve = (name, context, next) =>
      Object.hasOwn(entries, name) ? { url: entries[name], shortCircuit: true } : next(name, context);`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

function locate(entry) {
  const built = new URL(`./${entry}.js`, import.meta.url);
  return existsSync(built) ? built.href : new URL(`./${entry}.ts`, import.meta.url).href;
}
