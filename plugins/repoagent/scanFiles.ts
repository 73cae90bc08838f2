import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Problem } from "./problem.ts";
import type { Hit } from "./relevance.ts";
import type { Scanner } from "./search.ts";
import { snippetAround } from "./snippet.ts";
import { walk } from "./walk.ts";

const largestFile = 20 * 1024 * 1024;
const longestLine = 100_000;

/** Searches without ripgrep: walks the files, `maxFiles` at most, leaving out binary ones and ones over 20 MiB. */
export function fileScanner(maxFiles: number): Scanner {
  return async (places, start, request, signal) => {
    const pattern = compile(request.query, request.regex, request.caseSensitive);
    const hits: Hit[] = [];
    let files = 0;
    const lone = (await stat(start.absolute)).isFile();
    const entries = lone
      ? [{ absolute: start.absolute, path: start.path, type: "file" as const }]
      : walk(places, start, { depth: 64, signal });
    for await (const entry of entries) {
      if (entry.type !== "file") continue;
      if (++files > maxFiles) return { hits, capped: true };
      signal?.throwIfAborted();
      const size = await stat(entry.absolute).then(
        (found) => found.size,
        () => undefined,
      );
      if (size === undefined || size > largestFile) continue;
      await scanFile(entry.absolute, entry.path, pattern, request.scanLimit, hits);
      if (hits.length >= request.scanLimit) return { hits, capped: true };
    }
    return { hits, capped: false };
  };
}

function compile(query: string, regex: boolean, caseSensitive: boolean): RegExp {
  try {
    return new RegExp(regex ? query : query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), caseSensitive ? "g" : "gi");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem(
      "invalidParams",
      `The search for ${JSON.stringify(query)} failed: ${reason}. Set regex to false to search for the plain text.`,
    );
  }
}

async function scanFile(file: string, path: string, pattern: RegExp, limit: number, hits: Hit[]): Promise<void> {
  const stream = createReadStream(file, { encoding: "utf8" });
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  const own: Hit[] = [];
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line.includes("\0")) return;
      if (line.length > longestLine) continue;
      const found = [...line.matchAll(pattern)].filter((match) => match[0] !== "").slice(0, 20);
      const first = found[0];
      if (first === undefined) continue;
      const column = first.index + 1;
      own.push({
        path,
        line: number,
        column,
        snippet: snippetAround(line, column),
        matched: found.map((match) => match[0].toLowerCase()),
      });
      if (hits.length + own.length >= limit) break;
    }
    hits.push(...own);
  } catch {
    // A file that vanished or may not be read is passed over, as ripgrep does.
  } finally {
    lines.close();
    stream.destroy();
  }
}
