import { memo } from "react";
import type { MessageItem } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { Icon, IconButton } from "./icon.tsx";

/** What the person has sent while the agent works and it has not begun; `onEdit` takes one back into the composer. */
export const QueueStrip = memo(function QueueStrip({
  queue,
  onEdit,
}: {
  queue: readonly MessageItem[];
  onEdit: (text: string) => void;
}) {
  const { unqueue } = useActions();
  if (queue.length === 0) return null;
  return (
    <section className="queue" aria-label="Queued messages">
      <ul>
        {queue.map((item) => (
          <li key={item.id}>
            <Icon name="clock" />
            <span className="queue-text" title={item.content}>
              {item.content}
            </span>
            <IconButton
              icon="edit"
              label={`Edit queued message: ${item.content.slice(0, 60)}`}
              onClick={() => {
                unqueue(item.id);
                onEdit(item.content);
              }}
            />
            <IconButton
              icon="close"
              label={`Remove queued message: ${item.content.slice(0, 60)}`}
              onClick={() => unqueue(item.id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
});
