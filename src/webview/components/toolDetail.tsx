import { useEffect, useRef } from "react";
import type { ToolItem } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { callerWords, pretty, ruleKind } from "../format.ts";
import { Code } from "../markdown/codeBlock.tsx";
import type { ToolNode } from "../rows.ts";
import { choiceWords } from "./choices.ts";
import { CopyButton } from "./copyButton.tsx";
import { DiffView } from "./diffView.tsx";

/** What went in, what came out, and which rule let it happen. Asks the host for what it has not been given. */
export function ToolDetail({ id, node }: { id: string; node: ToolNode }) {
  const { toolDetail } = useActions();
  const { item, approval } = node;
  const finished = item.status === "succeeded" || item.status === "failed";
  const missing = item.input === undefined || (finished && item.output === undefined);
  const asked = useRef(false);
  useEffect(() => {
    if (!missing || asked.current) return;
    asked.current = true;
    toolDetail(item.id);
  }, [missing, item.id, toolDetail]);

  const answer = approval?.choice ? choiceWords[approval.choice] : undefined;
  return (
    <div className="tool-detail" id={id}>
      {item.status === "failed" && item.outcome && <p className="failure">{item.outcome}</p>}
      {item.status === "failed" && item.todo && <p className="muted">{item.todo}</p>}
      {approval?.diffs?.map((diff, index) => (
        <DiffView key={diff.path} file={diff} approval={approval.id} index={index} />
      ))}
      {item.input !== undefined && <Part label="Input" text={pretty(item.input)} />}
      {item.output !== undefined && !(item.status === "failed" && item.output === item.outcome) && (
        <Part label="Output" text={pretty(item.output)} />
      )}
      {missing && item.input === undefined && <p className="muted">Fetching the details…</p>}
      {item.truncated &&
        (isFetched(item) ? (
          <p className="muted">The rest is too long to be shown here.</p>
        ) : (
          <button type="button" className="link" onClick={() => toolDetail(item.id)}>
            Show all of it
          </button>
        ))}
      <p className="muted rule">
        {item.plugin} · {item.name} · {item.action} · called by {callerWords(item.caller)}
        {item.failure && <> · {item.failure}</>}
        {answer && <> · {answer}</>}
        {item.rule && (
          <>
            {" · "}
            <span title={item.rule}>{ruleKind(item.rule)}</span>
          </>
        )}
      </p>
    </div>
  );
}

/** The host has already told as much as it tells at most, which is far more than what comes with a row. */
function isFetched({ input = "", output = "" }: ToolItem): boolean {
  return Math.max(input.length, output.length) > 100_000;
}

function Part({ label, text }: { label: string; text: string }) {
  const isJson = /^\s*[[{]/.test(text);
  return (
    <section className="tool-part" aria-label={label}>
      <div className="tool-part-head">
        <span>{label}</span>
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </div>
      {text === "" ? <p className="muted">(empty)</p> : <Code code={text} language={isJson ? "json" : ""} />}
    </section>
  );
}
