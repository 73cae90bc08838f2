import { useEffect, useState } from "react";
import { IconButton } from "./icon.tsx";

/** Copies `text`, and says for two seconds that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  useEffect(() => {
    if (state === "ready") return;
    const timer = setTimeout(() => setState("ready"), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  const said = { ready: label, copied: "Copied", failed: "Copying was refused" }[state];
  return (
    <IconButton icon={{ ready: "copy", copied: "check", failed: "error" }[state]} label={said} onClick={copy}>
      <output className="hidden">{state === "ready" ? "" : said}</output>
    </IconButton>
  );
}
