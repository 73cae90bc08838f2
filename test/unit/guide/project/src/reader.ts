import { LetterError } from "./errors.ts";
import type { Letter, ReaderSettings } from "./types.ts";

const defaultMaxLength = 10_000;

/** Makes a reader that is fed with pieces of text of any size. */
export function createReader(settings: ReaderSettings) {
  const { onLetter, onRemark, maxLength = defaultMaxLength } = settings;
  let pending = "";
  let first = true;
  let closed = false;
  let letter: Letter = { sender: "", body: "" };

  function feed(piece: string): void {
    if (closed) throw new LetterError("The reader was closed after an overflow.", "too-long");
    // A byte order mark at the very beginning is dropped.
    const text = first ? dropMark(piece) : piece;
    first = false;
    pending += text;
    checkOverflow();
    for (let end = pending.indexOf("\n"); end !== -1; end = pending.indexOf("\n")) {
      readLine(withoutCarriageReturn(pending.slice(0, end)));
      pending = pending.slice(end + 1);
    }
  }

  function checkOverflow(): void {
    if (pending.length <= maxLength) return;
    closed = true;
    throw new LetterError(`More than ${maxLength} characters without a line end.`, "too-long");
  }

  function readLine(line: string): void {
    if (line === "") finish();
    // A line that begins with a hash is a remark and belongs to no letter.
    else if (line.startsWith("#")) onRemark?.(line.slice(1).trim());
    else readField(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim());
  }

  function readField(name: string, value: string): void {
    if (name === "from") letter.sender = value;
    else if (name === "text") letter.body += `${value}\n`;
    else if (name === "delay") letter.delay = readDelay(value);
    else throw new LetterError(`There is no field ${name}.`, "unknown-field");
  }

  function finish(): void {
    onLetter(letter);
    letter = { sender: "", body: "" };
  }

  return { feed };
}

function dropMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function readDelay(value: string): number {
  if (!/^\d+$/.test(value)) throw new LetterError(`The delay ${value} is no number.`, "bad-delay");
  return Number(value);
}
