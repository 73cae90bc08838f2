import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { ExitInfo, LaunchSpec, PluginMessageHandler, PluginProcess } from "../../core/ports.ts";
import { stopLadder } from "../stopLadder.ts";
import type { Link } from "./link.ts";

/** An attached plugin as the supervisor sees it: a process without a pid, that is gone when its socket is. */
export function attachedProcess(
  link: Link,
  spec: LaunchSpec,
  clock: Clock,
  onMessage: PluginMessageHandler,
): PluginProcess {
  link.serve(onMessage);
  const exited = link.closed.then(
    ({ kind }): ExitInfo => ({ code: kind === "broken" ? null : 0, signal: null, stderr: "" }),
  );
  const kill = () => link.kill();
  let stopping: Promise<ExitInfo> | undefined;
  return {
    pid: undefined,
    runDir: spec.dataDir,
    peer: link.peer,
    exited,
    onText: link.onText,
    kill,
    stop() {
      stopping ??= stopLadder({
        clock,
        exited,
        shutdown: () => link.peer.request("shutdown", {}),
        exit: () => link.close("Parley stopped the plugin."),
        terminate: kill,
        kill,
      }).then(() => exited);
      return stopping;
    },
  };
}

/** What the launcher answers for a plugin that is not there any more. */
export function notConnected(spec: LaunchSpec): PluginProcess {
  const text = `Plugin "${spec.plugin}" is not connected.`;
  const exit: ExitInfo = {
    code: null,
    signal: null,
    stderr: "",
    startError: "It is not connected. An attached plugin is started by itself and connects to Parley.",
  };
  const exited = Promise.resolve(exit);
  return {
    pid: undefined,
    runDir: spec.dataDir,
    exited,
    onText: () => ({ dispose() {} }),
    stop: () => exited,
    kill: () => {},
    peer: {
      request: () => Promise.reject(new Failure("unavailable", text)),
      notify: () => {},
      closed: Promise.resolve({ kind: "closed", message: text }),
    },
  };
}
