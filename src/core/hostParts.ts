import type { Clock } from "../base/clock.ts";
import type { IdSource } from "../base/ids.ts";
import type { Logger } from "../base/logger.ts";
import type { AgentMode } from "../protocol/webview.ts";
import type { Secrets } from "./config/secrets.ts";
import type { TraceLevel } from "./config/traced.ts";
import type { Lease } from "./journal/records.ts";
import type { JournalKeep } from "./journal/sweep.ts";
import type { InstalledPlugin } from "./plugins/installed.ts";
import type { SandboxDemand } from "./plugins/sandbox.ts";
import type {
  DatabasePort,
  EditorPort,
  LauncherPort,
  ModelPort,
  ModelsPort,
  PreviewPort,
  StorePort,
  ValidatorPort,
  WindowPort,
} from "./ports.ts";

/** What the person's settings say; read anew each time. */
export interface HostSettings {
  stepLimit(): number;
  /** The share of a model's context window, from 0 to 1, at which a conversation is shortened for it; 0.8 where it is not said. */
  compactAt?(): number;
  /** Tokens of the context window; 0, or not said: as the model tells. */
  contextWindow?(): number;
  mode(): AgentMode;
  pluginConfig(plugin: string): Record<string, unknown>;
  /** Tokens of models per plugin and day, where `limits` says nothing of them; 100,000 where it is not said either. */
  tokenBudget?(): number;
  /** What the person changed of the limits, as it is written; it is checked here. */
  limits?(): unknown;
  /** For how long the journal is kept; see `defaultKeep` where it is not said. */
  journalKeep?(): JournalKeep;
  /** For how many days spans of traces are kept on disk; 0 keeps none. 7 where it is not said. */
  traceDays?(): number;
  /** Which plugins provide which capabilities, as it is written: see `providerOrder`. */
  providers?(): unknown;
  /** How much of what passes between the host and a plugin goes to the plugin's log. */
  trace?(plugin: string): TraceLevel;
  /** Whether a plugin's process is to be shut in. */
  sandbox?(plugin: string): SandboxDemand;
  /** After how many minutes without use a plugin's process is ended; 0: never. */
  idleMinutes?(): number;
  /** The port for a debugger of a Node plugin. */
  debugPort?(plugin: string): number | undefined;
}

export interface HostParts {
  readonly store: StorePort;
  readonly launcher: LauncherPort;
  readonly validator: ValidatorPort;
  readonly editor: EditorPort;
  readonly preview: PreviewPort;
  /** What plugins may have done in the window. Without it such requests are answered with `unavailable`. */
  readonly window?: WindowPort;
  /** Plugins' own databases; without it `database/query` is unavailable. */
  readonly databases?: DatabasePort;
  /** Makes the choice of models, given the offline guide. */
  readonly models: (guide: ModelPort) => ModelsPort;
  readonly settings: HostSettings;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly random: () => number;
  /** What is taken out of what is told and written down. Who makes the host may know secrets of its own, and note them here. */
  readonly secrets?: Secrets;
  readonly about: {
    readonly version: string;
    readonly lease: Lease;
    readonly locale: string;
    readonly ripgrep: string | undefined;
  };
  /** Plugins' secrets, and where it is written what they run with; without it there are none, and it is not. */
  readonly config?: {
    secrets(plugin: InstalledPlugin): Promise<Readonly<Record<string, string>>>;
    keep(plugin: InstalledPlugin, values: Record<string, unknown>): Promise<void>;
  };
  /** Whether the process of another lease is alive: its turns are its own. */
  readonly alive: (lease: Lease) => Promise<boolean>;
}
