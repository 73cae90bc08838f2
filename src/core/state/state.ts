import { Failure } from "../../base/failure.ts";
import { limits as defaults, type Limits } from "../../protocol/limits.ts";
import type { ParsedOf, PluginToHost, ResultOf } from "../../protocol/plugin/methods.ts";
import type { Publication } from "../events/publication.ts";
import { utf8Bytes } from "../events/size.ts";
import type { PluginHome } from "../plugins/identity.ts";
import type { StorePort } from "../ports.ts";
import { type Decision, type RightsRequest, refusal } from "../rules/decide.ts";
import type { Rates } from "../rules/rates.ts";
import { deeds, principals } from "../rules/targets.ts";
import { stateTopic } from "./topics.ts";

export type StateStore = Pick<StorePort, "getState" | "setState" | "deleteState" | "listState" | "adoptState">;

/** Who asks, whose state is its own, and where: the conversation that the host stamped on the message, and the window's workspace. */
export interface StateCaller {
  readonly plugin: string;
  /** As whom it is decided on; that of the plugin's name where it is not said. */
  readonly principal?: string;
  readonly home: Pick<PluginHome, "owner" | "adopts">;
  readonly conversation?: string;
  readonly workspace?: string;
}

export interface PluginStateOptions {
  readonly store: StateStore;
  readonly decide: (request: RightsRequest) => Decision;
  /** Publishes for the host. */
  readonly publish: (event: Omit<Publication, "source">) => void;
  readonly rates: Pick<Rates, "check" | "giveBack">;
  /** The limits that are in force for a plugin. */
  readonly limits?: (plugin: string) => Limits;
}

type Params<Method extends keyof PluginToHost> = Omit<ParsedOf<PluginToHost, Method>, "_meta">;
type Answer<Method extends keyof PluginToHost> = Promise<ResultOf<PluginToHost, Method>>;

/** Where a scope's keys are in the store. */
interface Place {
  readonly owner: string;
  readonly scope: string;
}

const pageSize = 1_000;

/**
 * The state that plugins keep. A plugin's own scopes are its alone; `shared:<namespace>` is everybody's who has the right. A change is
 * told by `state.…` events without the value: of own scopes to the plugin itself, of shared ones to all who subscribed.
 * Every method rejects with `denied`, and with `unavailable` for a conversation or workspace scope where there is none.
 */
export class PluginState {
  readonly #options: PluginStateOptions;
  readonly #adopted = new Map<string, Promise<void>>();

  constructor(options: PluginStateOptions) {
    this.#options = options;
  }

  async get(caller: StateCaller, params: Params<"state/get">): Answer<"state/get"> {
    const { owner, scope } = await this.#open(caller, params.scope, "read");
    const found = await this.#options.store.getState(owner, scope, params.key);
    return found ? { value: JSON.parse(found.value) as unknown, rev: found.rev } : { rev: 0 };
  }

  /** Also rejects with `overloaded`, `tooLarge` (the value, or all of the owner's) and `conflict` (`ifRev`). */
  async set(caller: StateCaller, params: Params<"state/set">): Answer<"state/set"> {
    const { owner, scope } = await this.#open(caller, params.scope, "write");
    const { stateValueBytes, stateTotalBytes } = this.#options.limits?.(caller.plugin) ?? defaults;
    const text = textOf(params.value, stateValueBytes);
    const { store } = this.#options;
    const rev = await this.#counted(caller, () =>
      store.setState(owner, scope, params.key, text, params.ifRev, stateTotalBytes),
    );
    this.#tell(caller, params.scope, { key: params.key, rev });
    return { rev };
  }

  /** Also rejects with `overloaded` and `conflict` (`ifRev`). */
  async delete(caller: StateCaller, params: Params<"state/delete">): Answer<"state/delete"> {
    const { owner, scope } = await this.#open(caller, params.scope, "delete");
    const { store } = this.#options;
    const deleted = await this.#counted(caller, () => store.deleteState(owner, scope, params.key, params.ifRev));
    if (deleted) this.#tell(caller, params.scope, { key: params.key, rev: 0, deleted });
    return { deleted };
  }

  async list(caller: StateCaller, params: Params<"state/list">): Answer<"state/list"> {
    const { owner, scope } = await this.#open(caller, params.scope, "read");
    const found = await this.#options.store.listState(owner, scope, params.prefix, params.after, pageSize + 1);
    return { keys: found.slice(0, pageSize), more: found.length > pageSize };
  }

  /** Changes something, as often as the plugin may. A change that somebody else was faster with is none, and does not count. */
  async #counted<Result>({ plugin }: StateCaller, change: () => Promise<Result>): Promise<Result> {
    const { rates } = this.#options;
    rates.check(plugin, "stateWrites", "changes of state");
    try {
      return await change();
    } catch (error) {
      if (error instanceof Failure && error.kind === "conflict") rates.giveBack(plugin, "stateWrites");
      throw error;
    }
  }

  async #open(caller: StateCaller, scope: string, action: "read" | "write" | "delete"): Promise<Place> {
    const { plugin, conversation, workspace } = caller;
    const decision = this.#options.decide({
      ...deeds.state(scope, action),
      principals: [caller.principal ?? principals.plugin(plugin)],
      scope: { ...(conversation && { conversation }), ...(workspace && { workspace }) },
    });
    if (decision.effect !== "allow") throw refusal(decision, `${action} state in the scope "${scope}"`);
    if (scope.startsWith("shared:")) return { owner: scope, scope: "shared" };
    const { owner, adopts } = caller.home;
    const place = { owner, scope: scopeOf(caller, scope) };
    await this.#adopt(adopts, owner);
    return place;
  }

  /** Once in a window, before anything else: what was kept before. A store that cannot be written keeps it for later. */
  #adopt(before: string, owner: string): Promise<void> {
    let adopted = this.#adopted.get(owner);
    if (!adopted) {
      adopted = this.#options.store.adoptState(before, owner).catch(() => {});
      this.#adopted.set(owner, adopted);
    }
    return adopted;
  }

  #tell(caller: StateCaller, scope: string, change: { key: string; rev: number; deleted?: boolean }): void {
    this.#options.publish({
      type: stateTopic(scope, change.key),
      data: { scope, ...change, by: caller.plugin },
      ...(scope.startsWith("shared:") ? {} : { to: caller.plugin }),
      ...(scope === "conversation" && caller.conversation ? { conversation: caller.conversation } : {}),
    });
  }
}

function scopeOf({ conversation, workspace }: StateCaller, scope: string): string {
  if (scope === "plugin") return scope;
  const id = scope === "conversation" ? conversation : workspace;
  if (id) return `${scope}:${id}`;
  throw new Failure("unavailable", `There is no ${scope} to keep state in.`, {
    todo:
      scope === "conversation"
        ? "Send the `_meta` of the call or event that this belongs to, or use the scope `plugin`."
        : "Use the scope `plugin` while no folder is open.",
  });
}

function textOf(value: unknown, limit: number): string {
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new Failure("invalidParams", "There is no value to keep.", {
      todo: "Give a JSON `value`, or delete the key.",
    });
  }
  const bytes = utf8Bytes(text);
  if (bytes <= limit) return text;
  throw new Failure("tooLarge", `The value takes ${bytes} bytes as JSON; ${limit} are allowed.`, {
    todo: "Keep it in several keys, or in a file in the plugin's data folder.",
    details: { limit },
  });
}
