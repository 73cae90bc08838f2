import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Rule, Want } from "../../protocol/rules.ts";
import type { AgentMode, ApprovalChoice } from "../../protocol/webview.ts";
import type { StorePort } from "../ports.ts";
import { builtinRules, modeRules, pluginRules } from "./builtin.ts";
import type { Decision, RightsRequest } from "./decide.ts";
import { Decisions } from "./decisions.ts";
import { grantsFor, type RightsHolder, requestedGrant, requestedGrants } from "./grants.ts";
import { principals } from "./targets.ts";

export type RuleStore = Pick<StorePort, "loadRules" | "saveRule" | "deleteRule">;
/** What was changed in the list of rules by somebody, and by whom. */
export type RuleChange = { readonly by: string } & (
  | { readonly what: "granted" | "revoked" | "ruleAdded" | "ruleRemoved"; readonly rule: Rule }
  | { readonly what: "modeChanged"; readonly mode: AgentMode }
);
export type RuleDraft = Omit<Rule, "id" | "source" | "grant" | "revoked">;

/**
 * The one list of rules, and the answers from it. Every change holds from the next decision on, before it is on disk; a
 * promise that rejects (`unavailable`: the store cannot be written) means that it holds only until the window closes.
 */
export class Rulebook {
  readonly #store: RuleStore;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #workspace: () => string | undefined;
  readonly #changed = new Emitter<void>();
  readonly #decided = new Emitter<RuleChange>();
  readonly #builtin = builtinRules();
  readonly #plugins = new Map<string, RightsHolder>();
  /** What persons decided: their own rules by id, and grants that they gave or revoked. */
  #kept: Map<string, Rule> = new Map();
  /** What was decided here and is not on disk, by the rule's id; without a rule where that one is gone. */
  readonly #unwritten = new Map<string, { readonly rule: Rule | undefined }>();
  #changes = 0;
  #mode: AgentMode = "agent";
  #rules: readonly Rule[];
  #rated: readonly Rule[] = [];
  /** Whether any rule holds in one workspace alone. */
  #placed = false;
  #decisions: Decisions;

  constructor({
    store,
    clock,
    ids,
    workspace = () => undefined,
  }: {
    store: RuleStore;
    clock: Clock;
    ids: IdSource;
    /** The open workspace. */
    workspace?: () => string | undefined;
  }) {
    this.#store = store;
    this.#clock = clock;
    this.#ids = ids;
    this.#workspace = workspace;
    this.#rules = this.#builtin;
    this.#decisions = new Decisions(this.#rules);
  }

  /** Fires after every change; who holds on to a decision (a subscription, an open stream) decides anew then. */
  readonly onDidChange = this.#changed.event;

  /** Fires when somebody gives, revokes, adds or removes a rule, once it holds; for the journal. */
  readonly onDidDecide = this.#decided.event;

  /**
   * Reads what was kept, also by other windows since it was last read. Until the first time only builtin rules and the grants of
   * bundled plugins hold. What was decided here and is not on disk, or not yet, stays.
   */
  async load(): Promise<void> {
    for (let before = -1; before !== this.#changes; ) {
      before = this.#changes;
      const onDisk = await this.#store.loadRules();
      if (before !== this.#changes) continue;
      const kept = new Map(onDisk.filter(({ source }) => source !== "builtin").map((rule) => [rule.id, rule]));
      for (const [id, { rule }] of this.#unwritten) {
        if (rule) kept.set(id, rule);
        else kept.delete(id);
      }
      if (textOf(kept) === textOf(this.#kept)) return;
      this.#kept = kept;
      this.#rebuild();
    }
  }

  /** In the open workspace, where the request names none: a rule for one holds for all that happens there. */
  decide(asked: RightsRequest): Decision {
    const complete = !this.#placed || asked.scope?.workspace !== undefined;
    const workspace = complete ? undefined : this.#workspace();
    const request = workspace === undefined ? asked : { ...asked, scope: { ...asked.scope, workspace } };
    return this.#decisions.decide(request, this.#clock.now());
  }

  /** All rules, also revoked and expired ones, as a person reads them. */
  list(): readonly Rule[] {
    return this.#rules;
  }

  /** The rules that carry a rate. */
  rated(): readonly Rule[] {
    return this.#rated;
  }

  get(ruleId: string): Rule | undefined {
    return this.#rules.find((rule) => rule.id === ruleId);
  }

  /** Makes a plugin's wants and builtin rules count, until disposed. A plugin of the same name is replaced. */
  addPlugin(plugin: RightsHolder): Disposable {
    this.#plugins.set(plugin.name, plugin);
    this.#rebuild();
    return toDisposable(() => {
      if (this.#plugins.get(plugin.name) !== plugin) return;
      this.#plugins.delete(plugin.name);
      this.#rebuild();
    });
  }

  /** The grants of a plugin by its name, one for each want; those with `revoked` are not in force. */
  grantsOf(plugin: string): Rule[] {
    const key = this.#plugins.get(plugin)?.key;
    return this.#rules.filter((rule) => rule.source === "grant" && rule.grant === key);
  }

  /** Gives or revokes a grant of a known plugin. `notFound` for any other id. */
  async setGranted(ruleId: string, granted: boolean): Promise<void> {
    const rule = this.get(ruleId);
    if (rule?.source !== "grant") throw noSuchRule(ruleId, "grant");
    const decided: Rule = { ...rule, revoked: !granted };
    this.#keep(decided);
    this.#decided.fire({ what: granted ? "granted" : "revoked", rule: decided, by: principals.person });
    await this.#write(decided.id, decided);
  }

  /**
   * The person grants what a plugin asked for at run time. Fails with `denied` where the one that asked, by the key of its grants, is
   * not there any more: another of its name gets nothing for it.
   */
  async grantRequested(plugin: string, key: string, wants: readonly Want[]): Promise<void> {
    const holder = this.#plugins.get(plugin);
    if (holder?.key !== key) {
      throw new Failure("denied", `Nothing is granted: ${plugin} is not any more what it was when it asked.`, {
        todo: "Ask again.",
      });
    }
    const grants = wants.map((want) => requestedGrant(holder, want));
    for (const grant of grants) {
      this.#keep(grant);
      this.#decided.fire({ what: "granted", rule: grant, by: principals.person });
    }
    await Promise.all(grants.map((grant) => this.#write(grant.id, grant)));
  }

  async addPersonRule(draft: RuleDraft): Promise<Rule> {
    return await this.#add(draft);
  }

  /** With the key of a plugin's grants it is about that one alone, and not about another of its name. */
  async #add(draft: RuleDraft, grant?: string): Promise<Rule> {
    const rule: Rule = {
      ...draft,
      ...(grant === undefined ? {} : { grant }),
      id: this.#ids.next("rule"),
      source: "person",
    };
    this.#keep(rule);
    this.#decided.fire({ what: "ruleAdded", rule, by: principals.person });
    await this.#write(rule.id, rule);
    return rule;
  }

  /**
   * Turns the answer to an approval card into rules, one for each principal that had to ask, so that the same request is not asked
   * again in this conversation, this workspace, or anywhere. What is allowed to a plugin, or to the agent with one, holds for that
   * plugin and, as a grant, for no other of its name. `once` and `deny` make no rule, nor does a choice whose place the request does
   * not name.
   */
  async remember(choice: ApprovalChoice, request: RightsRequest): Promise<Rule[]> {
    const scope = placeOf(choice, request);
    if (!scope) return [];
    const { verb, target, action } = request;
    const asking = request.principals.filter((one) => this.decide({ ...request, principals: [one] }).effect === "ask");
    const why = `Allowed by the person on an approval card (${choice}).`;
    return Promise.all(
      asking.map((who) =>
        this.#add(
          { who, verb, target, ...(action && { action }), ...scope, effect: "allow", why },
          this.#keyFor(who, request),
        ),
      ),
    );
  }

  /**
   * Whether `remember` could keep the same request from being asked about: not where a rule of the person's own asks,
   * which is stronger than what is allowed, nor where no rule asks.
   */
  lasts(request: RightsRequest): boolean {
    const asked = request.principals
      .map((one) => this.decide({ ...request, principals: [one] }))
      .filter(({ effect }) => effect === "ask");
    const yields = (rule: string) => rule.startsWith("default:") || this.get(rule)?.firstUse === true;
    return asked.length > 0 && asked.every(({ rule }) => yields(rule));
  }

  /** Removes a person's rule. A grant is revoked instead, and a builtin rule stays: both are `denied`. */
  async remove(ruleId: string): Promise<void> {
    const rule = this.get(ruleId);
    if (!rule) throw noSuchRule(ruleId, "rule");
    if (rule.source !== "person") {
      throw new Failure(
        "denied",
        `The rule ${ruleId} is ${rule.source === "grant" ? "a plugin's grant" : "part of Parley"} and cannot be removed.`,
        {
          todo: rule.source === "grant" ? "Revoke it instead." : "Add a rule that denies more.",
        },
      );
    }
    this.#kept.delete(ruleId);
    this.#rebuild();
    this.#decided.fire({ what: "ruleRemoved", rule, by: principals.person });
    await this.#write(ruleId, undefined);
  }

  /** Removes the rules that were made for one conversation only; for when it is deleted. */
  async forgetConversation(conversation: string): Promise<void> {
    const own = [...this.#kept.values()].filter((rule) => rule.scope?.conversation === conversation);
    if (own.length === 0) return;
    for (const rule of own) this.#kept.delete(rule.id);
    this.#rebuild();
    for (const rule of own) this.#decided.fire({ what: "ruleRemoved", rule, by: principals.person });
    await Promise.all(own.map((rule) => this.#write(rule.id, undefined)));
  }

  get mode(): AgentMode {
    return this.#mode;
  }

  setMode(mode: AgentMode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#rebuild();
    this.#decided.fire({ what: "modeChanged", mode, by: principals.person });
  }

  /** The key of the plugin that an answer is about: of the one that acts, else of the one that is called. */
  #keyFor(who: string, { verb, target }: RightsRequest): string | undefined {
    const called = verb === "call" ? target.split("/", 1)[0] : undefined;
    const names = [...this.#plugins.keys()];
    return this.#plugins.get(names.find((name) => principals.plugin(name) === who) ?? called ?? "")?.key;
  }

  /** Where it cannot be written, it holds until the window closes. */
  async #write(id: string, rule: Rule | undefined): Promise<void> {
    const change = { rule };
    this.#changes++;
    this.#unwritten.set(id, change);
    await (rule ? this.#store.saveRule(rule) : this.#store.deleteRule(id));
    if (this.#unwritten.get(id) === change) this.#unwritten.delete(id);
  }

  #keep(rule: Rule): void {
    this.#kept.set(rule.id, rule);
    this.#rebuild();
  }

  #rebuild(): void {
    const kept = [...this.#kept.values()];
    const plugins = [...this.#plugins.values()];
    const keys = new Set(plugins.map(({ key }) => key));
    this.#rules = [
      ...this.#builtin,
      ...modeRules(this.#mode),
      ...plugins.flatMap((plugin) => pluginRules(plugin)),
      ...plugins.flatMap((plugin) => [...grantsFor(plugin, kept), ...requestedGrants(plugin, kept)]),
      ...kept.filter(({ source, grant }) => source === "person" && (grant === undefined || keys.has(grant))),
    ];
    this.#rated = this.#rules.filter(({ rate }) => rate !== undefined);
    this.#placed = this.#rules.some(({ scope }) => scope?.workspace !== undefined);
    this.#decisions = new Decisions(this.#rules);
    this.#changed.fire();
  }
}

/** The same for the same rules, in whatever order they came. */
function textOf(rules: ReadonlyMap<string, Rule>): string {
  return JSON.stringify([...rules.values()].sort((one, other) => (one.id < other.id ? -1 : 1)));
}

function placeOf(choice: ApprovalChoice, { scope }: RightsRequest): Pick<Rule, "scope"> | undefined {
  if (choice === "always") return {};
  if (choice === "conversation" && scope?.conversation) return { scope: { conversation: scope.conversation } };
  if (choice === "workspace" && scope?.workspace) return { scope: { workspace: scope.workspace } };
  return undefined;
}

function noSuchRule(ruleId: string, what: string): Failure {
  return new Failure("notFound", `There is no ${what} "${ruleId}".`, {
    todo: "It may have been removed; look at the list of rules again.",
  });
}
