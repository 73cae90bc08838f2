import { memo } from "react";
import type { ViewState } from "../../protocol/webview.ts";
import { useActions } from "../actions.ts";
import { Icon } from "./icon.tsx";

/** An empty conversation: what can be asked here, and how to get a model. */
export const Welcome = memo(function Welcome({ state }: { state: ViewState }) {
  const { send, pickModel } = useActions();
  const offline = state.model.kind === "rules";
  return (
    <section className="welcome" aria-labelledby="welcome-title">
      <Icon name="comment-discussion-sparkle" />
      <h2 id="welcome-title">{state.workspace ? `Ask about ${state.workspace}` : "Ask about your code"}</h2>
      <p>
        Plugins do the work: they search, read and change files, and speak up by themselves when they notice something.
      </p>
      <ul className="examples">
        {state.examples.slice(0, 3).map((example) => (
          <li key={example}>
            <button type="button" onClick={() => send(example, "send")}>
              <Icon name="arrow-right" />
              <span>{example}</span>
            </button>
          </li>
        ))}
      </ul>
      {offline ? (
        <div className="offline">
          <p>
            <span className="badge">No model</span> The offline guide answers: it runs recipes on this folder and needs
            no key and no network.
          </p>
          <button type="button" className="button" onClick={pickModel}>
            Connect a model
          </button>
        </div>
      ) : (
        <p className="muted">
          {state.model.label} answers.{" "}
          <button type="button" className="link" onClick={pickModel}>
            Choose another model
          </button>
        </p>
      )}
    </section>
  );
});
