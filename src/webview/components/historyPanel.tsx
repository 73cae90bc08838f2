import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { ConversationSummary } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { HistoryRow } from "./historyRow.tsx";

interface HistoryPanelProps {
  conversations: readonly ConversationSummary[] | undefined;
  /** The query that `conversations` answers. */
  answered: string | undefined;
  current: string | undefined;
  onClose: () => void;
}

/** The conversations: search, open, rename, delete. Arrow keys move between them, Esc goes back. */
export function HistoryPanel({ conversations, answered, current, onClose }: HistoryPanelProps) {
  const { searchHistory, openConversation } = useActions();
  const [query, setQuery] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const search = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const timer = setTimeout(searchHistory, query === "" ? 0 : 150, query);
    return () => clearTimeout(timer);
  }, [query, searchHistory]);
  useEffect(() => search.current?.focus(), []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const rows = Array.from(list.current?.querySelectorAll<HTMLElement>(".history-open") ?? []);
    const at = rows.findIndex((row) => row.parentElement?.contains(document.activeElement));
    const to = event.key === "ArrowDown" ? at + 1 : at - 1;
    event.preventDefault();
    if (to < 0) search.current?.focus();
    else rows[Math.min(to, rows.length - 1)]?.focus();
  };

  return (
    <section className="history" aria-label="Conversations" onKeyDown={onKeyDown}>
      <input
        ref={search}
        type="search"
        aria-label="Search conversations"
        placeholder="Search conversations"
        maxLength={500}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      {conversations?.length === 0 && (
        <p className="muted empty">{answered ? `Nothing found for “${answered}”.` : "No conversations yet."}</p>
      )}
      <ul ref={list}>
        {conversations?.map((summary) => (
          <HistoryRow
            key={summary.id}
            summary={summary}
            current={summary.id === current}
            onChanged={() => searchHistory(query)}
            onOpen={() => {
              openConversation(summary.id);
              onClose();
            }}
          />
        ))}
      </ul>
    </section>
  );
}
