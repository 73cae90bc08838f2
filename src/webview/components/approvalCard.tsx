import { type KeyboardEvent, memo, useId, useRef, useState } from "react";
import type { ApprovalChoice, ApprovalItem } from "../../protocol/webview.ts";
import { type Answer, useActions } from "../actions.ts";
import { callerWords, jsonProblem, pretty, ruleKind } from "../format.ts";
import { Code } from "../markdown/codeBlock.tsx";
import { choiceWords } from "./choices.ts";
import { DiffView } from "./diffView.tsx";
import { Icon } from "./icon.tsx";

const verbs: Record<string, string> = {
  create: "create something",
  write: "change something",
  delete: "delete something",
  read: "read something",
};

/** A question before a call: what exactly, by whom, where; and the answers. It never takes the focus by itself. */
export const ApprovalCard = memo(function ApprovalCard({ item }: { item: ApprovalItem }) {
  const title = useId();
  const [sent, setSent] = useState<ApprovalChoice>();
  const { answer } = useActions();
  const give = (given: Answer) => {
    setSent(given.choice);
    answer(item.id, given);
  };
  // An act of the plugin's own, which the title names.
  const own = item.caller === `plugin:${item.plugin}`;
  const choice = item.choice ?? sent;
  if (choice !== undefined) {
    return (
      <div className="answered">
        <Icon name={choice === "deny" ? "circle-slash" : "check"} />
        <span>
          {item.title}: {choiceWords[choice]}
        </span>
      </div>
    );
  }
  return (
    <section className="approval" aria-labelledby={title} data-approval={item.id} tabIndex={-1}>
      <h2 id={title}>
        <Icon name="shield" />
        <span>{item.title}</span>
      </h2>
      <p className="approval-who">
        <strong>{item.plugin}</strong> wants to {own ? "do this" : (verbs[item.action] ?? item.action)}
        {item.caller !== "agent" && !own && <>, asked by {callerWords(item.caller)}</>}
        {item.folder && (
          <>
            {" in "}
            <code dir="ltr" title={item.folder}>
              {item.folder}
            </code>
          </>
        )}
        .
      </p>
      {item.reason && <p>{item.reason}</p>}
      {item.diffs?.map((diff, index) => (
        <DiffView key={diff.path} file={diff} approval={item.id} index={index} />
      ))}
      <Question item={item} give={give} />
      {item.rule && (
        <p className="muted rule">
          Asked because of: <span title={item.rule}>{askedBecause(item.rule)}</span>
        </p>
      )}
    </section>
  );
});

/** A right to act or to spend is granted with a question at its first use. */
function askedBecause(rule: string): string {
  return rule.startsWith("grant:") ? "a right of the plugin's that is asked about at its first use" : ruleKind(rule);
}

/** The exact arguments, which can be edited, and the buttons. */
function Question({ item, give }: { item: ApprovalItem; give: (answer: Answer) => void }) {
  const original = pretty(item.input);
  const [edited, setEdited] = useState<string>();
  const [feedback, setFeedback] = useState<string>();
  const [shown, setShown] = useState((item.diffs?.length ?? 0) === 0);
  const problemId = useId();
  const deny = useRef<HTMLButtonElement>(null);
  const edit = useRef<HTMLButtonElement>(null);
  const problem = edited === undefined ? undefined : jsonProblem(edited);
  const allow = (choice: ApprovalChoice) => {
    if (problem) return;
    give(edited === undefined || edited === original ? { choice } : { choice, input: edited });
  };
  const leave = (event: KeyboardEvent, run: () => void) => {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  return (
    <>
      <div className="arguments">
        <div className="arguments-head">
          <button type="button" className="disclosure" aria-expanded={shown} onClick={() => setShown(!shown)}>
            <Icon name={shown ? "chevron-down" : "chevron-right"} />
            Arguments of <code title={item.name}>{item.name}</code>
          </button>
          {!item.fixed && (
            <button
              ref={edit}
              type="button"
              className="link"
              onClick={() => {
                setShown(true);
                setEdited(edited === undefined ? original : undefined);
              }}
            >
              {edited === undefined ? "Edit" : "Undo edits"}
            </button>
          )}
        </div>
        {shown && edited === undefined && <Code code={original} language="json" />}
        {shown && edited !== undefined && (
          <textarea
            // biome-ignore lint/a11y/noAutofocus: the person has just pressed Edit.
            autoFocus
            dir="ltr"
            spellCheck={false}
            className="edit-arguments"
            aria-label="Arguments as JSON"
            aria-invalid={problem !== undefined}
            aria-describedby={problem ? problemId : undefined}
            rows={Math.min(14, edited.split("\n").length + 1)}
            value={edited}
            onChange={(event) => setEdited(event.target.value)}
            onKeyDown={(event) =>
              leave(event, () => {
                setEdited(undefined);
                edit.current?.focus();
              })
            }
          />
        )}
      </div>
      {problem && (
        <p className="failure" id={problemId} role="alert">
          {problem}
        </p>
      )}
      {feedback === undefined ? (
        <div className="answers">
          <button type="button" className="button" disabled={problem !== undefined} onClick={() => allow("once")}>
            Allow once
          </button>
          <button ref={deny} type="button" className="button secondary" onClick={() => give({ choice: "deny" })}>
            Deny
          </button>
          <button type="button" className="button secondary" onClick={() => setFeedback("")}>
            Deny and say why…
          </button>
          {item.onlyOnce ? (
            <span className="muted">You are asked about this each time.</span>
          ) : (
            <fieldset className="allow-more" disabled={problem !== undefined}>
              <legend>Allow without asking again:</legend>
              <button type="button" className="link" onClick={() => allow("conversation")}>
                in this conversation
              </button>
              <button type="button" className="link" onClick={() => allow("workspace")}>
                in this workspace
              </button>
              <button type="button" className="link" onClick={() => allow("always")}>
                anywhere
              </button>
            </fieldset>
          )}
        </div>
      ) : (
        <form
          className="feedback"
          onSubmit={(event) => {
            event.preventDefault();
            give({ choice: "deny", feedback });
          }}
        >
          <input
            // biome-ignore lint/a11y/noAutofocus: the person has just asked for it.
            autoFocus
            type="text"
            maxLength={10_000}
            aria-label="Why you deny this; the model reads it"
            placeholder="What should happen instead?"
            value={feedback}
            onChange={(event) => setFeedback(event.target.value)}
            onKeyDown={(event) =>
              leave(event, () => {
                setFeedback(undefined);
                requestAnimationFrame(() => deny.current?.focus());
              })
            }
          />
          <button type="submit" className="button">
            Deny
          </button>
          <button type="button" className="button secondary" onClick={() => setFeedback(undefined)}>
            Back
          </button>
        </form>
      )}
    </>
  );
}
