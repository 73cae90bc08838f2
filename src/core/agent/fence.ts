/**
 * Plugin text is untrusted content. To the model it is always inside a fence that says who wrote it; whatever looks like a
 * fence inside the text is defused, so that the text cannot end its own fence or open another's.
 */
export function fencePluginText(plugin: string, intent: string, text: string): string {
  return `<plugin-message plugin="${plugin}" intent="${intent}">\n${text.replaceAll(/<(\s*\/?\s*)plugin-message/gi, "<$1plugin\u2011message")}\n</plugin-message>`;
}
