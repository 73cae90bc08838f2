import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Meta } from "../../protocol/plugin/common.ts";
import type { RuleVerb } from "../../protocol/rules.ts";
import type { Calls } from "../calls/calls.ts";
import type { ApprovalAnswer, ApprovalRequest, CallProgress, RightRequest, Verdict } from "../calls/types.ts";
import type { CallRecord } from "../journal/records.ts";
import type { PluginMessageHandler } from "../ports.ts";
import type { Rates } from "../rules/rates.ts";
import type { Deed } from "../rules/targets.ts";
import { answeredParams, approvalOf } from "./asking.ts";
import type { Service, ServiceContext, ServiceTable } from "./service.ts";
import type { Session } from "./session.ts";

export interface RouterParts {
  readonly services: ServiceTable;
  readonly decide: (request: RightRequest) => Verdict;
  readonly rates: Rates;
  readonly calls: Pick<Calls, "inProgressAt" | "chainOf" | "hold">;
  readonly workspace: () => string | undefined;
  readonly approve: (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer>;
  readonly refused: (plugin: string, deed: Deed, rule: string, conversation: string | undefined) => void;
  /** A plugin asked the host to act, and this was decided. */
  readonly acted: (plugin: string, service: string, right: Right, conversation: string | undefined) => void;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** What was decided, and the rule that settled it. */
export interface Right {
  readonly effect: "allow" | "deny";
  readonly rule: string;
}

/** Verbs that, inside a chain of calls, need the right of everybody in it and not of the plugin alone. */
const chainVerbs: ReadonlySet<RuleVerb> = new Set(["act", "spend", "wake"]);

/** Verbs about which the person is asked where a rule says so; to ask about any other is to refuse it. */
const askedVerbs: ReadonlySet<RuleVerb> = new Set(["act", "spend"]);

/** How often a plugin that waits for the person is told so, in milliseconds: its own deadline counts from the last progress. */
const tellMs = 15_000;

type AnyService = Service<never> & {
  rate?: (params: never) => { kind: Parameters<Rates["take"]>[1]; what: string } | undefined;
  rights?: (params: never, session: Session, conversation: string | undefined) => readonly Deed[];
  handle(params: never, context: ServiceContext): unknown;
};

/** A message on its way to its service. */
interface Passing {
  readonly method: string;
  readonly service: AnyService;
  readonly params: Record<string, unknown>;
  readonly session: Session;
  /** What it needs the right for. */
  readonly deeds: readonly Deed[];
  readonly inside: CallRecord | undefined;
  readonly conversation: string | undefined;
  readonly signal: AbortSignal;
  readonly whileAsking: ServiceContext["whileAsking"];
}

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
    return (method, params, signal, progress) => {
      const service = this.#parts.services[method as keyof ServiceTable] as unknown as AnyService | undefined;
      if (!service) throw new Failure("methodNotFound", `The host knows no method "${method}".`);
      const meta = (params._meta ?? {}) as Meta;
      const inside = this.#parts.calls.inProgressAt(meta.callId, session.plugin);
      const conversation = conversationOf(params, inside, meta);
      const whileAsking: ServiceContext["whileAsking"] = (ask) => this.#whileAsking(inside, progress, ask);
      const deeds = service.rights?.(params as never, session, conversation) ?? [];
      const passing: Passing = { method, service, params, session, deeds, inside, conversation, signal, whileAsking };
      const serve = (rule: string, own = params) =>
        service.handle(own as never, { session, inside, conversation, signal, progress, meta, rule, whileAsking });
      this.#checkRate(service, params as never, session);
      const { rule, open } = this.#checkRights(passing);
      if (open.length === 0) {
        this.#tell(passing, "allow", rule);
        return serve(rule);
      }
      return this.#ask(passing, open).then((answer) => serve(answer.rule, answer.params));
    };
  }

  #checkRate(service: AnyService, params: never, session: Session): void {
    const limit = service.rate?.(params);
    if (limit) this.#parts.rates.check(session.plugin, limit.kind, limit.what);
  }

  /** Answers the rule of the last deed, which is the one that the journal names, and what the person has to be asked about. */
  #checkRights(passing: Passing): { rule: string; open: Open[] } {
    const { session, deeds, inside, conversation } = passing;
    const open: Open[] = [];
    let rule = "";
    for (const deed of deeds) {
      const chain =
        chainVerbs.has(deed.verb) && inside ? this.#parts.calls.chainOf(inside.id).map(({ caller }) => caller) : [];
      const principals = [...new Set([session.principal, ...chain])];
      const scope = { conversation, workspace: this.#parts.workspace() };
      const verdict = this.#parts.decide({ principals, ...deed, scope });
      rule = verdict.rule;
      if (verdict.effect === "allow") continue;
      if (verdict.effect === "ask" && askedVerbs.has(deed.verb)) {
        open.push({ deed, verdict, principals });
        continue;
      }
      this.#parts.refused(session.plugin, deed, rule, conversation);
      this.#tell(passing, "deny", rule);
      throw new Failure("denied", `${session.plugin} has no right to ${deed.verb} ${deed.target} (rule "${rule}").`, {
        details: { rule, verb: deed.verb, target: deed.target },
        todo: "State it in the manifest's wants with a reason; a person can grant it in the plugin's permissions.",
      });
    }
    return { rule, open };
  }

  /** Puts the deeds before the person, one after the other. */
  async #ask(passing: Passing, open: readonly Open[]): Promise<{ rule: string; params: Record<string, unknown> }> {
    const { method, session, inside, conversation, signal, service } = passing;
    const { rates, approve, clock, ids } = this.#parts;
    const deedsOf = (own: Record<string, unknown>) => service.rights?.(own as never, session, conversation) ?? [];
    let { params } = passing;
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
      const request = approvalOf({ ...question, id: ids.next("call"), now: clock.now() });
      const answer = await passing.whileAsking(() => approve(request, signal));
      rule = answer.rule ?? `person:${answer.choice}`;
      try {
        params = answeredParams(method, params, answer);
      } catch (error) {
        this.#tell(passing, "deny", "person:refused");
        throw error;
      }
    }
    this.#tell(passing, "allow", rule);
    return { rule, params };
  }

  /** Tells of what needs the right to act. */
  #tell({ method, deeds, session, conversation }: Passing, effect: Right["effect"], rule: string): void {
    if (deeds.some(({ verb }) => verb === "act"))
      this.#parts.acted(session.plugin, method, { effect, rule }, conversation);
  }

  async #whileAsking<T>(
    inside: CallRecord | undefined,
    progress: (value: CallProgress) => void,
    ask: () => Promise<T>,
  ): Promise<T> {
    const { calls, clock } = this.#parts;
    const release = inside ? calls.hold(inside.id) : () => {};
    let timer: Disposable | undefined;
    const tell = () => {
      progress({ message: "Waiting for the person." });
      timer = clock.after(tellMs, tell);
    };
    tell();
    try {
      return await ask();
    } finally {
      timer?.dispose();
      release();
    }
  }
}

/** The conversation that a message is about, for its rights and for its service alike: the one it names comes first. */
function conversationOf(
  params: Record<string, unknown>,
  inside: CallRecord | undefined,
  meta: Meta,
): string | undefined {
  return typeof params.conversation === "string" ? params.conversation : (inside?.conversation ?? meta.conversation);
}
