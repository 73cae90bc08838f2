/** Plugins whose calls wait until the test answers them. */
import { FakeClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

export type Params = Record<string, unknown>;
type Send = (method: string, params: Params) => Promise<unknown>;
interface Heard {
  name: string;
  meta: { callId: string; deadlineMs?: number };
  args: Params;
  send: Send;
  progress: (value: Params) => void;
  signal: AbortSignal;
  answer: (value: unknown) => void;
}

export const want = (target: string, action = "read") => ({ verb: "call", target, action, why: "for the test" });

/** A plugin whose calls wait in a list until the test answers them. */
function waiting(manifest: Params): { plugin: ScriptedPlugin; heard: Heard[] } {
  const heard: Heard[] = [];
  const plugin: ScriptedPlugin = {
    manifest,
    onRequest(method, params, { send, progress, signal }) {
      if (method !== "call") return {};
      const answer = deferred<unknown>();
      const { name, _meta: meta, args } = params as { name: string; _meta: Heard["meta"]; args: Params };
      heard.push({ name, meta, args, send, progress, signal, answer: answer.resolve });
      return answer.promise;
    },
  };
  return { plugin, heard };
}

export const offer = (name: string, more: Params = {}) => ({ name, description: "An offer.", action: "read", ...more });

/** A host with plugins of these manifests. `person` calls one; `next` waits for the first call of a plugin, or a later one. */
export async function start(parts: Record<string, Params>, model?: Parameters<typeof scriptedHost>[0]["model"]) {
  const clock = new FakeClock(1_000);
  const plugins = Object.fromEntries(Object.entries(parts).map(([name, manifest]) => [name, waiting(manifest)]));
  const { host, store } = await scriptedHost({
    clock,
    model,
    plugins: Object.fromEntries(Object.entries(plugins).map(([name, { plugin }]) => [name, plugin])),
  });
  const person = (plugin: string, name = "go", more: object = {}) =>
    host.calls.call({ caller: "person", to: { plugin }, name, args: {}, ...more });
  const next = async (plugin: string, count = 1) =>
    await until(`${plugin} is called`, () => plugins[plugin]?.heard[count - 1]);
  return { clock, host, store, person, next };
}
