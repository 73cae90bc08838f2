import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ApprovalItem } from "../protocol/webview.ts";
import { type Actions, ActionsContext } from "./actions.ts";
import { ActivitySection } from "./components/activitySection.tsx";
import { Announcer } from "./components/announcer.tsx";
import { ApprovalBar } from "./components/approvalBar.tsx";
import { Composer, type ComposerHandle } from "./components/composer.tsx";
import { Header } from "./components/header.tsx";
import { HistoryPanel } from "./components/historyPanel.tsx";
import { QueueStrip } from "./components/queueStrip.tsx";
import { Transcript, type TranscriptHandle } from "./components/transcript.tsx";
import { Welcome } from "./components/welcome.tsx";
import type { LiveStore } from "./liveStore.ts";
import type { Anchor, Memory } from "./memory.ts";
import { OpenRowsContext } from "./openRows.ts";
import { openQuestions, queueOf } from "./rows.ts";
import { useStable } from "./stable.ts";
import type { Model } from "./store.ts";

interface AppProps {
  store: LiveStore;
  actions: Actions;
  memory: Memory;
}

/** The conversation view. */
export function App({ store, actions, memory }: AppProps) {
  const model = useSyncExternalStore(store.subscribe, store.model);
  return (
    <ActionsContext value={actions}>
      {model.conversation && model.state ? (
        <Conversation key={model.conversation.id} model={model} actions={actions} memory={memory} />
      ) : (
        <output className="loading">
          <span className="progress" aria-hidden="true" />
          <span className="hidden">Loading the conversation</span>
        </output>
      )}
      <Announcer model={model} />
    </ActionsContext>
  );
}

/** One conversation with its composer and the sections around it; mounted anew for another conversation. */
function Conversation({ model, actions, memory }: { model: Model; actions: Actions; memory: Memory }) {
  const { conversation, state, items } = model;
  const id = conversation?.id ?? "";
  const [section, setSection] = useState<"conversation" | "history">("conversation");
  const [activityOpen, setActivityOpen] = useState(memory.activityOpen());
  const composer = useRef<ComposerHandle>(null);
  const transcript = useRef<TranscriptHandle>(null);
  const openRows = useRef(new Map<string, boolean>());
  const queue = useStable(useMemo(() => queueOf(items), [items]));
  const questions = useStable(useMemo(() => openQuestions(items), [items]));

  const showActivity = useCallback(
    (open: boolean) => {
      setActivityOpen(open);
      memory.setActivityOpen(open);
    },
    [memory],
  );
  const closeHistory = useCallback(() => {
    setSection("conversation");
    requestAnimationFrame(() => composer.current?.focus());
  }, []);
  const onHistory = useCallback(
    () => (section === "history" ? closeHistory() : setSection("history")),
    [section, closeHistory],
  );
  const onActivity = useCallback(() => showActivity(!activityOpen), [showActivity, activityOpen]);
  const onNew = useCallback(() => {
    actions.newConversation();
    closeHistory();
  }, [actions, closeHistory]);
  const onReview = useCallback((question: string) => transcript.current?.showApproval(question), []);
  const onEdit = useCallback((text: string) => composer.current?.fill(text), []);
  const onSent = useCallback(() => {
    setSection("conversation");
    transcript.current?.followEnd();
  }, []);
  const onDraft = useCallback((text: string) => memory.setDraft(id, text), [memory, id]);
  const onAnchor = useCallback((anchor: Anchor | undefined) => memory.setAnchor(id, anchor), [memory, id]);
  useWishes(model, { composer, showActivity, setSection });
  useFocusAfterAnswer(questions, { composer, transcript });

  if (!state) return null;
  const lastItem = items.findLast((item) => item.kind !== "message" || !item.queued);
  const shows =
    lastItem?.kind === "message" ? lastItem.streaming : lastItem?.kind === "tool" && lastItem.status === "running";
  const empty = items.length === 0;
  return (
    <OpenRowsContext value={openRows.current}>
      <Header
        title={conversation?.title || "New conversation"}
        section={section}
        activityOpen={activityOpen}
        onHistory={onHistory}
        onActivity={onActivity}
        onNew={onNew}
      />
      <main className="main" aria-label="Parley">
        {section === "history" ? (
          <HistoryPanel
            conversations={model.history?.conversations}
            answered={model.history?.query}
            current={id}
            onClose={closeHistory}
          />
        ) : empty ? (
          <Welcome state={state} />
        ) : (
          <Transcript
            ref={transcript}
            items={items}
            working={state.agent === "running" && !shows}
            anchor={memory.anchor(id)}
            onAnchor={onAnchor}
          />
        )}
      </main>
      {activityOpen && <ActivitySection entries={model.activity} onClose={onActivity} />}
      <footer className="foot">
        {section === "conversation" && <ApprovalBar open={questions} onReview={onReview} />}
        <QueueStrip queue={queue} onEdit={onEdit} />
        <Composer ref={composer} state={state} draft={memory.draft(id)} onDraft={onDraft} onSent={onSent} />
      </footer>
    </OpenRowsContext>
  );
}

/** A card goes away when it is answered. Who was in it goes on at the next question, or else at the composer. */
function useFocusAfterAnswer(
  questions: readonly ApprovalItem[],
  {
    composer,
    transcript,
  }: { composer: { current: ComposerHandle | null }; transcript: { current: TranscriptHandle | null } },
) {
  const inCard = useRef(false);
  useEffect(() => {
    const note = ({ target }: Event) => {
      inCard.current = target instanceof Element && target.closest("[data-approval]") !== null;
    };
    for (const type of ["focusin", "pointerdown"]) document.addEventListener(type, note);
    return () => {
      for (const type of ["focusin", "pointerdown"]) document.removeEventListener(type, note);
    };
  }, []);
  useEffect(() => {
    if (!inCard.current || document.activeElement !== document.body || !document.hasFocus()) return;
    const [next] = questions;
    if (next) transcript.current?.showApproval(next.id);
    else composer.current?.focus();
  }, [questions, composer, transcript]);
}

interface WishTargets {
  composer: { current: ComposerHandle | null };
  showActivity: (open: boolean) => void;
  setSection: (section: "conversation" | "history") => void;
}

/** Does what the host wishes (fill the composer, show a section), each wish once. */
function useWishes({ compose, show }: Model, { composer, showActivity, setSection }: WishTargets) {
  const done = useRef({ compose: -1, show: -1 });
  useEffect(() => {
    if (!compose || compose.seq === done.current.compose) return;
    done.current.compose = compose.seq;
    composer.current?.fill(compose.text);
  }, [compose, composer]);
  useEffect(() => {
    if (!show || show.seq === done.current.show) return;
    done.current.show = show.seq;
    if (show.section === "activity") showActivity(true);
    else if (show.section === "history") setSection("history");
    else {
      setSection("conversation");
      composer.current?.focus();
    }
  }, [show, composer, showActivity, setSection]);
}
