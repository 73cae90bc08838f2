import {
  type KeyboardEvent,
  memo,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { ViewState } from "../../protocol/webview.ts";
import { type SendHow, useActions } from "../actions.ts";
import { ModelButton, ModeMenu, Usage } from "./composerPickers.tsx";
import { SendButtons } from "./sendButtons.tsx";

export interface ComposerHandle {
  /** Puts the text in, after what is there, and the cursor behind it. */
  fill(text: string): void;
  focus(): void;
}

interface ComposerProps {
  ref?: Ref<ComposerHandle>;
  state: ViewState;
  draft: string;
  onDraft: (text: string) => void;
  onSent: () => void;
}

/** The longest message that the host takes. */
const longest = 200_000;

/** Where the person writes. Enter sends, Shift+Enter breaks, Esc stops the agent; never while an input method composes. */
export const Composer = memo(function Composer({ ref, state, draft, onDraft, onSent }: ComposerProps) {
  const { send, stop } = useActions();
  const [text, setText] = useState(draft);
  const input = useRef<HTMLTextAreaElement>(null);
  const busy = state.agent !== "idle";
  const tooLong = text.length > longest;

  useEffect(() => {
    const timer = setTimeout(onDraft, 250, text);
    const now = () => onDraft(text);
    window.addEventListener("pagehide", now);
    document.addEventListener("visibilitychange", now);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pagehide", now);
      document.removeEventListener("visibilitychange", now);
    };
  }, [text, onDraft]);

  // Another conversation may be opened before the timer has run.
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => () => onDraft(latest.current), [onDraft]);

  useLayoutEffect(() => {
    const element = input.current;
    if (!element || CSS.supports("field-sizing", "content")) return;
    element.style.blockSize = "auto";
    element.style.blockSize = `${text === "" ? element.offsetHeight : element.scrollHeight + 2}px`;
  }, [text]);

  useImperativeHandle(ref, () => ({
    focus: () => input.current?.focus(),
    fill(added) {
      const whole = text.trim() === "" ? added : `${text.replace(/\s+$/, "")}\n${added}`;
      setText(whole);
      requestAnimationFrame(() => {
        input.current?.focus();
        input.current?.setSelectionRange(whole.length, whole.length);
      });
    },
  }));

  const submit = (how: SendHow) => {
    const message = text.trim();
    if (message === "" || tooLong) return;
    send(message, how);
    setText("");
    onDraft("");
    onSent();
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && busy) {
      event.preventDefault();
      event.stopPropagation();
      stop();
      return;
    }
    if (event.key !== "Enter" || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.shiftKey && !command) return;
    event.preventDefault();
    if (!busy) submit("send");
    else if (command) submit(event.shiftKey ? "stopAndSend" : "steer");
    else submit("queue");
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit(busy ? "queue" : "send");
      }}
    >
      <textarea
        ref={input}
        rows={1}
        aria-label="Message"
        aria-describedby="composer-help"
        aria-invalid={tooLong}
        placeholder={
          busy ? "Queue a message, or steer…" : state.mode === "ask" ? "Ask a question…" : "Ask, or say what to do…"
        }
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <span id="composer-help" className="hidden">
        {busy ? "Enter queues, Control Enter steers, Escape stops." : "Enter sends, Shift Enter makes a new line."}
      </span>
      {tooLong && (
        <p className="failure" role="alert">
          This is {(text.length - longest).toLocaleString()} characters too long. Put it into a file and name the file
          instead.
        </p>
      )}
      <div className="composer-foot">
        <ModeMenu mode={state.mode} />
        <ModelButton model={state.model} />
        <Usage usage={state.usage} />
        <SendButtons busy={busy} empty={text.trim() === "" || tooLong} onSend={submit} onStop={stop} />
      </div>
    </form>
  );
});
