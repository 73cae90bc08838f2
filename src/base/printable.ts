/** Text that may be shown: tabs stay, every other control character goes, with it the escape sequences of terminals. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the purpose.
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "");
}
