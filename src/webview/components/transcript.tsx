import { type Ref, useCallback, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { Item } from "../../protocol/webview.ts";
import type { Anchor } from "../memory.ts";
import { type Row, rowsOf } from "../rows.ts";
import { useFollow } from "../useFollow.ts";
import { ApprovalCard } from "./approvalCard.tsx";
import { ErrorBoundary } from "./errorBoundary.tsx";
import { Icon } from "./icon.tsx";
import { Dots, MessageView } from "./messageView.tsx";
import { NoticeView } from "./noticeView.tsx";
import { ToolView } from "./toolView.tsx";

export interface TranscriptHandle {
  /** Brings the question into view and the focus to it. */
  showApproval(id: string): void;
  /** Follows the end again, as after the person has sent something. */
  followEnd(): void;
}

interface TranscriptProps {
  ref?: Ref<TranscriptHandle>;
  items: readonly Item[];
  /** The agent works and nothing on screen shows it. */
  working: boolean;
  anchor: Anchor | undefined;
  onAnchor: (anchor: Anchor | undefined) => void;
}

/** The conversation: only the rows in view are mounted, and it follows its end while the person is there. */
export function Transcript({ ref, items, working, anchor, onAnchor }: TranscriptProps) {
  const rows = useMemo(() => rowsOf(items), [items]);
  const list = useRef<VirtualizerHandle>(null);
  const [away, setAway] = useState(anchor !== undefined);
  const resized = useCallback((atEnd: boolean) => setAway(!atEnd), []);
  const { scroller, follows, toEnd, scrolled } = useFollow(anchor === undefined, resized);
  const waiting = useMemo(
    () => rows.flatMap((row, index) => (row.kind === "approval" && row.item.choice === undefined ? [index] : [])),
    [rows],
  );

  const followEnd = () => {
    follows.current = true;
    setAway(false);
    toEnd();
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it appears; later the person decides where it stands.
  useLayoutEffect(() => {
    const start = anchor ? rows.findIndex((row) => row.key === anchor.id) : -1;
    if (anchor && start >= 0) list.current?.scrollToIndex(start, { align: "start", offset: anchor.offset });
    else followEnd();
  }, []);

  const onScroll = () => {
    scrolled();
    setAway(!follows.current);
  };
  const onScrollEnd = () => {
    const handle = list.current;
    if (!handle) return;
    const index = handle.findItemIndex(handle.scrollOffset);
    const row = rows[index];
    onAnchor(
      follows.current || !row ? undefined : { id: row.key, offset: handle.scrollOffset - handle.getItemOffset(index) },
    );
  };
  /** Opening a row must leave it under the pointer, so the end is not followed until the person returns to it. */
  const onExpand = (target: EventTarget) => {
    if (target instanceof Element && target.closest("[aria-expanded]")) follows.current = false;
  };

  /** A person who goes upwards leaves the end, whatever the rows that are measured on the way do to the height. */
  const leave = (up: boolean) => {
    if (up) follows.current = false;
  };

  useImperativeHandle(ref, () => ({
    followEnd,
    showApproval(id) {
      const index = rows.findIndex((row) => row.kind === "approval" && row.key === id);
      if (index < 0) return;
      follows.current = false;
      list.current?.scrollToIndex(index, { align: "nearest" });
      const card = scroller.current?.querySelector<HTMLElement>(`[data-approval="${CSS.escape(id)}"]`);
      card?.focus({ preventScroll: true });
    },
  }));

  return (
    <div className="transcript-box">
      <section
        className="transcript"
        aria-label="Conversation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it.
        tabIndex={0}
        ref={scroller}
        onScroll={onScroll}
        onClickCapture={(event) => onExpand(event.target)}
        onWheel={(event) => leave(event.deltaY < 0)}
        onKeyDown={(event) => leave(upwards.has(event.key))}
      >
        <div className="transcript-content">
          <Virtualizer
            ref={list}
            data={rows}
            scrollRef={scroller}
            keepMounted={waiting}
            bufferSize={400}
            onScrollEnd={onScrollEnd}
          >
            {(row) => (
              <div key={row.key} className={`row of-${row.kind}`}>
                <ErrorBoundary what="This entry">
                  <RowView row={row} />
                </ErrorBoundary>
              </div>
            )}
          </Virtualizer>
          {working && (
            <div className="row working">
              <Dots label="Working" />
            </div>
          )}
        </div>
      </section>
      {away && (
        <button type="button" className="jump" onClick={followEnd}>
          <Icon name="arrow-down" /> Jump to latest
        </button>
      )}
    </div>
  );
}

/** Keys that scroll towards the beginning. */
const upwards = new Set(["ArrowUp", "PageUp", "Home"]);

function RowView({ row }: { row: Row }) {
  switch (row.kind) {
    case "message":
      return <MessageView item={row.item} author={row.author} />;
    case "tool":
      return <ToolView node={row.node} />;
    case "approval":
      return <ApprovalCard item={row.item} />;
    case "notice":
      return <NoticeView item={row.item} />;
  }
}
