import { useState } from "react";
import type { ConversationSummary } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { ago, fullTime } from "../format.ts";
import { Icon, IconButton } from "./icon.tsx";

interface HistoryRowProps {
  summary: ConversationSummary;
  current: boolean;
  onOpen: () => void;
  /** Something about it was changed; the list has to be asked for again. */
  onChanged: () => void;
}

/** One conversation; renaming and the question before deleting happen in its place. */
export function HistoryRow({ summary, current, onOpen, onChanged }: HistoryRowProps) {
  const { renameConversation, deleteConversation } = useActions();
  const [doing, setDoing] = useState<"rename" | "delete">();
  const done = () => setDoing(undefined);

  if (doing === "rename") {
    return (
      <li>
        <RenameForm
          title={summary.title}
          onDone={(title) => {
            done();
            if (title === undefined || title === summary.title) return;
            renameConversation(summary.id, title);
            onChanged();
          }}
        />
      </li>
    );
  }
  if (doing === "delete") {
    return (
      <li className="confirm">
        <span>Delete “{summary.title}”?</span>
        <button
          type="button"
          className="button"
          onClick={() => {
            done();
            deleteConversation(summary.id);
            onChanged();
          }}
        >
          Delete
        </button>
        {/* biome-ignore lint/a11y/noAutofocus: the person has just pressed Delete; the safe answer gets the focus. */}
        <button type="button" className="button secondary" autoFocus onClick={done}>
          Keep
        </button>
      </li>
    );
  }
  return (
    <li className={current ? "current" : undefined}>
      <button type="button" className="history-open" aria-current={current || undefined} onClick={onOpen}>
        <span className="history-title">
          {summary.running && <Icon name="loading" spin />}
          <span className="text" title={summary.title}>
            {summary.title}
          </span>
          {summary.needsYou && <span className="badge">needs you</span>}
          {summary.running && <span className="hidden">running</span>}
        </span>
        <span className="muted" title={fullTime(summary.updatedAt)}>
          {ago(summary.updatedAt, Date.now())} · {summary.messages} {summary.messages === 1 ? "message" : "messages"}
        </span>
      </button>
      <IconButton icon="edit" label={`Rename ${summary.title}`} onClick={() => setDoing("rename")} />
      <IconButton icon="trash" label={`Delete ${summary.title}`} onClick={() => setDoing("delete")} />
    </li>
  );
}

function RenameForm({ title, onDone }: { title: string; onDone: (title: string | undefined) => void }) {
  const [text, setText] = useState(title);
  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") onDone(text.trim());
      }}
    >
      <input
        // biome-ignore lint/a11y/noAutofocus: the person has just pressed Rename.
        autoFocus
        type="text"
        aria-label="New title"
        maxLength={200}
        value={text}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
          event.preventDefault();
          event.stopPropagation();
          onDone(undefined);
        }}
      />
      <button type="submit" className="button" disabled={text.trim() === ""}>
        Rename
      </button>
    </form>
  );
}
