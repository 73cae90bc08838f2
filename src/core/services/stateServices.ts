import type { PluginState, StateCaller } from "../state/state.ts";
import type { ServiceContext, ServiceTable } from "./service.ts";

/** State; the scopes' own rights and limits are decided by `PluginState`, which knows what a scope stands for. */
export function stateServices(
  state: PluginState,
  workspace: () => string | undefined,
): Pick<ServiceTable, "state/get" | "state/set" | "state/delete" | "state/list"> {
  const caller = ({ session, conversation }: ServiceContext): StateCaller => ({
    plugin: session.plugin,
    principal: session.principal,
    home: session.home,
    conversation,
    workspace: workspace(),
  });
  return {
    "state/get": { handle: (params, context) => state.get(caller(context), params) },
    "state/set": { handle: (params, context) => state.set(caller(context), params) },
    "state/delete": { handle: (params, context) => state.delete(caller(context), params) },
    "state/list": { handle: (params, context) => state.list(caller(context), params) },
  };
}
