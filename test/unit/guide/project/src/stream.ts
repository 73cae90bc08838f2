import { createReader } from "./reader.ts";
import type { Letter } from "./types.ts";

/** Turns a stream of text into a stream of letters. */
export class LetterStream extends TransformStream<string, Letter> {
  constructor(maxLength?: number) {
    let reader: ReturnType<typeof createReader>;
    super({
      start(controller) {
        reader = createReader({ onLetter: (letter) => controller.enqueue(letter), maxLength });
      },
      transform(piece) {
        reader.feed(piece);
      },
    });
  }
}
