import type { AgentMode, ViewState } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { count } from "../format.ts";
import { Icon } from "./icon.tsx";
import { Menu } from "./menu.tsx";

const modes: Record<AgentMode, { icon: string; title: string; detail: string }> = {
  agent: { icon: "agent", title: "Agent", detail: "Uses every tool; asks before it changes something." },
  ask: { icon: "comment-discussion", title: "Ask", detail: "Answers and reads; changes nothing." },
};

/** Chooses what the agent may do in this conversation. */
export function ModeMenu({ mode }: { mode: AgentMode }) {
  const { setMode } = useActions();
  const entries = (Object.keys(modes) as AgentMode[]).map((id) => ({
    id,
    title: modes[id].title,
    detail: modes[id].detail,
    checked: id === mode,
  }));
  return (
    <Menu
      className="picker"
      label={`Mode: ${modes[mode].title}`}
      entries={entries}
      onPick={(id) => setMode(id === "ask" ? "ask" : "agent")}
    >
      <Icon name={modes[mode].icon} />
      <span>{modes[mode].title}</span>
      <Icon name="chevron-down" />
    </Menu>
  );
}

/** Says which model answers; VS Code's own picker chooses another. */
export function ModelButton({ model }: { model: ViewState["model"] }) {
  const { pickModel } = useActions();
  const label = model.kind === "rules" ? "No model" : model.label;
  const title =
    model.kind === "rules" ? "No model: the offline guide answers. Connect a model" : `Model: ${label}. Choose another`;
  return (
    <button type="button" className="picker model-picker" title={title} aria-label={title} onClick={pickModel}>
      <span>{label}</span>
      <Icon name="chevron-down" />
    </button>
  );
}

/** The tokens of this conversation. */
export function Usage({ usage }: { usage: ViewState["usage"] }) {
  if (!usage || usage.input + usage.output === 0) return null;
  const title = `${usage.input.toLocaleString()} tokens read, ${usage.output.toLocaleString()} written in this conversation`;
  return (
    <span className="usage muted" title={title}>
      <span aria-hidden="true">{count(usage.input + usage.output)}</span>
      <span className="hidden">{title}</span>
    </span>
  );
}
