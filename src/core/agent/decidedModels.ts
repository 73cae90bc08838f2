import type { ModelsPort } from "../ports.ts";
import { type Decision, type RightsRequest, refusal } from "../rules/decide.ts";
import { deeds, principals } from "../rules/targets.ts";

/** The models as the agent gets them: to use one is a right too, which a person's rule may take. */
export function decidedModels(models: ModelsPort, deciding: (request: RightsRequest) => Decision): ModelsPort {
  return {
    async current() {
      const decision = deciding({ principals: [principals.agent], ...deeds.spend() });
      if (decision.effect !== "allow") throw refusal(decision, "use the model");
      return await models.current();
    },
    list: () => models.list(),
    select: (id) => models.select(id),
    onDidChange: (listener) => models.onDidChange(listener),
  };
}
