import { memo } from "react";
import type { MessageItem } from "../../protocol/webview.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { useOpen } from "../openRows.ts";
import { Icon } from "./icon.tsx";

interface SummaryProps {
  readonly item: MessageItem;
  readonly summary: NonNullable<MessageItem["summary"]>;
}

/** What the model reads in the place of the older messages, folded: the person goes on seeing those themselves. */
export const SummaryView = memo(function SummaryView({ item, summary }: SummaryProps) {
  const [open, setOpen] = useOpen(`${item.id} summary`, false);
  return (
    <article className="summary">
      <h2 className="hidden">Summary</h2>
      <button type="button" className="disclosure" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "chevron-down" : "chevron-right"} />
        Summary for the model · {standsFor(summary)}
      </button>
      {open && (
        <div className="summary-text">
          <Markdown text={item.content} streaming={false} />
          <p className="muted">
            {writtenBy(item)} The model reads this in the place of the older messages, which you go on seeing.
          </p>
        </div>
      )}
    </article>
  );
});

function standsFor({ messages, results }: SummaryProps["summary"]): string {
  const said = messages === 1 ? "1 message" : `${messages} messages`;
  if (results === 0) return said;
  return `${said}, ${results === 1 ? "1 result" : `${results} results`}`;
}

function writtenBy({ by, model }: MessageItem): string {
  if (by === "model") return `${model} wrote it.`;
  return by === "rules" ? "It was put together without a model." : `The plugin ${model} wrote it.`;
}
