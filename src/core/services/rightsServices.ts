import type { Want } from "../../protocol/rules.ts";
import type { RightRequest, Verdict } from "../calls/types.ts";
import type { WindowPort } from "../ports.ts";
import type { Rates } from "../rules/rates.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import { noWindow } from "./actionServices.ts";
import type { ServiceTable } from "./service.ts";

export interface RightsServiceParts {
  readonly window: WindowPort | undefined;
  readonly rules: Pick<Rulebook, "decide" | "grantRequested">;
  readonly rates: Rates;
  /** The person refused what was asked for. */
  readonly used?: (request: RightRequest, verdict: Verdict) => void;
}

/** Asking for rights at run time. To ask needs no right; how often is limited as questions are. */
export function rightsServices({
  window,
  rules,
  rates,
  used,
}: RightsServiceParts): Pick<ServiceTable, "rights/request"> {
  return {
    "rights/request": {
      async handle({ wants }, { session, signal, whileAsking }) {
        const standing = () =>
          wants.map(({ verb, target, action }: Want) => {
            const { effect, rule } = rules.decide({ principals: [session.principal], verb, target, action });
            return { effect, rule };
          });
        const before = standing();
        const missing = wants.filter((_want, index) => before[index]?.effect !== "allow");
        if (missing.length > 0) {
          rates.check(session.plugin, "questions", "questions");
          if (!window) throw noWindow();
          const agreed = await whileAsking(() => window.consent(session.plugin, missing, signal));
          signal.throwIfAborted();
          if (agreed) await rules.grantRequested(session.plugin, session.home.grant, missing);
          else
            for (const { verb, target, action } of missing)
              used?.({ principals: session.alone, verb, target, action }, { effect: "deny", rule: "person:refused" });
        }
        const rights = standing();
        return { granted: rights.every(({ effect }) => effect === "allow"), rights };
      },
    },
  };
}
