import { useEffect, useState } from "react";
import { elapsed } from "../format.ts";

/** How long something took, or counts while it runs. Silent for screen readers, which would hear every second. */
export function Elapsed({ from, to }: { from: number; to?: number | undefined }) {
  const [now, setNow] = useState(Date.now);
  const running = to === undefined;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  const text = running ? elapsed(Math.floor((now - from) / 1_000) * 1_000) : elapsed(to - from);
  return text ? (
    <span className="elapsed" aria-hidden={running || undefined}>
      {text}
    </span>
  ) : null;
}
