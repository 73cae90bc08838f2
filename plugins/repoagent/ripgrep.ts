import { spawn } from "node:child_process";
import { join, sep } from "node:path";
import { createInterface } from "node:readline";
import type { Place, Places } from "./places.ts";
import { Problem } from "./problem.ts";
import type { Hit } from "./relevance.ts";
import type { Scan, Scanner } from "./search.ts";
import { snippetAround } from "./snippet.ts";

/** How long a line of ripgrep's own output may be, in characters; longer ones (minified files) are passed over. */
const recordLength = 262_144;

/**
 * Searches with a ripgrep executable: its own process, no shell, ended by the signal and when enough was found. Rejects with
 * `undefined` as the problem's place when the executable cannot be started, so that the caller can fall back.
 */
export function ripgrepScanner(executable: string, globs: string[]): Scanner {
  return (places, start, request, signal) =>
    new Promise<Scan | undefined>((resolve, reject) => {
      const target =
        start.absolute === start.root.path ? "./" : `.${sep}${start.absolute.slice(start.root.path.length + 1)}`;
      const child = spawn(executable, [...flags(request, globs), "-e", request.query, "--", target], {
        cwd: start.root.path,
        stdio: ["ignore", "pipe", "pipe"],
        windowsHide: true,
      });
      const hits: Hit[] = [];
      let capped = false;
      let complaint = "";
      const stop = (): void => void child.kill("SIGKILL");
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        if (complaint.length < 4_000) complaint += text;
      });
      const lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
      lines.on("line", (record) => {
        if (capped || record.length > recordLength || !record.startsWith('{"type":"match"')) return;
        const hit = hitOf(record, places, start);
        if (hit === undefined) return;
        hits.push(hit);
        if (hits.length >= request.scanLimit) {
          capped = true;
          stop();
        }
      });
      child.on("error", () => {
        signal?.removeEventListener("abort", stop);
        resolve(undefined);
      });
      child.on("close", (code) => {
        signal?.removeEventListener("abort", stop);
        if (signal?.aborted) reject(new Problem("cancelled", "The search was cancelled."));
        else if (code === 2 && hits.length === 0 && complaint !== "") reject(patternProblem(request.query, complaint));
        else resolve({ hits, capped });
      });
    });
}

function flags(request: Parameters<Scanner>[2], globs: string[]): string[] {
  return [
    "--json",
    "--no-config",
    "--no-messages",
    "--hidden",
    "--max-filesize",
    "20M",
    request.caseSensitive ? "--case-sensitive" : "--ignore-case",
    ...(request.regex ? [] : ["--fixed-strings"]),
    ...globs.flatMap((glob) => ["--glob", `!${glob}`]),
  ];
}

type Text = { text?: string; bytes?: string };
type Match = {
  data: { path: Text; lines: Text; line_number: number | null; submatches: { match: Text; start: number }[] };
};

function hitOf(record: string, places: Places, start: Place): Hit | undefined {
  const { data } = JSON.parse(record) as Match;
  const name = data.path.text;
  if (name === undefined || data.line_number === null) return undefined;
  const bytes =
    data.lines.text === undefined ? Buffer.from(data.lines.bytes ?? "", "base64") : Buffer.from(data.lines.text);
  const column = bytes.subarray(0, data.submatches[0]?.start ?? 0).toString("utf8").length + 1;
  const line = bytes.toString("utf8").split("\n", 1)[0] ?? "";
  return {
    path: places.label(start.root, join(start.root.path, name)),
    line: data.line_number,
    column,
    snippet: snippetAround(line, column),
    matched: data.submatches.slice(0, 20).map((part) => (part.match.text ?? "").toLowerCase()),
  };
}

function patternProblem(query: string, complaint: string): Problem {
  const reason =
    complaint
      .trim()
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(-1)[0] ?? complaint;
  return new Problem(
    "invalidParams",
    `The search for ${JSON.stringify(query)} failed: ${reason.replace(/^(?:rg: )?error: /, "")}. Set regex to false to search for the plain text.`,
  );
}
