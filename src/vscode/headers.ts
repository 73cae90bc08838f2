const pair = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+)=([\x20-\x7e]+)$/;

/** The headers that a text names, as `name=value` with commas between; undefined where it is none such. */
export function headersOf(text: string): Record<string, string> | undefined {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const headers: Record<string, string> = {};
  for (const part of parts) {
    const [, name, value] = pair.exec(part) ?? [];
    if (name === undefined || value === undefined) return undefined;
    headers[name] = value;
  }
  return headers;
}
