import { memo } from "react";
import type { MessageItem } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { fullTime } from "../format.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { useOpen } from "../openRows.ts";
import { CopyButton } from "./copyButton.tsx";
import { Icon } from "./icon.tsx";
import { SummaryView } from "./summaryView.tsx";

/** What someone said: the person in a bubble, the model in plain text, a plugin behind a coloured edge with its chip. */
export const MessageView = memo(function MessageView({ item, author }: { item: MessageItem; author: boolean }) {
  if (item.summary) return <SummaryView item={item} summary={item.summary} />;
  const kind = item.origin ? "plugin" : item.role;
  const waiting = item.streaming && item.content === "" && !item.thinking;
  return (
    <article className={`message ${kind}${item.queued ? " queued" : ""}`} aria-busy={item.streaming || undefined}>
      <div className={author || item.origin ? "author" : "author hidden"}>
        <h2>{nameOf(item)}</h2>
        <Chips item={item} />
        <Time at={item.timestamp} />
      </div>
      {item.thinking && <Thinking item={item} />}
      {waiting ? <Dots label="Thinking" /> : <Body item={item} />}
      <MessageActions item={item} />
      {!item.streaming && item.content !== "" && (
        <div className="message-tools">
          <CopyButton text={item.content} label="Copy message" />
        </div>
      )}
    </article>
  );
});

const Time = memo(function Time({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} className="hidden">
      {fullTime(at)}
    </time>
  );
});

function nameOf(item: MessageItem): string {
  if (item.origin) return item.origin.plugin;
  if (item.role === "user") return "You";
  return item.role === "system" ? "Note" : "Parley";
}

function Body({ item }: { item: MessageItem }) {
  if (item.role === "user" && !item.origin) return <p className="said">{item.content}</p>;
  return <Markdown text={item.content} streaming={item.streaming === true} />;
}

const intents = {
  notify: { word: "for you", means: "Only you see this message; the model does not." },
  context: { word: "for the model too", means: "You see this message, and the model reads it at its next step." },
  wake: { word: "started a turn", means: "This message also asked the model to act." },
} as const;

function Chips({ item }: { item: MessageItem }) {
  if (item.editedBy) {
    return (
      <span className="chip" title="This is what reaches the model; what you typed was changed on the way.">
        <Icon name="edit" />
        changed by {item.editedBy}
      </span>
    );
  }
  if (!item.origin) {
    if (item.by === "rules") {
      return (
        <span className="badge" title="The offline guide answered: recipes, not a language model.">
          No model
        </span>
      );
    }
    return item.role === "assistant" && item.model ? <span className="muted model">{item.model}</span> : null;
  }
  const intent = intents[item.origin.intent];
  const rule = item.origin.rule ? ` Allowed by: ${item.origin.rule}.` : "";
  return (
    <>
      <span className="chip" title={`A message from the plugin ${item.origin.plugin}. ${intent.means}${rule}`}>
        <Icon name="plug" />
        plugin · {intent.word}
        <span className="hidden">
          . {intent.means}
          {rule}
        </span>
      </span>
      {item.queued && <span className="muted">joins at the next step</span>}
    </>
  );
}

function Thinking({ item }: { item: MessageItem }) {
  const going = item.streaming === true && item.content === "";
  const [open, setOpen] = useOpen(`${item.id} thinking`, false);
  return (
    <div className="thinking">
      <button type="button" className="disclosure" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "chevron-down" : "chevron-right"} />
        {going ? "Thinking…" : "Thought about it"}
      </button>
      {open && <p className="thought">{item.thinking}</p>}
    </div>
  );
}

function MessageActions({ item }: { item: MessageItem }) {
  const { messageAction } = useActions();
  if (!item.actions || item.actions.length === 0) return null;
  return (
    <div className="message-actions">
      {item.actions.map((action, index) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: an action's name to the host is its place.
          key={index}
          type="button"
          className={index === 0 ? "button" : "button secondary"}
          title={action.target ? `Calls ${action.target}` : undefined}
          onClick={() => messageAction(item.id, index)}
        >
          {action.title}
        </button>
      ))}
    </div>
  );
}

/** Three dots that say that something is coming. */
export function Dots({ label }: { label: string }) {
  return (
    <span className="dots" role="img" aria-label={label}>
      <i />
      <i />
      <i />
    </span>
  );
}
