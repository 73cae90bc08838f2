import { Failure } from "../../base/failure.ts";
import type { Capabilities } from "../../protocol/plugin/lifecycle.ts";
import { capabilityOf } from "../../protocol/plugin/negotiation.ts";
import type { LauncherPort, LaunchSpec, Peer, PluginMessageHandler, PluginProcess } from "../ports.ts";

/**
 * A launcher whose processes keep to what was agreed on in `initialize`. A message that needs a capability which the plugin
 * did not state is not sent to it, and is refused when it comes from it, with `notNegotiated`. What is only a part of a message
 * is left out of it instead: the wish for progress, and the word that a call is detached, which is the host's own to keep.
 * `terms` answers the limits of a process that begins, and whether its author is at work on it.
 */
export function negotiated(
  inner: LauncherPort,
  terms: (plugin: string) => Pick<LaunchSpec, "limits" | "logRate" | "development"> = () => ({}),
): LauncherPort {
  return {
    ...sandboxOf(inner),
    launch(spec, onMessage) {
      let stated: Capabilities = {};
      const receive: PluginMessageHandler = (method, params, signal, progress) => {
        const needed = capabilityOf(method, params, "host");
        if (needed !== undefined && stated[needed] !== true) throw notStated(spec.plugin, method, needed);
        return onMessage(method, params, signal, stated.progress === true ? progress : () => {});
      };
      const process = inner.launch({ ...spec, ...terms(spec.plugin) }, receive);
      return withPeer(
        process,
        peerOf(
          process.peer,
          spec.plugin,
          () => stated,
          (capabilities) => {
            stated = capabilities;
          },
        ),
      );
    },
  };
}

/** The same process with another face of its channel. */
export function withPeer(process: PluginProcess, peer: Peer): PluginProcess {
  return {
    get pid() {
      return process.pid;
    },
    runDir: process.runDir,
    exited: process.exited,
    onText: process.onText,
    get sandbox() {
      return process.sandbox;
    },
    peer,
    stop: (why) => process.stop(why),
    kill: () => process.kill(),
  };
}

/** What a launcher says of sandboxes, for another that stands before it. */
export function sandboxOf(inner: LauncherPort): Pick<LauncherPort, "sandboxFor"> {
  const { sandboxFor } = inner;
  return sandboxFor ? { sandboxFor: (spec) => sandboxFor.call(inner, spec) } : {};
}

function peerOf(
  inner: Peer,
  plugin: string,
  stated: () => Capabilities,
  agreed: (capabilities: Capabilities) => void,
): Peer {
  return {
    closed: inner.closed,
    request(method, params, options) {
      if (method === "initialize") {
        return inner.request(method, params, options).then((answer) => {
          agreed(capabilitiesIn(answer));
          return answer;
        });
      }
      const plain =
        params.detach === true && stated().detachedCalls !== true ? { ...params, detach: undefined } : params;
      const needed = capabilityOf(method, plain, "plugin");
      if (needed !== undefined && stated()[needed] !== true) return Promise.reject(notAgreed(plugin, method, needed));
      if (!options?.onProgress || stated().progress === true) return inner.request(method, plain, options);
      const { onProgress: _unheard, ...rest } = options;
      return inner.request(method, plain, rest);
    },
    notify: (method, params) => inner.notify(method, params),
    ...(inner.notifyShared && { notifyShared: inner.notifyShared.bind(inner) }),
    ...(inner.roomForEvents && { roomForEvents: inner.roomForEvents.bind(inner) }),
  };
}

function capabilitiesIn(answer: unknown): Capabilities {
  if (typeof answer !== "object" || answer === null || !("capabilities" in answer)) return {};
  return typeof answer.capabilities === "object" && answer.capabilities !== null ? answer.capabilities : {};
}

function notStated(plugin: string, method: string, capability: string): Failure {
  return new Failure(
    "notNegotiated",
    `${plugin} sent "${method}" without having stated the capability "${capability}".`,
    {
      todo: `Answer initialize with "capabilities": {"${capability}": true}.`,
      details: { method, capability },
    },
  );
}

function notAgreed(plugin: string, method: string, capability: string): Failure {
  return new Failure(
    "notNegotiated",
    `${plugin} did not state the capability "${capability}", so "${method}" is not sent to it.`,
    {
      todo: `Its author can state it in the answer to initialize: "capabilities": {"${capability}": true}.`,
      details: { method, capability },
    },
  );
}
