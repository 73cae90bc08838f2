/** Something that the caller can understand and act on, in the words of the channel's error codes. */
export class Problem extends Error {
  readonly kind: "invalidParams" | "notFound" | "conflict" | "denied" | "unavailable";

  constructor(kind: Problem["kind"], message: string) {
    super(message);
    this.name = "Problem";
    this.kind = kind;
  }
}
