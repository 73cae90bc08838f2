import type * as vscode from "vscode";
import type { Secrets } from "../core/config/secrets.ts";

/** Where the headers are that traces are sent with: not every one of them is a secret. */
export const traceHeadersKey = "parley.traceHeaders";
const leastOfHeaders = 16;

/**
 * The same storage; what is read from it or stored is known as a secret for as long as the window lives, and remembered
 * nowhere else.
 */
export function watched(storage: vscode.SecretStorage, secrets: Secrets): vscode.SecretStorage {
  const note = (key: string, value: string) =>
    secrets.note(value, key === traceHeadersKey ? leastOfHeaders : undefined);
  return {
    get: async (key) => {
      const value = await storage.get(key);
      if (value !== undefined) note(key, value);
      return value;
    },
    store: async (key, value) => {
      note(key, value);
      await storage.store(key, value);
    },
    delete: (key) => storage.delete(key),
    keys: () => storage.keys(),
    onDidChange: storage.onDidChange,
  };
}
