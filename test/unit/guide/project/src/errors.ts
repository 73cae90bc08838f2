/** What kind of mistake a letter had. */
export type MistakeKind = "bad-delay" | "unknown-field" | "too-long";

/** Thrown where a letter cannot be read. */
export class LetterError extends Error {
  readonly kind: MistakeKind;

  constructor(message: string, kind: MistakeKind) {
    super(message);
    this.kind = kind;
  }
}
