import type { HostInfo } from "../../src/core/plugins/options.ts";
import type { InitializeParams } from "../../src/protocol/plugin/lifecycle.ts";

/** What a host of the tests says of itself: the least that fits. */
export const hostInfo: HostInfo = {
  host: { name: "test", version: "0", tools: {} },
  processId: process.pid,
  workspaceFolders: [],
  capabilities: {},
  grants: [],
  limits: {},
  config: {},
  trace: "off",
  locale: "en",
};

/** What such a host says to a plugin first. */
export function initializeParams(id: string, more: Partial<InitializeParams> = {}): InitializeParams {
  const plugin = { id, name: id, version: "1.0.0", root: "/", dataDir: "/", runDir: "/" };
  return { protocolVersion: 1, ...hostInfo, plugin, epoch: 1, ...more };
}
