import { memo, useMemo, useState } from "react";
import { Virtualizer } from "virtua";
import type { ActivityEntry } from "../../protocol/webview.ts";
import { clockTime } from "../format.ts";
import { useFollow } from "../useFollow.ts";
import { Icon, IconButton } from "./icon.tsx";

/**
 * What plugins do, line by line as it happens; a text filters by source, kind, wording and rule. A line that a rule allowed or
 * refused can be opened, and says which.
 */
export const ActivitySection = memo(function ActivitySection({
  entries,
  onClose,
}: {
  entries: readonly ActivityEntry[];
  onClose: () => void;
}) {
  const [filter, setFilter] = useState("");
  const shown = useMemo(() => entries.filter((entry) => matches(entry, filter)), [entries, filter]);
  const { scroller, follows, scrolled } = useFollow(true);

  return (
    <section className="activity" aria-label="Plugin activity">
      <div className="activity-head">
        <h2>Activity</h2>
        <input
          type="search"
          aria-label="Filter activity"
          placeholder="Filter"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <span className="muted count">{filter ? `${shown.length} of ${entries.length}` : entries.length}</span>
        <IconButton icon="close" label="Close activity" onClick={onClose} />
      </div>
      <section
        className="activity-list"
        aria-label="Events"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it.
        tabIndex={0}
        ref={scroller}
        onScroll={scrolled}
        onWheel={(event) => {
          // Lines that are measured on the way up change the height; who goes upwards leaves the end all the same.
          if (event.deltaY < 0) follows.current = false;
        }}
      >
        <div>
          {shown.length === 0 && (
            <p className="muted empty">{filter ? `No event matches “${filter}”.` : "Nothing has happened yet."}</p>
          )}
          <Virtualizer data={shown} scrollRef={scroller} bufferSize={100}>
            {(entry) => <ActivityLine key={entry.seq} entry={entry} />}
          </Virtualizer>
        </div>
      </section>
    </section>
  );
});

const icons = { info: undefined, warning: "warning", error: "error" } as const;

const ActivityLine = memo(function ActivityLine({ entry }: { entry: ActivityEntry }) {
  const icon = icons[entry.level];
  const line = (
    <>
      <time dateTime={new Date(entry.timestamp).toISOString()}>{clockTime(entry.timestamp)}</time>
      <span className="source">{entry.source}</span>
      <span className="what">
        {icon && <Icon name={icon} />}
        {icon && <span className="hidden">{entry.level}: </span>}
        <span className="type">{entry.type}</span> {entry.text}
      </span>
    </>
  );
  if (entry.why === undefined) return <div className={`activity-line ${entry.level}`}>{line}</div>;
  return (
    <details className="activity-entry">
      <summary className={`activity-line ${entry.level}`} title="Why?">
        {line}
        <Icon name="chevron-right" />
      </summary>
      <div className="why">
        <span className="muted">Why:</span>
        {entry.why.split("\n").map((rule) => (
          <p key={rule}>{rule}</p>
        ))}
      </div>
    </details>
  );
});

function matches(entry: ActivityEntry, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${entry.source} ${entry.type} ${entry.level} ${entry.text} ${entry.why ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
