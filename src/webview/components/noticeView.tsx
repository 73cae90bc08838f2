import { memo } from "react";
import type { NoticeItem } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { Icon } from "./icon.tsx";

const words = { info: "Note", warning: "Warning", error: "Error" } as const;

/** What happened, what to do, and a button that does it. */
export const NoticeView = memo(function NoticeView({ item }: { item: NoticeItem }) {
  const { command } = useActions();
  const { command: offered } = item;
  return (
    <aside className={`notice ${item.level}`} aria-label={words[item.level]}>
      <Icon name={item.level} />
      <div>
        <p>{item.text}</p>
        {item.todo && <p className="muted">{item.todo}</p>}
        {offered && (
          <button type="button" className="button secondary" onClick={() => command(offered.id)}>
            {offered.title}
          </button>
        )}
      </div>
    </aside>
  );
});
