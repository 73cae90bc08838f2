import { appendFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { printable } from "../base/printable.ts";

export interface LogFilesOptions {
  /** Made when the first line comes. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes secrets out of a line. */
  readonly redact: (plugin: string, line: string) => string;
  /** How large a file may become, and how many there are of a plugin, the one that is written included. */
  readonly bytes?: number;
  readonly files?: number;
}

/** As much may wait to be written, in characters for each plugin; what comes beyond is counted and left out. */
const mostWaiting = 1024 * 1024;

/** How much is written at a time, in bytes. */
const largestPiece = 64 * 1024;

/**
 * A log of each plugin on disk: `plugin-NAME.log`, and older ones as `.log.1`, `.log.2`, …, the oldest of which goes
 * when the newest is full. Nobody waits for it: lines are queued, written in pieces one after the other, and bounded. A
 * disk that does not take them is told once.
 */
export class LogFiles {
  readonly #options: Required<LogFilesOptions>;
  readonly #logs = new Map<string, LogFile>();
  #troubled = false;

  constructor(options: LogFilesOptions) {
    this.#options = { bytes: 1024 * 1024, files: 5, ...options };
  }

  /** Adds a line; line ends inside it are indented, so that no line can look like another's. */
  add(plugin: string, line: string): void {
    const { redact, clock } = this.#options;
    const [first = "", ...more] = redact(plugin, line)
      .split(/\r?\n(?: {4})?/)
      .map(printable);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    this.#logOf(plugin).add([`${day} ${first}`, ...more].join("\n    "));
  }

  /** The file that is written, which may not be there yet. */
  path(plugin: string): string {
    return join(this.#options.folder, `plugin-${plugin}.log`);
  }

  /** Resolves when all that was added before is on disk, or could not be written. */
  async written(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((log) => log.written()));
  }

  #logOf(plugin: string): LogFile {
    const known = this.#logs.get(plugin);
    if (known) return known;
    const { bytes, files, folder } = this.#options;
    const log = new LogFile({ folder, path: this.path(plugin), bytes, files, failed: (error) => this.#failed(error) });
    this.#logs.set(plugin, log);
    return log;
  }

  #failed(error: unknown): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#options.logger.log("warn", "The logs of plugins cannot be written to disk.", { error: String(error) });
  }
}

interface LogFileOptions {
  readonly folder: string;
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly failed: (error: unknown) => void;
}

class LogFile {
  readonly #options: LogFileOptions;
  #waiting: string[] = [];
  #waitingSize = 0;
  #leftOut = 0;
  #size: number | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  add(line: string): void {
    if (this.#waitingSize + line.length > mostWaiting) {
      this.#leftOut++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingSize += line.length + 1;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async written(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What else comes in this turn goes with it.
    await undefined;
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      if (this.#leftOut > 0) lines.push(`[${this.#leftOut} lines left out: they came faster than the disk takes them]`);
      this.#waiting = [];
      this.#waitingSize = 0;
      this.#leftOut = 0;
      try {
        for (const piece of piecesOf(lines, this.#options.bytes)) await this.#write(piece);
      } catch (error) {
        this.#size = undefined;
        this.#options.failed(error);
      }
    }
  }

  async #write(piece: Buffer): Promise<void> {
    const { folder, path, bytes } = this.#options;
    if (this.#size === undefined) {
      await mkdir(folder, { recursive: true });
      this.#size = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }
    if (this.#size > 0 && this.#size + piece.length > bytes) {
      await this.#turn();
      this.#size = 0;
    }
    await appendFile(path, piece, { mode: 0o600 });
    this.#size += piece.length;
  }

  /** Each file becomes the next older one. */
  async #turn(): Promise<void> {
    const { path, files } = this.#options;
    const named = (age: number) => (age === 0 ? path : `${path}.${age}`);
    await rm(named(files - 1), { force: true });
    for (let age = files - 2; age >= 0; age--) {
      await rename(named(age), named(age + 1)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
    }
  }
}

/** The lines as pieces that are no larger than a file, and small, so that files are filled before the next one is begun. */
function* piecesOf(lines: readonly string[], bytes: number): Generator<Buffer> {
  const most = Math.min(bytes, largestPiece);
  let waiting: Buffer[] = [];
  let size = 0;
  for (const line of lines) {
    const next = Buffer.from(`${line}\n`);
    if (size > 0 && size + next.length > most) {
      yield Buffer.concat(waiting);
      waiting = [];
      size = 0;
    }
    waiting.push(next);
    size += next.length;
  }
  if (size > 0) yield Buffer.concat(waiting);
}
