export { LetterError } from "./errors.ts";
export { createReader } from "./reader.ts";
export { LetterStream } from "./stream.ts";
