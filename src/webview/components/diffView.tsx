import { useMemo } from "react";
import type { FileDiff } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { type DiffLine, diffLines } from "../diffLines.ts";
import { unmasked } from "../format.ts";
import { useOpen } from "../openRows.ts";
import { Icon } from "./icon.tsx";

/** Lines of a diff shown before "Show all". */
const short = 40;

/** The change of one file, coloured, with a button that opens it in VS Code's own diff editor. */
export function DiffView({ file, approval, index }: { file: FileDiff; approval: string; index: number }) {
  const { openDiff } = useActions();
  const lines = useMemo(() => diffLines(file.diff), [file.diff]);
  const [all, setAll] = useOpen(`${approval} diff ${index}`, lines.length <= short);
  const shown = all ? lines : lines.slice(0, short);
  return (
    <figure className="diff">
      <figcaption>
        <Icon name="diff" />
        <span className="diff-path" dir="ltr" title={file.path}>
          {file.path}
        </span>
        <span className="diff-count">
          <span className="added" title={`${file.added} lines added`}>
            +{file.added}
          </span>{" "}
          <span className="removed" title={`${file.removed} lines removed`}>
            −{file.removed}
          </span>
        </span>
        <button type="button" className="link" onClick={() => openDiff(approval, index)}>
          Open diff
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/useSemanticElements: a named group, so that the name of what scrolls is read out. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the lines scroll sideways, also by keyboard. */}
      <pre dir="ltr" role="group" tabIndex={0} aria-label={`Changes to ${file.path}`}>
        <code>
          {shown.map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its place.
            <DiffRow key={at} line={line} />
          ))}
        </code>
      </pre>
      {lines.length > short && (
        <button type="button" className="link more" onClick={() => setAll(!all)}>
          {all ? "Show fewer lines" : `Show all ${lines.length} lines`}
        </button>
      )}
    </figure>
  );
}

const marks = { added: "+", removed: "−", same: " ", hunk: "", note: "" } as const;

function DiffRow({ line }: { line: DiffLine }) {
  if (line.kind === "hunk" || line.kind === "note") {
    return (
      <span className={`diff-line ${line.kind}`}>{line.kind === "hunk" ? `⋯ ${unmasked(line.text)}` : line.text}</span>
    );
  }
  return (
    <span className={`diff-line ${line.kind}`}>
      <span className="number" aria-hidden="true">
        {line.new ?? line.old}
      </span>
      <span className="mark">{marks[line.kind]}</span>
      <span className="text">{line.text === "" ? " " : unmasked(line.text)}</span>
    </span>
  );
}
