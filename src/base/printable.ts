/** Text that may be shown: tabs stay, every other control character goes, with it the escape sequences of terminals. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the purpose.
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "");
}

/** Somebody else's text in one line of ours: nothing in it looks like a line of its own, or turns the direction of reading. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, " ")).replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
}
