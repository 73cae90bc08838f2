import { useEffect, useRef, useState } from "react";
import { announcements } from "../announce.ts";
import type { Model } from "../store.ts";

/** The live regions: what happens in the conversation is said here, because rows come and go as one scrolls. */
export function Announcer({ model }: { model: Model }) {
  const before = useRef(model);
  const [polite, setPolite] = useState("");
  const [urgent, setUrgent] = useState("");
  useEffect(() => {
    const said = announcements(before.current, model);
    before.current = model;
    const calm = said.filter((one) => !one.urgent).map((one) => one.text);
    const loud = said.filter((one) => one.urgent).map((one) => one.text);
    if (calm.length > 0) setPolite(calm.join(" "));
    if (loud.length > 0) setUrgent(loud.join(" "));
  }, [model]);
  return (
    <>
      <div className="hidden" role="status" aria-live="polite">
        {polite}
      </div>
      <div className="hidden" role="alert" aria-live="assertive">
        {urgent}
      </div>
    </>
  );
}
