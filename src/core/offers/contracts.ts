import { wellKnownCapabilities } from "../../protocol/plugin/capabilities.ts";
import type { Offer } from "../../protocol/plugin/offers.ts";
import { firstIssue } from "../plugins/issues.ts";

/** Undefined, or what is wrong with a value, in one sentence. */
export type Validate = (value: unknown) => string | undefined;
export interface OfferChecks {
  readonly validateInput: Validate;
  readonly validateOutput: Validate;
}

export interface ContractParts {
  /** Whether what a plugin answers must fit, and is not only told: while it is developed. */
  readonly strict: (plugin: string) => boolean;
  /** Says a sentence where the author of a plugin reads it. */
  readonly tell: (plugin: string, message: string) => void;
}

/**
 * Whether providers of well-known capabilities keep to what these take and answer, so that one can stand in for another.
 * What does not is told to the author once for each offer and side. In development such an answer is refused; of a plugin that
 * people use it is passed on, since its caller may want just that.
 */
export class CapabilityContracts {
  readonly #parts: ContractParts;
  readonly #told = new Set<string>();

  constructor(parts: ContractParts) {
    this.#parts = parts;
  }

  /** An offer's own checks, with those of the capability that it provides where that is a well-known one. */
  over(plugin: string, { name, facets }: Offer, own: OfferChecks): OfferChecks {
    const capability = facets?.provides ?? "";
    const contract = wellKnownCapabilities.get(capability);
    if (!contract) return own;
    const tell = (side: string, message: string) => {
      const what = `${plugin}/${name} ${side} ${capability}`;
      if (this.#told.has(what)) return;
      this.#told.add(what);
      this.#parts.tell(plugin, message);
    };
    return {
      validateInput: (args) => {
        const wrong = own.validateInput(args);
        if (wrong !== undefined && contract.input.safeParse(args).success) {
          tell("input", `"${name}" refuses arguments that "${capability}", which it provides, takes: ${wrong}`);
        }
        return wrong;
      },
      validateOutput: (result) => {
        const wrong = own.validateOutput(result);
        if (wrong !== undefined) return wrong;
        const answer = contract.output.safeParse(result);
        if (answer.success) return undefined;
        const unlike = `"${name}" provides "${capability}" and answers otherwise: ${firstIssue(answer.error, "the result")}.`;
        tell("output", unlike);
        return this.#parts.strict(plugin) ? unlike : undefined;
      },
    };
  }
}
