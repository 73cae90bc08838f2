import { memo } from "react";
import type { ApprovalItem } from "../../protocol/webview.ts";
import { Icon } from "./icon.tsx";

/** Above the composer while something waits for an answer, because its card may be off screen. */
export const ApprovalBar = memo(function ApprovalBar({
  open,
  onReview,
}: {
  open: readonly ApprovalItem[];
  onReview: (id: string) => void;
}) {
  const first = open[0];
  if (!first) return null;
  const what =
    open.length === 1 ? `${first.title} waits for your answer` : `${open.length} questions wait for your answer`;
  return (
    <div className="approval-bar">
      <Icon name="shield" />
      <span title={what}>{what}</span>
      <button type="button" className="button" onClick={() => onReview(first.id)}>
        Review
      </button>
    </div>
  );
});
