import { useEffect, useRef, useState } from "react";
import { announcements } from "../announce.ts";
import type { Model } from "../store.ts";

/** `turn` makes a new element of each, so that the same words are said again when the same happens again. */
interface Said {
  readonly turn: number;
  readonly text: string;
}
const nothing: Said = { turn: 0, text: "" };

/** The live regions: what happens in the conversation is said here, because rows come and go as one scrolls. */
export function Announcer({ model }: { model: Model }) {
  const before = useRef(model);
  const [polite, setPolite] = useState(nothing);
  const [urgent, setUrgent] = useState(nothing);
  useEffect(() => {
    const said = announcements(before.current, model);
    before.current = model;
    const calm = said.filter((one) => !one.urgent).map((one) => one.text);
    const loud = said.filter((one) => one.urgent).map((one) => one.text);
    if (calm.length > 0) setPolite(({ turn }) => ({ turn: turn + 1, text: calm.join(" ") }));
    if (loud.length > 0) setUrgent(({ turn }) => ({ turn: turn + 1, text: loud.join(" ") }));
  }, [model]);
  return (
    <>
      <div className="hidden" role="status" aria-live="polite">
        <p key={polite.turn}>{polite.text}</p>
      </div>
      <div className="hidden" role="alert" aria-live="assertive">
        <p key={urgent.turn}>{urgent.text}</p>
      </div>
    </>
  );
}
