/** The example transcript of the reference: `docs/parts/transcript.json`, which a test replays against the real host. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../../../src/protocol/limits.ts";
import { hostCapabilities } from "../../../src/protocol/plugin/lifecycle.ts";
import { root } from "../paths.ts";
import { wrapped as prose } from "./prose.ts";

export interface TranscriptStep {
  /** What the step shows, in a sentence. */
  readonly note?: string;
  readonly from: "host" | "plugin";
  readonly message: Record<string, unknown>;
}

/** The capabilities and limits of `initialize` are filled in from the code: they are stated once. */
export function readTranscript(): TranscriptStep[] {
  const steps = JSON.parse(readFileSync(join(root, "docs", "parts", "transcript.json"), "utf8")) as TranscriptStep[];
  for (const { message } of steps) {
    if (message.method === "initialize")
      Object.assign(message.params as object, { capabilities: { ...hostCapabilities }, limits: { ...limits } });
  }
  return steps;
}

/** Each message as it stands on the wire, but for line breaks: the length is that of the compact form. */
export function transcript(): string {
  const steps = readTranscript().map(({ note, from, message }) => {
    const body = JSON.stringify(message);
    const arrow = from === "host" ? "host → plugin" : "plugin → host";
    const said = note ? `${prose(note)}\n\n` : "";
    return `${said}\`\`\`text\n${arrow}\nContent-Length: ${Buffer.byteLength(body)}\n\n${wrapped(body)}\n\`\`\``;
  });
  return steps.join("\n\n");
}

/** Long bodies over several lines, broken between fields. */
function wrapped(body: string): string {
  const lines: string[] = [];
  let line = "";
  for (const piece of body.split(/(?<=,)(?=")/)) {
    if (line.length + piece.length > 110 && line !== "") {
      lines.push(line);
      line = "";
    }
    line += piece;
  }
  return [...lines, line].join("\n");
}
