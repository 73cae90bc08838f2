import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { locateExisting } from "./find.ts";
import type { Places } from "./places.ts";
import { fileProblem, Problem } from "./problem.ts";

export type ReadInput = { path: string; encoding?: "utf8" | "base64"; offset?: number; limit?: number };
export type ReadOutput = {
  path: string;
  content: string;
  encoding: "utf8" | "base64";
  /** The first line (from 1) of the content; with base64 the first byte (from 0). */
  offset: number;
  /** How many lines (bytes) the content has. */
  count: number;
  /** The whole file in bytes. */
  size: number;
  /** Set where the end was reached: how many lines the file has. */
  totalLines?: number;
  /** Set where there is more: the next page's offset. */
  nextOffset?: number;
};

const defaultLines = 2_000;
const pageBytes = 512 * 1024;
const newline = 10;

/**
 * Reads a page of a text file by lines, or of any file by bytes with base64. The file is streamed: memory is bounded by the
 * page (2,000 lines or 512 KiB) whatever its size. A negative offset counts lines from the end. Binary content is refused.
 */
export async function readFilePage(
  places: Places,
  input: ReadInput,
  maxFiles: number,
  signal?: AbortSignal,
): Promise<ReadOutput> {
  const place = await locateExisting(places, input.path, "file", maxFiles, signal);
  try {
    const { size } = await stat(place.absolute);
    if (input.encoding === "base64") return await readBytes(place.absolute, place.path, size, input);
    const limit = input.limit ?? defaultLines;
    let first = input.offset ?? 1;
    if (first < 0) first = Math.max(1, (await countLines(place.absolute, signal)) + first + 1);
    return await readLines(place.absolute, place.path, size, Math.max(1, first), limit, signal);
  } catch (error) {
    if (signal?.aborted) throw new Problem("cancelled", `Reading ${input.path} was cancelled.`);
    throw fileProblem(error, `read ${input.path}`);
  }
}

async function readLines(
  file: string,
  path: string,
  size: number,
  first: number,
  limit: number,
  signal?: AbortSignal,
): Promise<ReadOutput> {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let keptLines = 0;
  let line = 1;
  let ended = true;
  let cutAt: number | undefined;
  let looked = false;
  let lastByte = newline;
  reading: for await (const chunk of createReadStream(file, {
    signal,
    highWaterMark: 256 * 1024,
  }) as AsyncIterable<Buffer>) {
    if (!looked) {
      looked = true;
      refuseBinary(chunk.subarray(0, 8_192), path);
    }
    let at = 0;
    while (at < chunk.length) {
      if (keptLines >= limit || cutAt !== undefined) {
        ended = false;
        break reading;
      }
      const end = chunk.indexOf(newline, at);
      const stop = end === -1 ? chunk.length : end + 1;
      if (line >= first) {
        const room = pageBytes - keptBytes;
        if (stop - at > room) {
          if (room > 0) kept.push(Buffer.from(chunk.subarray(at, at + room)));
          keptBytes += room;
          cutAt = line;
          ended = false;
          break reading;
        }
        kept.push(Buffer.from(chunk.subarray(at, stop)));
        keptBytes += stop - at;
        if (end !== -1) keptLines++;
      }
      lastByte = chunk[stop - 1] as number;
      if (end !== -1) line++;
      at = stop;
    }
  }
  const bytes = Buffer.concat(kept);
  refuseBinary(bytes, path);
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: cutAt !== undefined });
  // A page ends with a whole line, unless its only line is longer than the page.
  const content = cutAt !== undefined && keptLines > 0 ? decoded.slice(0, decoded.lastIndexOf("\n") + 1) : decoded;
  const count = keptLines + (content !== "" && !content.endsWith("\n") ? 1 : 0);
  const total = line - 1 + (lastByte === newline ? 0 : 1);
  if (ended && first > Math.max(1, total))
    throw new Problem("invalidParams", `${path} has ${total} lines, so there is no line ${first}.`);
  const rest = ended ? { totalLines: total } : { nextOffset: first + Math.max(1, count) };
  return { path, content, encoding: "utf8", offset: first, count, size, ...rest };
}

function refuseBinary(bytes: Buffer, path: string): void {
  if (bytes.includes(0))
    throw new Problem("invalidParams", `${path} is a binary file. It can be read with encoding "base64" only.`);
}

async function readBytes(file: string, path: string, size: number, input: ReadInput): Promise<ReadOutput> {
  const offset = input.offset ?? 0;
  const first = offset < 0 ? Math.max(0, size + offset) : offset;
  const length = Math.max(0, Math.min(input.limit ?? pageBytes, pageBytes, size - first));
  const handle = await open(file, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, first);
    const next = first + bytesRead;
    const content = buffer.subarray(0, bytesRead).toString("base64");
    return {
      path,
      content,
      encoding: "base64",
      offset: first,
      count: bytesRead,
      size,
      ...(next < size ? { nextOffset: next } : {}),
    };
  } finally {
    await handle.close();
  }
}

async function countLines(file: string, signal?: AbortSignal): Promise<number> {
  let lines = 0;
  let last = newline;
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) lines++;
    last = chunk[chunk.length - 1] ?? last;
  }
  return last === newline ? lines : lines + 1;
}
