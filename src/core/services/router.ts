import { Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { RuleVerb } from "../../protocol/rules.ts";
import type { Calls } from "../calls/calls.ts";
import type { ApprovalAnswer, ApprovalRequest, RightRequest, Verdict } from "../calls/types.ts";
import type { PluginMessageHandler } from "../ports.ts";
import type { Rates } from "../rules/rates.ts";
import { type Deed, deeds, pluginOf } from "../rules/targets.ts";
import { strangeRule } from "./acquaintances.ts";
import { answeredParams, approvalOf } from "./asking.ts";
import { Message, type MessageParts } from "./message.ts";
import type { Service, ServiceContext, ServiceTable } from "./service.ts";
import type { Session } from "./session.ts";

/**
 * What everybody hears: told to others, shown to the person, written down. What is missing is for one receiver, who may
 * need it as it is (calls, state, the database, commands).
 */
const heardByAll: ReadonlySet<string> = new Set<keyof ServiceTable>([
  "publish",
  "conversation/addMessage",
  "ui/notify",
  "ui/ask",
  "rights/request",
  "agent/run",
]);

export interface RouterParts extends MessageParts {
  readonly services: ServiceTable;
  /** Takes the secrets that the window knows out of what everybody hears. */
  readonly clean?: (params: Record<string, unknown>) => Record<string, unknown>;
  readonly decide: (request: RightRequest) => Verdict;
  readonly rates: Rates;
  /** Counts what is allowed against the rates that rules carry; throws `overloaded`. */
  readonly count?: (request: RightRequest) => void;
  readonly calls: Pick<Calls, "inProgressAt" | "chainOf" | "cancellationOf" | "hold" | "hopsOf">;
  readonly workspace: () => string | undefined;
  readonly approve: (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer>;
  /** Why a plugin may not be in a conversation that it names; undefined where it may. */
  readonly strange?: (session: Session, conversation: string) => undefined | Promise<Failure | undefined>;
  /** A plugin asked the host to act, and this was decided. */
  readonly acted: (message: Acted, right: Right) => void;
  readonly ids: IdSource;
}

/** A plugin's request to act, with its params. */
export type Acted = Pick<Message, "method" | "params" | "session" | "conversation">;

/** What was decided, and the rule that settled it. */
export interface Right {
  readonly effect: "allow" | "deny";
  readonly rule: string;
}

/** Verbs that, inside a chain of calls, need the right of everybody in it and not of the plugin alone. */
const chainVerbs: ReadonlySet<RuleVerb> = new Set(["act", "spend", "wake"]);

/** Verbs about which the person is asked where a rule says so; to ask about any other is to refuse it. */
const askedVerbs: ReadonlySet<RuleVerb> = new Set(["act", "spend"]);

type AnyService = Service<never> & {
  rate?: (params: never) => { kind: Parameters<Rates["take"]>[1]; what: string } | undefined;
  rights?: (params: never, session: Session, conversation: string | undefined) => readonly Deed[];
  handle(params: never, context: ServiceContext): unknown;
};

const noDeeds: readonly Deed[] = [];
const nothingToDecide = { rule: "", open: [] } as const;

/** A deed that the person has to be asked about. */
interface Open {
  readonly deed: Deed;
  readonly verdict: Verdict;
  readonly principals: readonly string[];
}

/**
 * The one way in for what plugins send. The channel has checked the schema; here come limits, then `decide()`, then the
 * person where the answer is `ask`, then the service. A handler never checks a right itself.
 */
export class Router {
  readonly #parts: RouterParts;

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  handlerFor(session: Session): PluginMessageHandler {
    return (method, params, cancellation, progress) => {
      const service = this.#parts.services[method as keyof ServiceTable] as unknown as AnyService | undefined;
      if (!service) throw new Failure("methodNotFound", `The host knows no method "${method}".`);
      const heard = heardByAll.has(method) ? (this.#parts.clean?.(params) ?? params) : params;
      const message = new Message(this.#parts, session, method, heard, cancellation, progress);
      const { named } = message;
      const refusal = named === undefined ? undefined : this.#parts.strange?.(session, named);
      if (refusal === undefined) return this.#pass(service, message);
      return refusal.then((failure) => {
        if (!failure) return this.#pass(service, message);
        // In the conversation itself it leaves no trace.
        if (failure.kind === "denied") message.refused(deeds.read("messages"), strangeRule, undefined);
        throw failure;
      });
    };
  }

  #pass(service: AnyService, message: Message): unknown {
    const { params, session } = message;
    const deeds = service.rights?.(params as never, session, message.conversation) ?? noDeeds;
    this.#checkRate(service, params as never, session);
    const { rule, open } = this.#checkRights(message, deeds);
    if (open.length === 0) {
      this.#tell(message, deeds, "allow", rule);
      message.rule = rule;
      return service.handle(params as never, message);
    }
    return this.#ask(message, service, deeds, open).then((answer) => {
      message.rule = answer.rule;
      return service.handle(answer.params as never, message);
    });
  }

  #checkRate(service: AnyService, params: never, session: Session): void {
    const limit = service.rate?.(params);
    if (limit) this.#parts.rates.check(session.plugin, limit.kind, limit.what);
  }

  /** Answers the rule of the last deed, which is the one that the journal names, and what the person has to be asked about. */
  #checkRights(message: Message, deeds: readonly Deed[]): { rule: string; open: readonly Open[] } {
    if (deeds.length === 0) return nothingToDecide;
    const open: Open[] = [];
    let rule = "";
    for (const deed of deeds) {
      const request = this.#requestFor(message, deed);
      const { principals } = request;
      const verdict = this.#parts.decide(request);
      rule = verdict.rule;
      if (verdict.effect !== "deny") this.#parts.count?.(request);
      if (verdict.effect !== "ask") this.#parts.used?.(request, verdict);
      if (verdict.effect === "allow") continue;
      if (verdict.effect === "ask" && askedVerbs.has(deed.verb)) {
        open.push({ deed, verdict, principals });
        continue;
      }
      if (verdict.effect === "ask") this.#parts.used?.(request, verdict);
      throw this.#refuse(message, deeds, deed, verdict);
    }
    return { rule, open };
  }

  #requestFor({ session, inside, conversation }: Message, deed: Deed): RightRequest {
    const chain =
      chainVerbs.has(deed.verb) && inside ? this.#parts.calls.chainOf(inside.id).map(({ caller }) => caller) : [];
    const principals = chain.length === 0 ? session.alone : [...new Set([session.principal, ...chain])];
    return { principals, ...deed, scope: { conversation, workspace: this.#parts.workspace() } };
  }

  /** Tells of the refusal and answers the failure. */
  #refuse(message: Message, deeds: readonly Deed[], deed: Deed, verdict: Verdict): Failure {
    const { session, conversation } = message;
    const { rule, principal = session.principal } = verdict;
    const other = principal === session.principal ? undefined : (pluginOf(principal) ?? principal);
    this.#parts.refused(session.plugin, deed, rule, conversation);
    this.#tell(message, deeds, "deny", rule);
    const who = other === undefined ? session.plugin : `${other}, on whose behalf it is done,`;
    return new Failure("denied", `${who} has no right to ${deed.verb} ${deed.target} (rule "${rule}").`, {
      details: { rule, verb: deed.verb, target: deed.target, ...(other !== undefined && { principal }) },
      todo: rule.startsWith("default:")
        ? `State it in ${other === undefined ? "the manifest's wants" : `the wants of ${other}`} with a reason; a person can grant it in the plugin's permissions.`
        : "That rule refuses it, whatever the manifest wants; a person can change their own in the list of rules.",
    });
  }

  /**
   * A right may have been revoked, or a mode changed, while the person was asked: then tells of the refusal and answers
   * the failure.
   */
  #refusedNow(message: Message, deeds: readonly Deed[]): Failure | undefined {
    for (const deed of deeds) {
      const request = this.#requestFor(message, deed);
      const verdict = this.#parts.decide(request);
      if (verdict.effect !== "deny") continue;
      this.#parts.used?.(request, verdict);
      return this.#refuse(message, deeds, deed, verdict);
    }
    return undefined;
  }

  /** Puts the deeds before the person, one after the other. */
  async #ask(
    message: Message,
    service: AnyService,
    deeds: readonly Deed[],
    open: readonly Open[],
  ): Promise<{ rule: string; params: Record<string, unknown> }> {
    const { method, session, inside, conversation, signal, whileAsking } = message;
    const { rates, approve, clock, ids } = this.#parts;
    const deedsOf = (own: Record<string, unknown>) => service.rights?.(own as never, session, conversation) ?? [];
    let { params } = message;
    let rule = "";
    for (const { deed, verdict, principals } of open) {
      if (method !== "ui/ask") rates.check(session.plugin, "questions", "questions");
      const question = {
        method,
        params,
        plugin: session.plugin,
        deed,
        verdict,
        principals,
        inside,
        conversation,
        deedsOf,
      };
      const refusedBy = () => this.#refusedNow(message, deeds);
      const request = { ...approvalOf({ ...question, id: ids.next("call"), now: clock.now() }), refusedBy };
      const answer = await whileAsking(() => approve(request, signal));
      rule = answer.rule ?? `person:${answer.choice}`;
      const scope = { conversation, workspace: this.#parts.workspace() };
      const answered = { principals, ...deed, scope };
      try {
        params = answeredParams(method, params, answer);
        this.#parts.used?.(answered, { effect: "allow", rule, rules: this.#rulesFor(answered, rule) });
      } catch (error) {
        this.#parts.used?.(answered, { effect: "deny", rule: "person:refused" });
        this.#tell(message, deeds, "deny", "person:refused");
        throw error;
      }
    }
    const refused = this.#refusedNow(message, deeds);
    if (refused) throw refused;
    this.#tell(message, deeds, "allow", rule);
    return { rule, params };
  }

  /** What lets each of the principals do it now that the person was asked: a rule of its own, or the answer. */
  #rulesFor(request: RightRequest, given: string): Record<string, string> {
    const ruleOf = (principal: string) => {
      const own = this.#parts.decide({ ...request, principals: [principal] });
      return own.effect === "allow" ? own.rule : given;
    };
    return Object.fromEntries(request.principals.map((principal) => [principal, ruleOf(principal)]));
  }

  /** Tells of what needs the right to act. */
  #tell(message: Message, deeds: readonly Deed[], effect: Right["effect"], rule: string): void {
    if (deeds.some(({ verb }) => verb === "act")) this.#parts.acted(message, { effect, rule });
  }
}
