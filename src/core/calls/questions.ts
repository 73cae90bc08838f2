import type { CallRecord } from "../journal/records.ts";
import { deeds } from "../rules/targets.ts";
import type { RightRequest } from "./types.ts";

/** So many are kept; then all are made anew. */
const mostKept = 2_000;

/**
 * What `decide()` is asked about a call. Where one caller calls an offer over and over outside every conversation, it
 * is the same object each time, by which the answer is found without a text being made of it.
 */
export class Questions {
  readonly #workspace: () => string | undefined;
  /** By caller, plugin and name. */
  readonly #kept = new Map<string, Map<string, Map<string, RightRequest>>>();
  #count = 0;

  constructor(workspace: () => string | undefined) {
    this.#workspace = workspace;
  }

  of(principals: readonly string[], record: CallRecord): RightRequest {
    const { plugin, name, action, conversation } = record;
    const workspace = this.#workspace();
    const [caller] = principals;
    const alone = caller !== undefined && principals.length === 1 && conversation === undefined;
    const known = alone ? this.#kept.get(caller)?.get(plugin)?.get(name) : undefined;
    if (known && known.action === action && known.scope?.workspace === workspace) return known;
    const question = { principals, ...deeds.call(plugin, name, action), scope: { conversation, workspace } };
    if (!alone) return question;
    const lasting = { ...question, lasting: true } as const;
    this.#keep(caller, plugin, name, lasting);
    return lasting;
  }

  #keep(caller: string, plugin: string, name: string, question: RightRequest): void {
    if (++this.#count > mostKept) {
      this.#kept.clear();
      this.#count = 1;
    }
    const plugins = this.#kept.get(caller) ?? new Map<string, Map<string, RightRequest>>();
    this.#kept.set(caller, plugins);
    const names = plugins.get(plugin) ?? new Map<string, RightRequest>();
    plugins.set(plugin, names);
    names.set(name, question);
  }
}
