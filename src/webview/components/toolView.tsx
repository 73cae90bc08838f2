import { memo } from "react";
import type { ToolItem } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { callerWords } from "../format.ts";
import { useOpen } from "../openRows.ts";
import type { ToolNode } from "../rows.ts";
import { Elapsed } from "./elapsed.tsx";
import { Icon } from "./icon.tsx";
import { ToolDetail } from "./toolDetail.tsx";

const statuses = {
  asking: { icon: "question", word: "waits for your answer" },
  running: { icon: "loading", word: "running" },
  succeeded: { icon: "check", word: "succeeded" },
  failed: { icon: "error", word: "failed" },
  cancelled: { icon: "circle-slash", word: "cancelled" },
  interrupted: { icon: "debug-disconnect", word: "interrupted: the window closed" },
} as const;

/** A call on one line, with the calls it caused below it; open when it failed, else on demand. */
export const ToolView = memo(
  function ToolView({ node }: { node: ToolNode }) {
    return (
      <div className="tools">
        <ToolRow node={node} level={0} />
      </div>
    );
  },
  (a, b) => sameNode(a.node, b.node),
);

function ToolRow({ node, level }: { node: ToolNode; level: number }) {
  const { item, children } = node;
  const [open, setOpen] = useOpen(item.id, item.status === "failed");
  const status = statuses[item.status];
  const detail = `${item.id}-detail`;
  const below = summaryOf(item, open);
  return (
    <div className={`tool ${item.status}`}>
      <button
        type="button"
        className="tool-row"
        aria-expanded={open}
        aria-controls={open ? detail : undefined}
        onClick={() => setOpen(!open)}
      >
        <span className="tool-status" title={status.word}>
          <Icon name={status.icon} spin={item.status === "running"} />
        </span>
        <span className="tool-title" title={item.title}>
          {item.title}
        </span>
        {item.detached && <span className="tool-background">in the background</span>}
        {below && (
          <span className="tool-summary" title={below}>
            {below}
          </span>
        )}
        <span className="hidden">{status.word}</span>
        <span className="tool-end">
          {level > 0 && item.caller !== "agent" && <span className="hidden">called by {callerWords(item.caller)}</span>}
          <span className="tool-plugin" title={`${item.plugin} · ${item.name} (${item.action})`}>
            {item.plugin}
          </span>
          {item.status !== "asking" && (
            <Elapsed from={item.timestamp} to={item.endedAt ?? (ended(item) ? item.timestamp : undefined)} />
          )}
          <Icon name={open ? "chevron-down" : "chevron-right"} />
        </span>
      </button>
      {item.detached && item.status === "running" && <Background item={item} />}
      {item.status === "interrupted" && (
        <p className="tool-below">
          <span>{item.outcome ?? "The window closed before it ended."}</span>
        </p>
      )}
      {open && <ToolDetail id={detail} node={node} />}
      {children.length > 0 && (
        <ul className="tool-children" aria-label={`Calls made by ${item.title}`}>
          {children.map((child) => (
            <li key={child.item.id}>
              <ToolRow node={child} level={level + 1} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** How far a call in the background is, and the way to stop it. */
function Background({ item }: { item: ToolItem }) {
  const { cancelCall } = useActions();
  const far = item.progress ?? lastLine(item.output);
  return (
    <div className="tool-below">
      <button type="button" aria-label={`Cancel ${item.title}`} onClick={() => cancelCall(item.id)}>
        <Icon name="stop-circle" /> Cancel
      </button>
      {far && <span>{far}</span>}
    </div>
  );
}

const ended = (item: ToolItem) => item.status !== "running" && item.status !== "asking";

/** What the one line says beside the title; the outcome of a failure is below it when the row is open. */
function summaryOf(item: ToolItem, open: boolean): string | undefined {
  if (item.status === "running")
    return item.detached ? item.summary : (item.progress ?? lastLine(item.output) ?? item.summary);
  if (item.status === "failed") return open ? item.summary : (item.outcome ?? item.summary);
  // What interrupted it has a line of its own.
  const outcome = item.status === "interrupted" ? undefined : item.outcome;
  return [item.summary, outcome].filter(Boolean).join(" — ");
}

/** The last line of what has come of a result, while it comes. */
function lastLine(text: string | undefined): string | undefined {
  return text?.trimEnd().split("\n").at(-1) || undefined;
}

function sameNode(a: ToolNode, b: ToolNode): boolean {
  return (
    a.item === b.item &&
    a.approval === b.approval &&
    a.children.length === b.children.length &&
    a.children.every((child, index) => {
      const other = b.children[index];
      return other !== undefined && sameNode(child, other);
    })
  );
}
