import { pluginOf } from "../rules/targets.ts";
import { type ActiveCall, orCancelled } from "./activeCall.ts";

/** The capabilities whose offers change files. */
const changeFiles: ReadonlySet<string> = new Set(["repo.file.write", "repo.patch"]);

export interface EditTurnsParts {
  readonly active: () => Iterable<ActiveCall>;
  /** Whether a plugin is being asked at an intercept point: what is asked about waits for it. */
  readonly isAsked: (plugin: string) => boolean;
}

/**
 * Edits of plugins wait for the tools that the agent runs, so that no file changes under a tool that is at work. What a tool has done
 * itself does not wait, nor does a plugin that a tool waits for: one that works inside it, or is asked about it.
 */
export class EditTurns {
  readonly #parts: EditTurnsParts;
  #waiting: (() => void)[] = [];

  constructor(parts: EditTurnsParts) {
    this.#parts = parts;
  }

  /** The tool that an edit waits for, if it does. On the path of every call. */
  toolBefore(call: ActiveCall): ActiveCall | undefined {
    const { record, known } = call;
    if (record.action === "read" || !changeFiles.has(known.offer.facets?.provides ?? "")) return undefined;
    const plugin = pluginOf(record.caller);
    if (plugin === undefined || toolsAround(call).size > 0 || this.#parts.isAsked(plugin)) return undefined;
    const running: ActiveCall[] = [];
    const waitForIt = new Set<ActiveCall>();
    for (const other of this.#parts.active()) {
      if (isTool(other) && other.record.status === "running") running.push(other);
      if (other.record.plugin === plugin) for (const tool of toolsAround(other)) waitForIt.add(tool);
    }
    return running.find((tool) => !waitForIt.has(tool));
  }

  /** Resolves when no tool is left that the edit waits for. Rejects with the reason when the call is cancelled. */
  async wait(call: ActiveCall): Promise<void> {
    while (this.toolBefore(call))
      await orCancelled(new Promise<void>((resolve) => this.#waiting.push(resolve)), call.cancellation);
  }

  /** A call is over. */
  ended(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const look of waiting) look();
  }
}

function isTool({ record }: ActiveCall): boolean {
  return record.toolCallId !== undefined && !record.detached;
}

/** The tools of the agent in which a call happens, itself included. */
function toolsAround(call: ActiveCall): Set<ActiveCall> {
  const tools = new Set<ActiveCall>();
  for (let link: ActiveCall | undefined = call; link; link = link.parent) if (isTool(link)) tools.add(link);
  return tools;
}
