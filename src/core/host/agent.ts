import { Agent } from "../agent/agent.ts";
import type { Approvals } from "../agent/approvals.ts";
import { Compactor } from "../agent/compaction/compactor.ts";
import type { Conversations } from "../agent/conversations.ts";
import { decidedModels } from "../agent/decidedModels.ts";
import { providerModel } from "../agent/providerModel.ts";
import type { Calls } from "../calls/calls.ts";
import type { Secrets } from "../config/secrets.ts";
import { modelsWithout } from "../config/withoutSecrets.ts";
import type { HostParts } from "../hostParts.ts";
import type { Intercepts } from "../intercepts/chain.ts";
import type { personAsker } from "../intercepts/question.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import type { PluginSupervisor } from "../plugins/supervisor.ts";
import type { ModelsPort, StorePort } from "../ports.ts";
import type { Decision, RightsRequest } from "../rules/decide.ts";
import type { Rulebook } from "../rules/rulebook.ts";
import type { Publish } from "./publish.ts";

/** The offer behind the offline guide: of the bundled plugin, whoever else provides `llm.chat`. */
const guideOffer = { plugin: "llmserver", name: "chat" };

export interface HostAgentParts {
  readonly parts: HostParts;
  readonly store: StorePort;
  readonly secrets: Secrets;
  readonly rules: Rulebook;
  /** Decides and writes down that it did. */
  readonly deciding: (request: RightsRequest) => Decision;
  readonly publish: Publish;
  readonly intercepts: Intercepts;
  readonly askPerson: ReturnType<typeof personAsker>;
  readonly offers: OfferRegistry;
  readonly calls: Calls;
  readonly conversations: Conversations;
  readonly approvals: Approvals;
  readonly supervisor: () => PluginSupervisor;
}

/** The models to choose from, and the agent that works with the chosen one. */
export function hostAgent(own: HostAgentParts): { models: ModelsPort; agent: Agent } {
  const { parts, store, rules, publish, intercepts, askPerson, offers, calls, conversations, approvals } = own;
  const { clock, ids, editor, settings, about } = parts;
  const guide = providerModel(() => calls, { id: "guide", label: "Offline guide", kind: "rules" }, guideOffer);
  const models = modelsWithout(own.secrets, parts.models(guide));
  const agentModels = decidedModels(models, own.deciding);
  const agent = new Agent({
    conversations,
    calls,
    offers,
    models: agentModels,
    intercepts,
    askPerson,
    compactor: new Compactor({
      ...{ models: agentModels, intercepts, askPerson, publish, ids, clock },
      chosen: () => models.current(),
      share: () => settings.compactAt?.() ?? 0.8,
      window: () => settings.contextWindow?.() ?? 0,
    }),
    store,
    publish,
    clock,
    ids,
    lease: about.lease,
    stepLimit: settings.stepLimit,
    onlyTagged: (plugin) => own.supervisor().installed(plugin)?.parley?.tools === "tagged",
    waits: (conversation) => approvals.waitsIn(conversation),
    facts: () => ({
      folders: editor.workspaceFolders().map(({ name }) => name),
      activeFile: editor.focus().activeEditor?.path,
      mode: rules.mode,
    }),
    announce: (conversation, { id, role, content, origin }) =>
      publish(
        "message.added",
        { messageId: id, role: origin ? "plugin" : role, content, words: content.split(/\s+/).filter(Boolean).length },
        conversation.id,
      ),
  });
  return { models, agent };
}
