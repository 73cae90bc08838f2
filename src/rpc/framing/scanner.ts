import { ByteQueue } from "./bytes.ts";

/** What the scanner finds in a stream, in order. */
export type Piece =
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  /** Text between messages, at most `headerBytes` long; what was longer comes in several pieces. */
  | { readonly kind: "stray"; readonly text: string }
  /** A header that names no usable length; scanning goes on at the next header line. */
  | { readonly kind: "badHeader"; readonly message: string }
  /** A body larger than allowed was announced. There is no way to go on: the scanner finds nothing more. */
  | { readonly kind: "tooLarge"; readonly announced: string };

export interface ScannerLimits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
}

const lineFeed = 10;
const carriageReturn = 13;
/** The header nearly every peer sends; anything else takes the slower way. */
const usualStart = new TextEncoder().encode("Content-Length: ");
/** More than any header line that may follow stray text on the same line. */
const longestGlued = 64;

const lengthLine = /^content-length[ \t]*:[ \t]*(.*?)[ \t]*$/i;
const typeLine = /^content-type[ \t]*:/i;
const fieldLine = /^[!-9;-~]+[ \t]*:/;
const gluedLine = /content-length: ?[0-9]{1,15}$/i;

/**
 * Cuts a byte stream into message bodies (LSP base framing). Text that belongs to no message is handed out as stray, and the
 * next header line is where messages go on, also when it stands right behind stray text without a line end. Every byte is
 * looked at a constant number of times, whatever the chunks. Takes no decision about time: see the reader.
 */
export class FrameScanner {
  readonly #limits: ScannerLimits;
  readonly #queue = new ByteQueue();
  readonly #decoder = new TextDecoder();
  /** How far the open line was searched for its end. */
  #scanned = 0;
  /** Lines of the header that is being read, and the length that it named. */
  #header: { lines: string[]; bytes: number; length: number | undefined } | undefined;
  #bodyLength: number | undefined;
  #stray = "";
  #found: Piece[] = [];
  #over = false;

  constructor(limits: ScannerLimits) {
    this.#limits = limits;
  }

  push(chunk: Uint8Array): void {
    if (this.#over) return;
    const missing = this.#bodyLength === undefined ? 0 : this.#bodyLength - this.#queue.length;
    if (missing <= 0 || missing > chunk.length) {
      this.#queue.push(chunk, this.#bodyLength);
      return;
    }
    // The body is made whole by itself, so that what comes behind it can stay where it lies.
    this.#queue.push(chunk.subarray(0, missing), this.#bodyLength);
    this.#found.push(this.#takeBody());
    this.#queue.push(chunk.subarray(missing));
  }

  /** A body that was announced and has not come in full, in bytes. */
  get unfinished(): { readonly announced: number; readonly received: number } | undefined {
    return this.#bodyLength === undefined ? undefined : { announced: this.#bodyLength, received: this.#queue.length };
  }

  /** The next piece, or undefined until more bytes are pushed. */
  next(): Piece | undefined {
    for (;;) {
      const found = this.#found.shift();
      if (found) return found;
      if (this.#over) return undefined;
      if (this.#bodyLength !== undefined) {
        if (this.#queue.length < this.#bodyLength) return undefined;
        return this.#takeBody();
      }
      if (!this.#usualHeader() && !this.#line()) {
        this.#flushStray();
        if (this.#found.length === 0) return undefined;
      }
    }
  }

  /** The stream is over: what is left of an open line or header is stray. An unfinished body is told by `unfinished`. */
  finish(): Piece | undefined {
    if (this.#over || this.#bodyLength !== undefined) return undefined;
    this.#abandonHeader();
    this.#addStray(this.#decoder.decode(this.#queue.take(Math.min(this.#queue.length, this.#limits.headerBytes))));
    this.#queue.clear();
    this.#flushStray();
    return this.#found.shift();
  }

  #takeBody(): Piece {
    const bytes = this.#queue.take(this.#bodyLength ?? 0);
    this.#bodyLength = undefined;
    return { kind: "body", bytes };
  }

  /** `Content-Length: N` and nothing else, complete and at the very start. */
  #usualHeader(): boolean {
    const queue = this.#queue;
    const start = usualStart.length;
    if (this.#header || queue.length < start + 5) return false;
    for (let index = 0; index < start; index++) if (queue.at(index) !== usualStart[index]) return false;
    let length = 0;
    let index = start;
    for (; index < queue.length && index < start + 9; index++) {
      const digit = queue.at(index) - 48;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
    }
    if (index === start || index + 4 > queue.length || length > this.#limits.bodyBytes) return false;
    if (queue.at(index) !== carriageReturn || queue.at(index + 1) !== lineFeed) return false;
    if (queue.at(index + 2) !== carriageReturn || queue.at(index + 3) !== lineFeed) return false;
    queue.skip(index + 4);
    this.#scanned = 0;
    this.#flushStray();
    this.#bodyLength = length;
    return true;
  }

  /** Takes one line, if there is one. */
  #line(): boolean {
    const end = this.#queue.indexOf(lineFeed, this.#scanned);
    if (end === -1) {
      this.#scanned = this.#queue.length;
      return this.#queue.length > this.#limits.headerBytes && this.#cutLongLine();
    }
    this.#scanned = 0;
    if (end > this.#limits.headerBytes) {
      this.#abandonHeader();
      this.#addStray(this.#decoder.decode(this.#queue.take(end - longestGlued)));
      return true;
    }
    const text = this.#decoder.decode(this.#queue.peek(end));
    this.#queue.skip(end + 1);
    const crlf = text.endsWith("\r");
    const line = crlf ? text.slice(0, -1) : text;
    if (this.#header) this.#headerLine(this.#header, line, end + 1, crlf);
    else this.#outsideLine(line, end + 1, crlf);
    return true;
  }

  /** No header line is this long: all but a tail, in which a header line may just begin, is stray. */
  #cutLongLine(): boolean {
    this.#abandonHeader();
    this.#addStray(
      this.#decoder.decode(this.#queue.take(Math.min(this.#queue.length - longestGlued, this.#limits.headerBytes))),
    );
    this.#scanned = this.#queue.length;
    return true;
  }

  #outsideLine(line: string, bytes: number, crlf: boolean): void {
    const length = lengthLine.exec(line);
    if (length) this.#openHeader(line, bytes, length[1] ?? "");
    else if (typeLine.test(line)) this.#header = { lines: [line], bytes, length: undefined };
    else {
      const glued = crlf ? gluedLine.exec(line) : null;
      if (!glued) {
        this.#addStray(`${line}\n`);
        return;
      }
      this.#addStray(line.slice(0, glued.index));
      const header = line.slice(glued.index);
      this.#openHeader(header, header.length + 2, lengthLine.exec(header)?.[1] ?? "");
    }
  }

  #headerLine(
    header: { lines: string[]; bytes: number; length: number | undefined },
    line: string,
    bytes: number,
    crlf: boolean,
  ): void {
    if (line === "") {
      if (header.length === undefined) {
        this.#abandonHeader();
        return;
      }
      this.#flushStray();
      this.#header = undefined;
      this.#bodyLength = header.length;
      return;
    }
    const isLength = lengthLine.test(line);
    const fits = header.bytes + bytes <= this.#limits.headerBytes;
    if (!fits || !fieldLine.test(line) || (isLength && header.length !== undefined)) {
      this.#abandonHeader();
      this.#outsideLine(line, bytes, crlf);
      return;
    }
    header.lines.push(line);
    header.bytes += bytes;
    if (isLength) this.#nameLength(header, lengthLine.exec(line)?.[1] ?? "");
  }

  #openHeader(line: string, bytes: number, value: string): void {
    this.#header = { lines: [line], bytes, length: undefined };
    this.#nameLength(this.#header, value);
  }

  #nameLength(header: { length: number | undefined }, value: string): void {
    if (!/^[0-9]+$/.test(value)) {
      this.#abandonHeader();
      this.#flushStray();
      this.#found.push({
        kind: "badHeader",
        message: `Content-Length must be decimal digits, but is "${value.slice(0, 40)}".`,
      });
      return;
    }
    const length = Number(value);
    if (length <= this.#limits.bodyBytes) {
      header.length = length;
      return;
    }
    this.#flushStray();
    this.#found.push({ kind: "tooLarge", announced: value.replace(/^0+/, "").slice(0, 40) });
    this.#over = true;
    this.#queue.clear();
  }

  #abandonHeader(): void {
    if (!this.#header) return;
    const { lines } = this.#header;
    this.#header = undefined;
    this.#addStray(`${lines.join("\n")}\n`);
  }

  #addStray(text: string): void {
    this.#stray += text;
    if (this.#stray.length >= this.#limits.headerBytes) this.#flushStray();
  }

  #flushStray(): void {
    for (let at = 0; at < this.#stray.length; at += this.#limits.headerBytes) {
      const text = this.#stray.slice(at, at + this.#limits.headerBytes);
      if (text.trim() !== "") this.#found.push({ kind: "stray", text });
    }
    this.#stray = "";
  }
}
