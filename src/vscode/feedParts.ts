import * as vscode from "vscode";
import { systemClock } from "../base/clock.ts";
import type { Event } from "../base/emitter.ts";
import type { FeedParts } from "../core/agent/feed.ts";
import type { Host } from "../core/host.ts";
import type { ExportTo } from "./activityCommands.ts";
import type { AttachAccess } from "./attachToken.ts";
import type { DiffViewer } from "./diffs.ts";
import type { VscodeModels } from "./models.ts";
import type { PluginSecrets } from "./pluginSecrets.ts";
import { type WindowActionParts, windowActions } from "./windowActions.ts";

/** The host with what belongs to it in a window. */
export interface StartedHost {
  readonly host: Host;
  readonly models: VscodeModels;
  readonly attach: AttachAccess;
  readonly secrets: PluginSecrets;
  readonly proposed: WindowActionParts["proposed"];
  /** For the welcome; empty until the folder has been looked through. */
  readonly examples: () => readonly string[];
  readonly onDidFindExamples: Event<void>;
  /** Folders of plugins that the person is about to be asked about: they need no notice of their own. */
  readonly reviewing: Set<string>;
  /** The logs of plugins on disk: where one is, and a promise that resolves when all that was said is in it. */
  readonly logs: { path(plugin: string): string; written(): Promise<void> };
  /** Looks for plugins again, for one that was changed on disk. */
  readonly scan: () => Promise<void>;
  readonly exportTo: ExportTo;
  /** The person's home folder. */
  readonly home: string;
  readonly stop: () => Promise<void>;
}

export function feedParts({ host, models, proposed, examples }: StartedHost, diffs: DiffViewer): FeedParts {
  const { agent, approvals, calls, conversations, activity, rules } = host;
  return {
    agent,
    approvals,
    calls,
    conversations,
    clock: systemClock,
    activity: () => activity.entries(),
    window: windowActions({ diffs, proposed }),
    state: async (conversation) => {
      const { id, label, kind } = await models.current();
      return {
        model: { id, label, kind },
        mode: rules.mode,
        usage: conversation.record.usage,
        examples: [...examples()],
        workspace: vscode.workspace.workspaceFolders?.[0]?.name,
      };
    },
  };
}
