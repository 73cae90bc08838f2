import { Failure } from "../../base/failure.ts";
import type { Meta } from "../../protocol/plugin/common.ts";
import type { RuleVerb } from "../../protocol/rules.ts";
import type { Calls } from "../calls/calls.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import type { CallRecord } from "../journal/records.ts";
import type { PluginMessageHandler } from "../ports.ts";
import type { Rates } from "../rules/rates.ts";
import type { Deed } from "../rules/targets.ts";
import type { Service, ServiceContext, ServiceTable } from "./service.ts";
import type { Session } from "./session.ts";

export interface RouterParts {
  readonly services: ServiceTable;
  readonly decide: (request: RightRequest) => Verdict;
  readonly rates: Rates;
  readonly calls: Pick<Calls, "inProgressAt" | "chainOf">;
  readonly workspace: () => string | undefined;
  readonly refused: (plugin: string, deed: Deed, rule: string, conversation: string | undefined) => void;
}

/** Verbs that, inside a chain of calls, need the right of everybody in it and not of the plugin alone. */
const chainVerbs: ReadonlySet<RuleVerb> = new Set(["act", "spend", "wake"]);

type AnyService = Service<never> & {
  rate?: (params: never) => { kind: Parameters<Rates["take"]>[1]; what: string } | undefined;
  rights?: (params: never, session: Session) => readonly Deed[];
  handle(params: never, context: ServiceContext): unknown;
};

/**
 * The one way in for what plugins send. The channel has checked the schema; here come limits, then `decide()`, then the
 * service. A handler never checks a right itself.
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
      const conversation = inside?.conversation ?? meta.conversation;
      this.#checkRate(service, params as never, session);
      const rule = this.#checkRights(service, params as never, session, inside, conversation);
      return service.handle(params as never, { session, inside, conversation, signal, progress, meta, rule });
    };
  }

  #checkRate(service: AnyService, params: never, session: Session): void {
    const limit = service.rate?.(params);
    if (limit) this.#parts.rates.check(session.plugin, limit.kind, limit.what);
  }

  /** Answers the rule of the last deed, which is the one that the journal names. */
  #checkRights(
    service: AnyService,
    params: never,
    session: Session,
    inside: CallRecord | undefined,
    conversation: string | undefined,
  ): string {
    let rule = "";
    for (const deed of service.rights?.(params, session) ?? []) {
      const chain =
        chainVerbs.has(deed.verb) && inside ? this.#parts.calls.chainOf(inside.id).map(({ caller }) => caller) : [];
      const verdict = this.#parts.decide({
        principals: [...new Set([session.principal, ...chain])],
        ...deed,
        scope: { conversation, workspace: this.#parts.workspace() },
      });
      rule = verdict.rule;
      if (verdict.effect === "allow") continue;
      this.#parts.refused(session.plugin, deed, rule, conversation);
      throw new Failure("denied", `${session.plugin} has no right to ${deed.verb} ${deed.target} (rule "${rule}").`, {
        details: { rule, verb: deed.verb, target: deed.target },
        todo: "State it in the manifest's wants with a reason; a person can grant it in the plugin's permissions.",
      });
    }
    return rule;
  }
}
