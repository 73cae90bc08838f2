import type { Scope } from "../../base/dispose.ts";
import { hostCapabilities } from "../../protocol/plugin/lifecycle.ts";
import type { Configs } from "../config/configs.ts";
import type { LiveLimits } from "../config/limits.ts";
import { negotiated } from "../config/negotiated.ts";
import type { Secrets } from "../config/secrets.ts";
import type { TelemetryBoard } from "../config/telemetry.ts";
import type { Tracer } from "../config/traced.ts";
import type { EventBus } from "../events/bus.ts";
import type { HostParts } from "../hostParts.ts";
import type { ActivityLog } from "../journal/activityLog.ts";
import type { InstalledPlugin } from "../plugins/installed.ts";
import type { HostInfo } from "../plugins/options.ts";
import { healthOf } from "../plugins/run.ts";
import { sandboxPlan } from "../plugins/sandbox.ts";
import { PluginSupervisor } from "../plugins/supervisor.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import type { Acquaintances } from "../services/acquaintances.ts";
import type { Admission } from "../services/admission.ts";
import type { Probe } from "../trace/probe.ts";
import type { Publish } from "./publish.ts";

export interface HostPluginsParts {
  readonly parts: HostParts;
  readonly scope: Scope;
  readonly rules: Rulebook;
  readonly secrets: Secrets;
  readonly limits: LiveLimits;
  readonly configs: Configs;
  readonly tracer: Tracer;
  readonly telemetry: TelemetryBoard;
  readonly acquaintances: Acquaintances;
  readonly admission: Admission;
  readonly activity: ActivityLog;
  readonly bus: EventBus;
  readonly probe: Probe;
  readonly publish: Publish;
}

export interface HostPlugins {
  readonly supervisor: PluginSupervisor;
  /** What a plugin is told of the host when it starts. */
  readonly hostInfo: (plugin: InstalledPlugin) => Promise<HostInfo>;
}

/** The processes of plugins: what they are told when they start, how they are made, and what is told of them. */
export function hostPlugins(own: HostPluginsParts): HostPlugins {
  const { parts, scope, rules, secrets, limits, configs, tracer, telemetry, admission, activity, bus, probe } = own;
  const { clock, logger, editor, settings, about } = parts;
  const hostInfo: HostPlugins["hostInfo"] = async (plugin) => ({
    host: { name: "parley", version: about.version, tools: { ripgrep: about.ripgrep } },
    processId: about.lease.pid,
    workspaceFolders: editor.workspaceFolders(),
    capabilities: hostCapabilities,
    grants: rules
      .grantsOf(plugin.name)
      .flatMap(({ verb, target, action, revoked }) =>
        revoked ? [] : [{ verb, target, ...(action && action !== "*" ? { action } : {}) }],
      ),
    limits: { ...limits.of(plugin.name) },
    config: await configs.forInitialize(plugin),
    trace: settings.trace?.(plugin.name) ?? "off",
    locale: about.locale,
  });
  const supervisor: PluginSupervisor = scope.add(
    new PluginSupervisor({
      launcher: negotiated(own.acquaintances.launcher(tracer.launcher(parts.launcher)), (plugin) => ({
        limits: limits.of(plugin),
        logRate: limits.rate(plugin, "logs"),
        development: supervisor.installed(plugin)?.source === "development",
      })),
      clock,
      logger,
      random: parts.random,
      messageHandler: (run) => probe.around(run.plugin, admission.handlerOf(run)),
      attach: (run, initialized) => admission.attach(run, initialized),
      ineligible: (plugin) => admission.ineligible(plugin),
      sandbox: ({ name }) => sandboxPlan(settings.sandbox?.(name), editor.workspaceFolders(), about.ripgrep),
      surroundings: () => JSON.stringify(editor.workspaceFolders()),
      idleAfterMs: () => (settings.idleMinutes?.() ?? 0) * 60_000,
      inspect: ({ name }) => settings.debugPort?.(name),
      redact: (text) => secrets.redact(text),
      hostInfo,
    }),
  );
  scope.add(
    supervisor.onLifecycle(({ type, plugin, version, epoch, reason }) => {
      const data = { pluginId: plugin, version, epoch, reason: reason ?? "" };
      own.publish(`plugin.${type}`, data, undefined, { latest: plugin });
      if (type === "activated") configs.started(plugin);
      else telemetry.forget(plugin);
    }),
  );
  scope.add(configs.onDidChange(() => admission.reconsider()));
  scope.add(supervisor.onText(({ plugin, stream, text }) => activity.text(plugin, stream, text, clock.now())));
  scope.add(bus.on("self.health", ({ source, data }) => supervisor.setHealth(source, healthOf(data))));
  scope.add(bus.on("self.telemetry", ({ source, data }) => telemetry.take(source, data)));
  scope.add(bus.on("self.log", ({ source, data, timestamp }) => activity.log(source, data, timestamp)));
  return { supervisor, hostInfo };
}
