/** A letter that was read. */
export interface Letter {
  sender: string;
  body: string;
  delay?: number;
}

/** What a reader is told. */
export interface ReaderSettings {
  onLetter(letter: Letter): void;
  onRemark?(text: string): void;
  maxLength?: number;
}
