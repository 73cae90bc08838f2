import type { Scope } from "../../base/dispose.ts";
import type { InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import type { Peer } from "../ports.ts";
import type { PluginHome } from "./identity.ts";
import type { Ineligible, InstalledPlugin } from "./installed.ts";
import type { ProcessState } from "./reconcile.ts";
import type { SandboxState } from "./sandbox.ts";

/** One process of a plugin that answered `initialize`, from then until it ends. */
export interface PluginRun {
  readonly plugin: string;
  readonly version: string | undefined;
  /** Counts the processes of this plugin in this window, from 1. */
  readonly epoch: number;
  readonly pid: number | undefined;
  readonly peer: Peer;
  /** Disposed when the run ends, for whatever reason; the peer is closed by then. */
  readonly scope: Scope;
  readonly initialized: InitializeResult;
  /** Of the package from which it was started, which may have been replaced meanwhile by another of its name. */
  readonly home: PluginHome;
}

/** How a plugin is, apart from whether its process exists: by its own word, or because it does not answer a ping. */
export interface Health {
  readonly status: "up" | "degraded" | "down";
  readonly detail?: string;
  /** It said that it is busy: it is not stopped for being idle. */
  readonly busy?: true;
  /** It did not answer a ping. */
  readonly unanswered?: true;
}

/** What a plugin says on `self.health`: one of the three words, or `busy`; anything else counts as degraded, with what it said. */
export function healthOf(data: unknown): Health {
  const { status, detail } = (typeof data === "object" && data !== null ? data : { status: data }) as Record<
    string,
    unknown
  >;
  const text = typeof detail === "string" ? detail.slice(0, 500) : undefined;
  if (status === "up" || status === "degraded" || status === "down") return { status, ...(text && { detail: text }) };
  if (status === "busy") return { status: "up", busy: true, ...(text && { detail: text }) };
  return { status: "degraded", detail: `It said: ${String(status).slice(0, 100)}` };
}

/** What a person sees of a plugin. Plain values. */
export interface PluginView {
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly source: InstalledPlugin["source"];
  readonly root: string;
  readonly eligibility: { readonly ok: true } | ({ readonly ok: false } & Ineligible);
  readonly process: ProcessState;
  /** Only of a plugin that runs. */
  readonly health: Health | undefined;
  readonly pid: number | undefined;
  readonly epoch: number;
  /** How often it was started again without being asked. */
  readonly restarts: number;
  /** In `backoff`: when it is tried again, in milliseconds since the epoch. */
  readonly retryAt: number | undefined;
  /** How the last process ended, in a sentence; undefined before that. */
  readonly lastExit: string | undefined;
  /** Why it does not work now, in a sentence, with what to do where something can be done. */
  readonly problem: string | undefined;
  readonly warnings: readonly string[];
  /** See `InstalledPlugin`. */
  readonly reload: string | undefined;
  readonly parley: InstalledPlugin["parley"];
  /** What holds its process; only while there is one. */
  readonly sandbox: SandboxState | undefined;
  /** Its package was updated, and the process that still runs finishes what it works on. */
  readonly updating: boolean;
}

/** A line for the plugin's log about a change in its life; `at` in milliseconds since the epoch. */
export function lifeLine({ type, version, epoch, reason }: LifecycleEvent, at: number): string {
  const about = [`run ${epoch}`, version && `version ${version}`].filter(Boolean).join(", ");
  return `${new Date(at).toISOString().slice(11, 23)} [life] ${type} (${about})${reason ? `: ${reason}` : ""}`;
}

/** A change in a plugin's life, for the activity. */
export interface LifecycleEvent {
  readonly type: "loaded" | "activated" | "deactivated" | "error";
  readonly plugin: string;
  readonly version: string | undefined;
  readonly epoch: number;
  readonly reason?: string;
}
